/* SPDX-License-Identifier: MIT */
/*
 * Addresses of hosts, and lists of networks: whom to trust, whom to let in.
 */
#ifndef WORKERMAN_NETWORK_H
#define WORKERMAN_NETWORK_H

#include <workerman/api.h>

WM_BEGIN_DECLS

/* An address without port: IPv6, or IPv4 as in ::ffff:0:0/96. All zeroes: who
   comes by a unix socket. */
struct wm_host {
	unsigned char bytes[16];
};

/* "192.0.2.1" or "2001:db8::1". Returns whether it was one. */
WM_API bool wm_host_parse(struct wm_host *host_r, const char *text);

/* The same, or "unix", into buf, terminated, cut to size. Returns buf. */
WM_API char *wm_host_format(const struct wm_host *host, char *buf, size_t size);

/* Whether it is "10.0.0.0/8", "2001:db8::/32", an address alone or "unix". */
WM_API bool wm_network_valid(const char *network);

/* Whether one of them has the host. The list ends with null and may be null;
   what is no network in it has nobody. */
WM_API bool wm_networks_have(const char *const *networks,
    const struct wm_host *host);

WM_END_DECLS

#endif
