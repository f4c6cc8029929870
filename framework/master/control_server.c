/* SPDX-License-Identifier: MIT */
/*
 * Connections of the control socket. One at a time they read a line, run a
 * command and drain their answer; a client that is slow or gone is dropped.
 * Only the master's user and root are heard.
 */
#include "config.h"

#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/error.h>
#include <workerman/log.h>

#include "framework/base/fd.h"
#include "framework/base/process.h"
#include "framework/master/control_server.h"
#include "framework/master/rundir.h"
#include "framework/net/loop.h"

#define CONTROL_BACKLOG  1024
#define CONTROL_BATCH    16 /* accepted in a turn */
#define CONTROL_REQUESTS 64 /* at a time */

struct wm__request {
	LIST_ENTRY(wm__request) link;
	struct wm__control_server *server;
	int fd;
	struct wm__io *io;
	struct wm__timer *timer;
	struct wm_buf out;
	enum wm__waits waits;
	bool ended; /* closes when `out` has left */
	size_t len;
	char line[WM__CONTROL_LINE_MAX];
};

struct wm__control_server {
	LIST_HEAD(, wm__request) requests;
	size_t n_requests;
	struct wm__loop *loop;
	struct wm__rundir dir; /* a copy; not its owner */
	int fd;
	struct wm__io *io;
	const struct wm__control_command *commands;
	void *arg;
};

/* ---- one request ---- */

static void
request_free(struct wm__request *request)
{
	LIST_REMOVE(request, link);
	request->server->n_requests--;
	wm__io_free(&request->io);
	wm__timer_free(&request->timer);
	wm__fd_close(&request->fd);
	wm_buf_fini(&request->out);
	free(request);
}

/* Sends what it can. False when the client is gone. */
static bool
request_send(struct wm__request *request)
{
	ssize_t n;

	while (request->out.len > 0) {
		n = send(request->fd, request->out.data, request->out.len,
		    MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		wm_buf_consume(&request->out, (size_t)n);
	}
	return true;
}

/* Sends, then waits for room, for the client's end, or ends it. */
static void
request_flush(struct wm__request *request)
{
	if (!request_send(request) || request->out.failed ||
	    (request->ended && request->out.len == 0)) {
		request_free(request);
		return;
	}
	wm__io_watch(request->io,
	    request->out.len > 0 ? WM__READ | WM__WRITE : WM__READ);
	if (request->out.len > 0)
		wm__timer_start(request->timer, WM__CONTROL_MS);
	else
		wm__timer_stop(request->timer);
}

static void
request_late(void *arg)
{
	request_free(arg);
}

/* Finds the command of a complete line and runs it. */
static void
request_run(struct wm__request *request)
{
	const struct wm__control_command *c = request->server->commands;
	const char *line = request->line;
	size_t version = strlen(WM__CONTROL_VERSION), len;

	if (strncmp(line, WM__CONTROL_VERSION " ", version + 1) != 0) {
		wm__request_end(request, WM__EXIT_USAGE,
		    "the master speaks " WM__CONTROL_VERSION);
		return;
	}
	line += version + 1;
	len = strcspn(line, " ");
	for (; c != NULL && c->name != NULL; c++)
		if (strlen(c->name) == len &&
		    strncmp(line, c->name, len) == 0) {
			c->run(request, line + len, request->server->arg);
			return;
		}
	wm__request_end(request, WM__EXIT_USAGE,
	    "the master knows no such command");
}

/* Whoever waits no longer was told that there is no answer: a stop that was
   given up must not happen later. */
static bool
request_is_abandoned(const struct wm__request *request)
{
	struct pollfd p = { .fd = request->fd };

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR)) != 0;
}

/* Reads up to the end of the line; whatever follows is nobody's. */
static void
request_read(struct wm__request *request)
{
	char *end;
	ssize_t n = read(request->fd, request->line + request->len,
	    sizeof(request->line) - 1 - request->len);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		request_free(request);
		return;
	}
	request->len += (size_t)n;
	request->line[request->len] = '\0';
	end = strchr(request->line, '\n');
	if (end != NULL && !request_is_abandoned(request)) {
		*end = '\0';
		request_run(request);
	} else if (end != NULL || request->len == sizeof(request->line) - 1 ||
	    strlen(request->line) != request->len) {
		request_free(request);
	}
}

/* After the request, readable means only that the client goes. */
static void
request_read_end(struct wm__request *request)
{
	char bytes[64];
	ssize_t n = read(request->fd, bytes, sizeof(bytes));

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		request_free(request);
}

static void
request_on_io(int fd, unsigned what, void *arg)
{
	struct wm__request *request = arg;

	(void)fd;
	if (what & WM__WRITE)
		request_flush(request);
	else if (request->waits != WM__WAITS_NOT || request->ended)
		request_read_end(request);
	else
		request_read(request);
}

struct wm_buf *
wm__request_out(struct wm__request *request)
{
	return &request->out;
}

void
wm__request_end(struct wm__request *request, enum wm__exit code,
    const char *text)
{
	wm_buf_printf(&request->out, "END %d %s\n", (int)code, text);
	request->waits = WM__WAITS_NOT;
	request->ended = true;
	request_flush(request);
}

void
wm__request_wait(struct wm__request *request, enum wm__waits what,
    const char *progress)
{
	wm_buf_printf(&request->out, "PROGRESS %s\n", progress);
	request->waits = what;
	request_flush(request);
}

