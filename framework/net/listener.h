/* SPDX-License-Identifier: MIT */
/*
 * Accepting: a process's listening sockets, its own and those lent by a
 * slot that has no process at the moment.
 */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include "framework/net/conn.h"

/*
 * Adds a listening socket, owned from now on also on failure. It is watched
 * once wm__listener_accept() was called. `number` tells it from others of the
 * service. Returns 0, WM_E_NOMEM.
 */
int wm__listener_add(struct wm__service *service, int fd, unsigned number);

/*
 * The same for a socket that is nobody else's, as number 0. When it is given
 * up, what waits in its queue is accepted, and the file of a unix socket goes.
 */
int wm__listener_add_own(struct wm__service *service, int fd);

/* Begins to accept on all listeners. */
void wm__listener_accept(struct wm_proc *p);

/* Gives up one, or all. */
void wm__listener_return(struct wm__service *service, unsigned number);
void wm__listener_close_all(struct wm_proc *p);

/* The service of listener number `index` and one of its sockets; null when the
   process has none. */
struct wm__service *wm__listener_service(const struct wm_proc *p,
    unsigned index, int *fd_r);

/* Goes on accepting after a pause, if a connection more is possible now. */
void wm__listener_resume(struct wm_proc *p);

/* Once a second: the same, and room is made for whoever waits. */
void wm__listener_tick(struct wm_proc *p);

#endif
