/* SPDX-License-Identifier: MIT */
/*
 * The header of the PROXY protocol, versions 1 and 2, by which a proxy says
 * for whom it has connected (haproxy.org/download/3.0/doc/proxy-protocol.txt).
 * Only bytes are looked at here, in any pieces.
 */
#ifndef NET_PROXY_H
#define NET_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define WM__PROXY_V1_MAX 107  /* bytes of version 1, with CR LF */
#define WM__PROXY_V2_MAX 4096 /* bytes of version 2 that we take */
#define WM__PROXY_KEEP   232  /* the fixed part and the longest address */

struct wm__proxy {
	size_t len; /* bytes so far */
	unsigned char head[WM__PROXY_KEEP];
};

/* How many bytes may be looked at next: at least 1, and no more than the header
   can still have. */
size_t wm__proxy_want(const struct wm__proxy *proxy);

/*
 * Looks at the next bytes, at most as many as wanted. *used_r is how many of
 * them are the header's, at least one. Returns 1 when it is complete, 0 when it
 * goes on, WM_E_PROTOCOL when it is none.
 */
int wm__proxy_feed(struct wm__proxy *proxy, const void *data, size_t len,
    size_t *used_r);

/* Of a complete header: the address that it speaks for, or false when it names
   none and the connection is the proxy's own. */
bool wm__proxy_peer(const struct wm__proxy *proxy,
    struct sockaddr_storage *peer_r);

#endif
