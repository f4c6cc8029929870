/* SPDX-License-Identifier: MIT */
/*
 * One request to the master and its answer. The end of the master is seen by
 * its process where the system can watch one, by end of file elsewhere; its
 * number is never signalled.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/base/clock.h"
#include "framework/base/fd.h"
#include "framework/base/process.h"
#include "framework/cli/client.h"
#include "framework/ipc/control.h"
#include "framework/master/pidfile.h"
#include "framework/master/rundir.h"

/* Looks who listens there. Returns as wm__client_open(). */
static int
client_know(struct wm__client *client)
{
	uid_t uid;
	pid_t pid;

	if (wm__process_peer(client->fd, &uid, &pid) < 0 ||
	    (uid != geteuid() && uid != 0 && geteuid() != 0))
		return WM_E_POLICY;
	if (pid > 1)
		client->watch = wm__process_watch(pid);
	return 0;
}

int
wm__client_open(struct wm__client *client, const struct wm__rundir *dir)
{
	static const struct timeval patience = { WM__CLIENT_MS / 1000, 0 };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int failed = 0;

	memset(client, 0, sizeof(*client));
	client->fd = client->watch = -1;
	client->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (client->fd < 0)
		return WM_E_TIMEOUT;
	wm__fd_set_cloexec(client->fd, 1);
	setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
	    sizeof(patience));
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", dir->sock_path);
	if (connect(client->fd, (struct sockaddr *)&un, sizeof(un)) < 0) {
		if (errno == EACCES || errno == EPERM)
			failed = WM_E_POLICY;
		else if (errno == EAGAIN || wm__pidfile_held(dir))
			failed = WM_E_TIMEOUT;
		else
			failed = WM_E_NOT_FOUND;
	} else {
		failed = client_know(client);
	}
	if (failed < 0)
		wm__client_close(client);
	return failed;
}

void
wm__client_close(struct wm__client *client)
{
	wm__fd_close(&client->fd);
	wm__fd_close(&client->watch);
	wm_buf_fini(&client->in);
}

static bool
client_send(struct wm__client *client, const char *request)
{
	struct wm_buf out = WM_BUF_INIT;
	ssize_t n;
	bool all;

	wm_buf_printf(&out, WM__CONTROL_VERSION " %s\n", request);
	n = send(client->fd, out.data, out.len, MSG_NOSIGNAL);
	all = n >= 0 && (size_t)n == out.len;
	wm_buf_fini(&out);
	return all;
}

/* Waits for more bytes. False when the master is silent or gone. */
static bool
client_read(struct wm__client *client, int ms)
{
	struct pollfd p = { .fd = client->fd, .events = POLLIN };
	int ready;
	ssize_t n;
	char *room;

	do
		ready = poll(&p, 1, ms);
	while (ready < 0 && errno == EINTR);
	room = wm_buf_reserve(&client->in, 4096);
	if (ready <= 0 || room == NULL)
		return false;
	n = read(client->fd, room, 4096);
	if (n <= 0)
		return false;
	wm_buf_commit(&client->in, (size_t)n);
	return true;
}

/* The next line, without its newline, in `line`; false when there is none. */
static bool
client_line(struct wm__client *client, int ms, struct wm_buf *line)
{
	const char *end;

	while (client->in.len == 0 ||
	    (end = memchr(client->in.data, '\n', client->in.len)) == NULL)
		if (!client_read(client, ms))
			return false;
	line->len = 0;
	wm_buf_put(line, client->in.data, (size_t)(end - client->in.data));
	wm_buf_put(line, "", 1);
	wm_buf_consume(&client->in, (size_t)(end - client->in.data) + 1);
	return !line->failed;
}

/* "END CODE TEXT" */
static int
client_end(struct wm__client *client, const char *line)
{
	char *text;
	int code = (int)strtol(line + 4, &text, 10);

	snprintf(client->why, sizeof(client->why), "%s",
	    *text == ' ' ? text + 1 : text);
	return code;
}

int
wm__client_ask(struct wm__client *client, const char *request, int ms,
    struct wm_buf *rows, void (*progress)(const char *text))
{
	struct wm_buf line = WM_BUF_INIT;
	int code = WM__EXIT_NO_ANSWER;
	int patience = WM__CLIENT_MS;

	client->why[0] = '\0';
	if (!client_send(client, request))
		return code;
	while (client_line(client, patience, &line)) {
		patience = ms;
		if (strncmp(line.data, "END ", 4) == 0) {
			code = client_end(client, line.data);
			break;
		}
		if (strncmp(line.data, "PROGRESS ", 9) == 0) {
			if (progress != NULL)
				progress(line.data + 9);
		} else if (rows != NULL) {
			wm_buf_puts(rows, line.data);
			wm_buf_puts(rows, "\n");
		}
	}
	wm_buf_fini(&line);
	return code;
}

int
wm__client_wait(struct wm__client *client, int ms)
{
	int64_t until = wm__clock_ms() + ms;
	struct pollfd p = { .fd = client->watch, .events = POLLIN };

	if (client->watch < 0) {
		while (client_read(client, ms))
			;
		return 0;
	}
	while (ms > 0) {
		if (poll(&p, 1, ms) > 0)
			return 0;
		ms = (int)(until - wm__clock_ms());
	}
	return WM_E_TIMEOUT;
}
