/* SPDX-License-Identifier: MIT */
/*
 * Ping, pong and close (RFC 6455 section 5.5), in both directions.
 */
#ifndef WEBSOCKET_CONTROL_H
#define WEBSOCKET_CONTROL_H

#include "frame.h"
#include "state.h"

/*
 * The control frame `f`, whose header is judged, begins the input: answers a
 * ping, ignores a pong, answers a close frame and closes the connection.
 * Returns WM_MORE when it is not there as a whole, WM_USED, or the error with
 * which the connection has to close.
 */
int wm__ws_control(struct wm_conn *c, struct wm__ws *ws,
    const struct wm__ws_frame *f, struct wm_input *in);

#endif