/* ---- the server ---- */

static void
control_add(struct wm__control_server *server, int fd)
{
	struct wm__request *request = calloc(1, sizeof(*request));

	if (request == NULL) {
		close(fd);
		return;
	}
	request->server = server;
	request->fd = fd;
	LIST_INSERT_HEAD(&server->requests, request, link);
	server->n_requests++;
	request->io = wm__io_new(server->loop, fd, request_on_io, request);
	request->timer = wm__timer_new(server->loop, request_late, request);
	if (request->io == NULL || request->timer == NULL ||
	    wm__io_watch(request->io, WM__READ) < 0)
		request_free(request);
	else
		wm__timer_start(request->timer, WM__CONTROL_MS);
}

/* Whether whoever is at the other end may command. */
static bool
control_trusts(int fd)
{
	uid_t uid;
	pid_t pid;

	return wm__process_peer(fd, &uid, &pid) == 0 &&
	    (uid == 0 || uid == geteuid());
}

/* Accepts one. False when there is none. */
static bool
control_accept(struct wm__control_server *server)
{
	int fd = accept(server->fd, NULL, NULL);

	if (fd < 0)
		return false;
	if (server->n_requests >= CONTROL_REQUESTS || !control_trusts(fd) ||
	    wm__fd_set_nonblock(fd) < 0 || wm__fd_set_cloexec(fd, 1) < 0)
		close(fd);
	else
		control_add(server, fd);
	return true;
}

static void
control_on_accept(int fd, unsigned what, void *arg)
{
	(void)fd, (void)what;
	for (int i = 0; i < CONTROL_BATCH && control_accept(arg); i++)
		;
}

/* Binds, private from the first moment on. Returns the socket or -1. */
static int
control_bind(const struct wm__rundir *dir)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), failed;
	mode_t before;

	if (fd < 0)
		return -1;
	wm__fd_set_cloexec(fd, 1);
	wm__fd_set_nonblock(fd);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", dir->sock_path);
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) == 0 ||
	    errno == EAGAIN) {
		wm__fd_close(&fd);
		errno = EADDRINUSE;
		return -1;
	}
	if (unlinkat(dir->fd, dir->sock_name, 0) < 0 && errno != ENOENT) {
		wm__fd_close(&fd);
		return -1;
	}
	before = umask(0177);
	failed = bind(fd, (struct sockaddr *)&un, sizeof(un));
	umask(before);
	if (failed < 0 || listen(fd, CONTROL_BACKLOG) < 0)
		wm__fd_close(&fd);
	return fd;
}

int
wm__control_server_new(struct wm__control_server **server_r,
    struct wm__loop *loop, const struct wm__rundir *dir, char *error,
    size_t error_size)
{
	struct wm__control_server *server = calloc(1, sizeof(*server));
	int code = WM_E_NOMEM;

	if (server != NULL) {
		LIST_INIT(&server->requests);
		server->loop = loop;
		server->dir = *dir;
		server->fd = control_bind(dir);
		code = errno == EADDRINUSE ? WM_E_BUSY : WM_E_SYSTEM;
	}
	if (server != NULL && server->fd >= 0)
		server->io =
		    wm__io_new(loop, server->fd, control_on_accept, server);
	if (server != NULL && server->io != NULL &&
	    wm__io_watch(server->io, WM__READ) == 0) {
		*server_r = server;
		return 0;
	}
	snprintf(error, error_size, "control socket %s: %s", dir->sock_path,
	    strerror(errno));
	wm__control_server_free(&server);
	return code;
}

void
wm__control_server_set_commands(struct wm__control_server *server,
    const struct wm__control_command *commands, void *arg)
{
	server->commands = commands;
	server->arg = arg;
}

void
wm__control_server_close(struct wm__control_server *server)
{
	if (server->fd < 0)
		return;
	wm__io_free(&server->io);
	wm__fd_close(&server->fd);
	unlinkat(server->dir.fd, server->dir.sock_name, 0);
}

void
wm__control_server_free(struct wm__control_server **server)
{
	struct wm__request *request;

	if (*server == NULL)
		return;
	wm__control_server_close(*server);
	while ((request = LIST_FIRST(&(*server)->requests)) != NULL)
		request_free(request);
	free(*server);
	*server = NULL;
}

void
wm__control_server_answer(struct wm__control_server *server,
    enum wm__waits what, enum wm__exit code, const char *text)
{
	struct wm__request *request, *next;

	for (request = LIST_FIRST(&server->requests); request != NULL;
	     request = next) {
		next = LIST_NEXT(request, link);
		if (request->waits == what)
			wm__request_end(request, code, text);
	}
}

void
wm__control_server_progress(struct wm__control_server *server,
    enum wm__waits what, const char *text)
{
	struct wm__request *request, *next;

	for (request = LIST_FIRST(&server->requests); request != NULL;
	     request = next) {
		next = LIST_NEXT(request, link);
		if (request->waits == what)
			wm__request_wait(request, what, text);
	}
}

void
wm__control_server_promote(struct wm__control_server *server,
    enum wm__waits from, enum wm__waits to)
{
	struct wm__request *request;

	LIST_FOREACH(request, &server->requests, link)
		if (request->waits == from)
			request->waits = to;
}
