/* SPDX-License-Identifier: MIT */
/*
 * Moving a connection to another process.
 */
#ifndef WEBSOCKET_FREEZE_H
#define WEBSOCKET_FREEZE_H

#include <workerman/protocol.h>

#define WS_STATE_VERSION 1 /* of what is written */

/* wm_protocol.freeze: WM_E_BUSY in the middle of a message, or closing. */
int wm__ws_freeze(struct wm_conn *c, void *state, struct wm_freezer *f);

/* wm_protocol.thaw */
int wm__ws_thaw(struct wm_conn *c, void *state, unsigned version,
    struct wm_thawer *t);

#endif
