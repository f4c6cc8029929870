/* SPDX-License-Identifier: MIT */
/*
 * The fragments of a message (RFC 6455 section 5.4) as they are collected and
 * read by wslay. Not those of a compressed message, nor of one that is
 * delivered in parts: pieces.h.
 */
#ifndef WEBSOCKET_FRAGMENT_H
#define WEBSOCKET_FRAGMENT_H

#include "frame.h"
#include "state.h"

/*
 * The fragment `f`, whose header is judged, begins the input. Whether it may
 * come now is known before any of its payload is waited for. Returns
 *	WM_MORE        it is not there as a whole
 *	WM_USED        it was added to the message
 *	WM_MESSAGE     it was the last one: *m is filled in
 *	WM_E_PROTOCOL  it is out of order
 *	WM_E_POLICY    it is one too many
 *	WM_E_TOO_BIG   the message would be too long
 *	WM_E_DATA      the text is no longer UTF-8
 *	WM_E_NOMEM
 */
int wm__ws_fragment(struct wm_conn *c, struct wm__ws *ws,
    const struct wm__ws_frame *f, struct wm_input *in, struct wm_msg *m);

#endif
