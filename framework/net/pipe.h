/* SPDX-License-Identifier: MIT */
/*
 * Two joined connections: see wm_conn_pipe(). To be called for joined ones
 * only (wm__extra_is_joined).
 */
#ifndef NET_PIPE_H
#define NET_PIPE_H

#include <workerman/overflow.h>

struct wm__pipe;

/* All output has left. */
void wm__pipe_drained(struct wm_conn *c);

/*
 * Its peer sends no more: said to the other one's peer, once all has been
 * passed on. Returns whether the connection is still needed.
 */
bool wm__pipe_ended(struct wm_conn *c);

/* It is about to be freed: takes the other along. */
void wm__pipe_gone(struct wm_conn *c);

/* Handlers of the application, for when it is on its own again. */
void wm__pipe_set_handlers(struct wm_conn *c, const struct wm_handlers *h);

#endif
