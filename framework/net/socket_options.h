/* SPDX-License-Identifier: MIT */
/* Setting the options of a listener's sockets, new ones and bound ones. */
#ifndef NET_SOCKET_OPTIONS_H
#define NET_SOCKET_OPTIONS_H

#include "framework/net/address.h"

/*
 * Before a new socket is bound. Accepted connections inherit most of it.
 * Returns null, or what could not be done ("cannot use the device eth9"), with
 * errno.
 */
const char *wm__socket_prepare(int fd, const struct wm__url *url);

/* Binds it; the file of a unix socket gets mode, owner and group before anybody
   can connect. Returns as above; no file is left then. */
const char *wm__socket_bind(int fd, const struct wm__url *url);

/* Listens, if that is what it is for. Returns 0 or -1 with errno. */
int wm__socket_listen(int fd, const struct wm__url *url, int backlog);

/*
 * A bound socket of *url, that listens, gets the options `to` in place of the
 * url's. Returns null, or one static line that says what stays as it was.
 */
const char *wm__socket_change(int fd, const struct wm__url *url,
    const struct wm__socket_options *to);

#endif
