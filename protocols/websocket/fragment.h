/* SPDX-License-Identifier: MIT */
/*
 * The message in fragments (RFC 6455 section 5.4) of a connection.
 */
#ifndef WEBSOCKET_FRAGMENT_H
#define WEBSOCKET_FRAGMENT_H

#include "frame.h"
#include "state.h"

/*
 * Whether the data frame `f` may come now, before any of its payload is
 * waited for. Returns 0; WM_E_PROTOCOL out of order; WM_E_POLICY for one
 * fragment too many; WM_E_TOO_BIG when the message would be too long.
 */
int wm__ws_fragment_judge(const struct wm__ws *ws,
    const struct wm__ws_frame *f, const struct wm_limits *limits);

/*
 * Appends the judged, complete frame at `data`. Returns WM_USED; WM_MESSAGE
 * with *m filled in for the last one; WM_E_DATA when a text stops being
 * UTF-8; WM_E_NOMEM, WM_E_PROTOCOL.
 */
int wm__ws_fragment_add(struct wm__ws *ws, const struct wm__ws_frame *f,
    const char *data, struct wm_msg *m);

/* Drops the message once it is delivered; one that is arriving stays. */
void wm__ws_fragment_done(struct wm__ws *ws);

/* Drops the message, if any. */
void wm__ws_fragment_drop(struct wm__ws *ws);

#endif
