/* SPDX-License-Identifier: MIT */
/*
 * Options of sockets. What a system does not have is an error only where it
 * was asked for.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "framework/net/socket_options.h"

static const struct wm__socket_options socket_defaults;

static const struct wm__socket_options *
socket_options(const struct wm__url *url)
{
	return url->options != NULL ? url->options : &socket_defaults;
}

static int
socket_set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

static int
socket_set_device(int fd, const char *device)
{
	if (*device == '\0')
		return 0;
#if defined(SO_BINDTODEVICE)
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device,
	    (socklen_t)strlen(device) + 1);
#else
	(void)fd;
	errno = ENOPROTOOPT;
	return -1;
#endif
}

static int
socket_set_keepalive(int fd, uint32_t seconds)
{
	if (socket_set(fd, SOL_SOCKET, SO_KEEPALIVE,
		seconds != WM__KEEPALIVE_OFF) < 0)
		return -1;
	if (seconds == 0 || seconds == WM__KEEPALIVE_OFF)
		return 0;
#if defined(TCP_KEEPIDLE)
	return socket_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, (int)seconds);
#elif defined(TCP_KEEPALIVE)
	return socket_set(fd, IPPROTO_TCP, TCP_KEEPALIVE, (int)seconds);
#else
	errno = ENOPROTOOPT;
	return -1;
#endif
}

static int
socket_set_defer(int fd, uint32_t seconds, bool was)
{
#if defined(TCP_DEFER_ACCEPT)
	if (seconds > 0 || was)
		return socket_set(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT,
		    (int)seconds);
	return 0;
#else
	(void)fd, (void)was;
	errno = ENOPROTOOPT;
	return seconds > 0 ? -1 : 0;
#endif
}

/* Those of TCP, which connections inherit. */
static const char *
socket_set_tcp(int fd, const struct wm__socket_options *o, bool defers)
{
	if (socket_set(fd, IPPROTO_TCP, TCP_NODELAY, o->delay == 0) < 0)
		return "cannot set delay";
	if (socket_set_keepalive(fd, o->keepalive) < 0)
		return "cannot set keepalive";
	if (socket_set_defer(fd, o->defer_accept, defers) < 0)
		return "cannot set defer_accept";
	return NULL;
}

static const char *
socket_set_buffers(int fd, const struct wm__socket_options *o)
{
	if (o->receive_buffer > 0 &&
	    socket_set(fd, SOL_SOCKET, SO_RCVBUF, (int)o->receive_buffer) < 0)
		return "cannot set receive_buffer";
	if (o->send_buffer > 0 &&
	    socket_set(fd, SOL_SOCKET, SO_SNDBUF, (int)o->send_buffer) < 0)
		return "cannot set send_buffer";
	return NULL;
}

/* A datagram is to tell to which of several addresses it was sent. */
static void
socket_say_where(int fd, const struct wm__url *url)
{
	if (!wm__url_is_wildcard(url))
		return;
	if (url->address.ss_family == AF_INET6)
		socket_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
#if defined(IP_PKTINFO)
	else
		socket_set(fd, IPPROTO_IP, IP_PKTINFO, 1);
#endif
}

const char *
wm__socket_prepare(int fd, const struct wm__url *url)
{
	const struct wm__socket_options *o = socket_options(url);
	const char *failed;

	if (url->transport == WM__UNIX)
		return NULL;
	if (url->address.ss_family == AF_INET6 &&
	    socket_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, !url->dual) < 0)
		return "cannot choose between IPv4 and IPv6";
	if (socket_set_device(fd, o->device) < 0)
		return "cannot use the device";
	failed = socket_set_buffers(fd, o);
	if (failed != NULL)
		return failed;
	if (url->transport == WM__UDP) {
		socket_say_where(fd, url);
		return NULL; /* SO_REUSEADDR would share the port there */
	}
	socket_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	return socket_set_tcp(fd, o, false);
}

/* ---- unix sockets ---- */

static uid_t
socket_number(uint32_t owner)
{
	return owner > 0 ? (uid_t)(owner - 1) : (uid_t)-1;
}

const char *
wm__socket_bind(int fd, const struct wm__url *url)
{
	const struct wm__socket_options *o = socket_options(url);
	const struct sockaddr *address = (const struct sockaddr *)&url->address;
	const char *path = wm__url_path(url);
	mode_t mask = 0;
	int failed, saved;

	if (path != NULL && o->mode > 0)
		mask = umask(0777 & ~(mode_t)o->mode);
	failed = bind(fd, address, url->address_len);
	saved = errno;
	if (path != NULL && o->mode > 0)
		umask(mask);
	errno = saved;
	if (failed < 0)
		return "cannot bind";
	if (path == NULL || (o->owner == 0 && o->group == 0) ||
	    lchown(path, socket_number(o->owner),
		(gid_t)socket_number(o->group)) == 0)
		return NULL;
	saved = errno;
	unlink(path);
	errno = saved;
	return "cannot give the file to its owner";
}

static const char *
socket_change_file(const char *path, const struct wm__socket_options *from,
    const struct wm__socket_options *to)
{
	if (to->mode != from->mode &&
	    (to->mode == 0 ||
		fchmodat(AT_FDCWD, path, (mode_t)to->mode,
		    AT_SYMLINK_NOFOLLOW) < 0))
		return "the mode of its file stays";
	if ((to->owner != from->owner || to->group != from->group) &&
	    lchown(path, socket_number(to->owner),
		(gid_t)socket_number(to->group)) < 0)
		return "the owner of its file stays";
	return NULL;
}

/* ---- a socket in use ---- */

int
wm__socket_listen(int fd, const struct wm__url *url, int backlog)
{
	const struct wm__socket_options *o = socket_options(url);

	if (url->transport == WM__UDP)
		return 0;
	return listen(fd, o->backlog > 0 ? (int)o->backlog : backlog);
}

static const char *
socket_change_tcp(int fd, const struct wm__socket_options *from,
    const struct wm__socket_options *to)
{
	if (socket_set_tcp(fd, to, from->defer_accept > 0) != NULL)
		return "delay, keepalive or defer_accept stays";
	/* seconds that were set are not unset */
	return to->keepalive == 0 && from->keepalive != 0 &&
		from->keepalive != WM__KEEPALIVE_OFF ?
	    "the seconds of keepalive stay" :
	    NULL;
}

const char *
wm__socket_change(int fd, const struct wm__url *url,
    const struct wm__socket_options *to)
{
	const struct wm__socket_options *from = socket_options(url);
	const char *path = wm__url_path(url), *stays = NULL;

	if (path != NULL)
		stays = socket_change_file(path, from, to);
	if (url->transport == WM__TCP)
		stays = socket_change_tcp(fd, from, to);
	if (socket_set_buffers(fd, to) != NULL ||
	    (from->receive_buffer > 0 && to->receive_buffer == 0) ||
	    (from->send_buffer > 0 && to->send_buffer == 0))
		stays = "the size of a buffer stays";
	if (url->transport != WM__UDP &&
	    listen(fd, to->backlog > 0 ? (int)to->backlog : WM__BACKLOG) < 0)
		stays = "the backlog stays";
	if (strcmp(from->device, to->device) != 0)
		stays = "the device stays";
	return stays;
}
