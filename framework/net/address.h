/* SPDX-License-Identifier: MIT */
/*
 * Listener URLs, and the sockets bound to them.
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "framework/base/socket_options.h"

#define WM__SCHEME_MAX 31
#define WM__URL_MAX    255

enum wm__transport { WM__TCP, WM__UNIX, WM__UDP };

struct wm__url {
	char protocol[WM__SCHEME_MAX + 1]; /* aliases resolved: "raw" */
	enum wm__transport transport;
	bool any;  /* the address was "*" */
	bool dual; /* it was "[*]": both families */
	struct sockaddr_storage address;
	socklen_t address_len;
	/* What its sockets are to have; borrowed. Null: the defaults. */
	const struct wm__socket_options *options;
};

/*
 * PROTOCOL[+unix|+udp]://ADDRESS as <workerman/worker.h> says. No names are
 * looked up but localhost. Returns 0 or WM_E_INVALID / WM_E_UNSUPPORTED with
 * one line in *error_r (static).
 */
int wm__url_parse(const char *text, struct wm__url *url_r,
    const char **error_r);

/*
 * "192.0.2.1:80" or "[2001:db8::1]:80", which a socket of `from` can send to.
 * Returns 0 or WM_E_INVALID.
 */
int wm__address_parse(const char *text, const struct wm__url *from,
    struct sockaddr_storage *address_r, socklen_t *len_r);

/* The URL in canonical form, say "http://127.0.0.1:80". Returns buf. */
char *wm__url_format(const struct wm__url *url, char *buf, size_t size);

/*
 * Where a canonical URL is, whatever its protocol: of two that are equal one
 * socket can serve, but for port 0. At most as long as the URL. Returns buf.
 */
char *wm__url_place(const char *text, char *buf, size_t size);

/* The path of a unix socket; null for an abstract name and other transports. */
const char *wm__url_path(const struct wm__url *url);

/* Whether it is all addresses of the machine, or of one family. */
bool wm__url_is_wildcard(const struct wm__url *url);

/* "127.0.0.1:80", also of an IPv4 address inside an IPv6 one; "[::1]:80",
   "[fe80::1%eth0]:80", "unix:/path", "unix:@name". Returns buf. */
char *wm__address_format(const struct sockaddr *address, socklen_t len,
    char *buf, size_t size);

/*
 * Binds and listens: `n` sockets, one per slot, in fds_r. The first TCP or
 * UDP socket is bound without SO_REUSEPORT, so that an address in use is
 * really refused; its siblings then join it. A chosen port 0 is written back
 * into *url. A unix socket is bound once and duplicated; a stale file is
 * replaced, a live one refused. Sockets are non-blocking and close-on-exec. On
 * failure none is left open; returns WM_E_BUSY, WM_E_SYSTEM or WM_E_INVALID,
 * and one line in error (of error_size bytes) that names the address.
 */
int wm__listen(struct wm__url *url, int backlog, size_t n, int *fds_r,
    char *error, size_t error_size);

/* One more socket that joins the group of `sibling`. As wm__listen(). */
int wm__listen_join(const struct wm__url *url, int backlog, int sibling,
    int *fd_r, char *error, size_t error_size);

/*
 * Whether a TCP or UDP address could be bound now: binds as wm__listen() does,
 * never listens, and lets go. Returns 0 or the errno of the failure.
 */
int wm__listen_probe(const struct wm__url *url);

/* What is where a unix socket is to be. */
enum wm__unix_state {
	WM__UNIX_ABSENT,
	WM__UNIX_STALE, /* a socket that nobody listens on: replaced by a start
			 */
	WM__UNIX_LIVE,
	WM__UNIX_OTHER /* no socket */
};
enum wm__unix_state wm__listen_look(const struct wm__url *url);

#endif
