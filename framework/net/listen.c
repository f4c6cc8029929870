/* SPDX-License-Identifier: MIT */
/*
 * Listening sockets: binding them so that an address in use is refused and
 * yet every slot gets a queue of its own. Accepting is listener.c's.
 */
#include "config.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/base/fd.h"
#include "framework/net/address.h"
#include "framework/net/socket_options.h"

/* One line that names the address and what failed there; keeps errno. */
static int
listen_failed(const struct wm__url *url, const char *what, char *error,
    size_t error_size)
{
	char text[WM__URL_MAX + 32];
	int saved = errno;

	snprintf(error, error_size, "%s: %s: %s",
	    wm__url_format(url, text, sizeof(text)), what, strerror(saved));
	errno = saved;
	return saved == EADDRINUSE ? WM_E_BUSY : WM_E_SYSTEM;
}

/* Keeps errno. */
static void
listen_close(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

static int
listen_set(int fd, int level, int option)
{
	static const int on = 1;

	return setsockopt(fd, level, option, &on, sizeof(on));
}

/* Whether somebody answers on that unix socket. */
static int
listen_is_live(const struct wm__url *url)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int live;

	if (fd < 0)
		return 1;
	live = connect(fd, (const struct sockaddr *)&url->address,
		   url->address_len) == 0 ||
	    errno != ECONNREFUSED;
	close(fd);
	return live;
}

enum wm__unix_state
wm__listen_look(const struct wm__url *url)
{
	const char *path = wm__url_path(url);
	struct stat st;

	if (path == NULL) /* abstract */
		return listen_is_live(url) ? WM__UNIX_LIVE : WM__UNIX_ABSENT;
	if (lstat(path, &st) < 0)
		return WM__UNIX_ABSENT;
	if (!S_ISSOCK(st.st_mode))
		return WM__UNIX_OTHER;
	return listen_is_live(url) ? WM__UNIX_LIVE : WM__UNIX_STALE;
}

/* Removes the file of a unix socket that nobody listens on any more. */
static void
listen_remove_stale(const struct wm__url *url)
{
	const char *path = wm__url_path(url);

	if (path != NULL && wm__listen_look(url) == WM__UNIX_STALE)
		unlink(path);
}

/* A new socket with its options; -1 with errno, and *step_r says what failed.
 */
static int
listen_socket(const struct wm__url *url, const char **step_r)
{
	int type = url->transport == WM__UDP ? SOCK_DGRAM : SOCK_STREAM;
	int fd = socket(url->address.ss_family,
	    type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const char *failed;

	*step_r = "socket";
	failed = fd >= 0 ? wm__socket_prepare(fd, url) : NULL;
	if (failed == NULL)
		return fd;
	*step_r = failed;
	listen_close(fd);
	return -1;
}

int
wm__listen_probe(const struct wm__url *url)
{
	const struct sockaddr *address = (const struct sockaddr *)&url->address;
	const char *step;
	int fd = listen_socket(url, &step), failed;

	if (fd < 0)
		return errno;
	failed = bind(fd, address, url->address_len) < 0 ? errno : 0;
	close(fd);
	return failed;
}

/* What is left to do with a bound socket; as wm__socket_bind(). */
static const char *
listen_begin(int fd, struct wm__url *url, int backlog)
{
	struct sockaddr *address = (struct sockaddr *)&url->address;

	if (url->transport != WM__UNIX &&
	    listen_set(fd, SOL_SOCKET, SO_REUSEPORT) < 0)
		return "cannot share the port";
	if (wm__socket_listen(fd, url, backlog) < 0)
		return "cannot listen";
	if (url->transport != WM__UNIX &&
	    getsockname(fd, address, &url->address_len) < 0)
		return "cannot say its port";
	return NULL;
}

/* The first socket: an address in use is refused, then others may join. */
static int
listen_first(struct wm__url *url, int backlog, int *fd_r, char *error,
    size_t error_size)
{
	const char *step;
	int fd, code;

	listen_remove_stale(url);
	fd = listen_socket(url, &step);
	if (fd < 0)
		return listen_failed(url, step, error, error_size);
	step = wm__socket_bind(fd, url);
	if (step == NULL)
		step = listen_begin(fd, url, backlog);
	if (step == NULL) {
		*fd_r = fd;
		return 0;
	}
	code = listen_failed(url, step, error, error_size);
	close(fd);
	return code;
}

/* One more socket of a port that is shared. */
static const char *
listen_another(int fd, const struct wm__url *url, int backlog)
{
	if (listen_set(fd, SOL_SOCKET, SO_REUSEPORT) < 0)
		return "cannot share the port";
	if (bind(fd, (const struct sockaddr *)&url->address, url->address_len) <
	    0)
		return "cannot bind";
	return wm__socket_listen(fd, url, backlog) < 0 ? "cannot listen" : NULL;
}

int
wm__listen_join(const struct wm__url *url, int backlog, int sibling, int *fd_r,
    char *error, size_t error_size)
{
	const char *step = "socket";
	int fd, code;

	fd = url->transport == WM__UNIX ? fcntl(sibling, F_DUPFD_CLOEXEC, 3) :
					  listen_socket(url, &step);
	if (fd < 0)
		return listen_failed(url, step, error, error_size);
	step = url->transport != WM__UNIX ? listen_another(fd, url, backlog) :
					    NULL;
	if (step == NULL) {
		*fd_r = fd;
		return 0;
	}
	code = listen_failed(url, step, error, error_size);
	close(fd);
	return code;
}

int
wm__listen(struct wm__url *url, int backlog, size_t n, int *fds_r, char *error,
    size_t error_size)
{
	int code = 0;

	for (size_t i = 0; i < n; i++) {
		code = i == 0 ?
		    listen_first(url, backlog, &fds_r[0], error, error_size) :
		    wm__listen_join(url, backlog, fds_r[0], &fds_r[i], error,
			error_size);
		if (code < 0) {
			while (i-- > 0)
				wm__fd_close(&fds_r[i]);
			break;
		}
	}
	return code;
}
