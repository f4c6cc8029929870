/* SPDX-License-Identifier: MIT */
/*
 * Liveness: pings when nothing comes, and what their answers tell.
 */
#ifndef WEBSOCKET_ALIVE_H
#define WEBSOCKET_ALIVE_H

#include "frame.h"
#include "state.h"

/* The connection begins. */
void wm__ws_alive_begin(struct wm_conn *c);

/* wm_protocol.deadline: looks how long nothing came, pings, gives up. */
void wm__ws_alive_due(struct wm_conn *c, void *state, unsigned which);

/* Whether the pong `f` may be the one that is waited for; then its payload,
   which has the right length. */
bool wm__ws_alive_wants(const struct wm__ws *ws, const struct wm__ws_frame *f);
void wm__ws_alive_pong(struct wm__ws *ws, const char *payload);

#endif
