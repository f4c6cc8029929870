/* SPDX-License-Identifier: MIT */
/*
 * Messages that are not simply one frame of their bytes: compressed ones, and
 * those that are sent in parts.
 */
#ifndef WEBSOCKET_SEND_H
#define WEBSOCKET_SEND_H

#include "state.h"

/* wm_protocol.encode for whatever is sent while there may be more to it than
   a header: permessage-deflate is negotiated, the message is a part, or one
   in parts has begun. */
int wm__ws_send(struct wm_conn *c, struct wm__ws *ws, const struct wm_msg *m,
    struct wm_buf *out);

/* Nothing has been sent for a while: gives back what only sending needs. */
void wm__ws_send_idle(struct wm__ws *ws);

#endif
