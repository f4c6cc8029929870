/* SPDX-License-Identifier: MIT */
/*
 * Listening sockets: binding them so that an address in use is refused and
 * yet every slot gets a queue of its own. Accepting is listener.c's.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/base/fd.h"
#include "framework/net/address.h"

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
	const struct sockaddr_un *un =
	    (const struct sockaddr_un *)&url->address;
	struct stat st;

	if (lstat(un->sun_path, &st) < 0)
		return WM__UNIX_ABSENT;
	if (!S_ISSOCK(st.st_mode))
		return WM__UNIX_OTHER;
	return listen_is_live(url) ? WM__UNIX_LIVE : WM__UNIX_STALE;
}

/* Removes the file of a unix socket that nobody listens on any more. */
static void
listen_remove_stale(const struct wm__url *url)
{
	const struct sockaddr_un *un =
	    (const struct sockaddr_un *)&url->address;

	if (url->transport == WM__UNIX &&
	    wm__listen_look(url) == WM__UNIX_STALE)
		unlink(un->sun_path);
}

/* A datagram is to tell to which of several addresses it was sent. */
static void
listen_say_where(int fd, const struct wm__url *url)
{
	if (!wm__url_is_wildcard(url))
		return;
	if (url->address.ss_family == AF_INET6)
		listen_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO);
#if defined(IP_PKTINFO)
	else
		listen_set(fd, IPPROTO_IP, IP_PKTINFO);
#endif
}

/* A new socket with the options that accepted connections inherit. */
static int
listen_socket(const struct wm__url *url)
{
	int family = url->address.ss_family;
	int type = url->transport == WM__UDP ? SOCK_DGRAM : SOCK_STREAM;
	int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || family == AF_UNIX)
		return fd;
	if (family == AF_INET6)
		listen_set(fd, IPPROTO_IPV6, IPV6_V6ONLY);
	if (url->transport == WM__UDP) {
		listen_say_where(fd, url);
		return fd; /* SO_REUSEADDR would share the port there */
	}
	listen_set(fd, SOL_SOCKET, SO_REUSEADDR);
	listen_set(fd, IPPROTO_TCP, TCP_NODELAY);
	listen_set(fd, SOL_SOCKET, SO_KEEPALIVE);
	return fd;
}

static int
listen_start(int fd, const struct wm__url *url, int backlog)
{
	return url->transport == WM__UDP ? 0 : listen(fd, backlog);
}

int
wm__listen_probe(const struct wm__url *url)
{
	const struct sockaddr *address = (const struct sockaddr *)&url->address;
	int fd = listen_socket(url), failed;

	if (fd < 0)
		return errno;
	failed = bind(fd, address, url->address_len) < 0 ? errno : 0;
	close(fd);
	return failed;
}

/* The first socket: an address in use is refused, then others may join. */
static int
listen_first(struct wm__url *url, int backlog, int *fd_r, char *error,
    size_t error_size)
{
	struct sockaddr *address = (struct sockaddr *)&url->address;
	const char *step = "socket";
	int fd, failed;

	listen_remove_stale(url);
	fd = listen_socket(url);
	if (fd < 0)
		return listen_failed(url, step, error, error_size);
	step = "cannot bind";
	failed = bind(fd, address, url->address_len);
	if (failed == 0 && url->transport != WM__UNIX) {
		step = "cannot share the port";
		failed = listen_set(fd, SOL_SOCKET, SO_REUSEPORT);
	}
	if (failed == 0) {
		step = "cannot listen";
		failed = listen_start(fd, url, backlog);
	}
	if (failed == 0 && url->transport != WM__UNIX)
		failed = getsockname(fd, address, &url->address_len);
	if (failed != 0) {
		int code = listen_failed(url, step, error, error_size);

		close(fd);
		return code;
	}
	*fd_r = fd;
	return 0;
}

int
wm__listen_join(const struct wm__url *url, int backlog, int sibling, int *fd_r,
    char *error, size_t error_size)
{
	const struct sockaddr *address = (const struct sockaddr *)&url->address;
	int fd;

	fd = url->transport == WM__UNIX ? fcntl(sibling, F_DUPFD_CLOEXEC, 3) :
					  listen_socket(url);
	if (fd < 0)
		return listen_failed(url, "socket", error, error_size);
	if (url->transport != WM__UNIX &&
	    (listen_set(fd, SOL_SOCKET, SO_REUSEPORT) < 0 ||
		bind(fd, address, url->address_len) < 0 ||
		listen_start(fd, url, backlog) < 0)) {
		int code = listen_failed(url, "cannot bind", error, error_size);

		close(fd);
		return code;
	}
	*fd_r = fd;
	return 0;
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
