/* SPDX-License-Identifier: MIT */
/*
 * Frames that are not collected first: their payload is taken as it arrives,
 * so that neither what a compressed message stands for nor one without end
 * costs more memory than may be delivered.
 */
#ifndef WEBSOCKET_PIECES_H
#define WEBSOCKET_PIECES_H

#include "frame.h"
#include "state.h"

/* Fewest bytes of a part: enough for zlib to get on with any input. */
#define WS_PART_MIN 16384u

/* Whether the connection can deliver parts; bytes of one. */
bool wm__ws_can_stream(const struct wm_conn *c);
size_t wm__ws_part(const struct wm_conn *c);

/*
 * The frame `f`, whose header is judged, begins the input and is one of these.
 * Takes what is there. Returns
 *	WM_MORE        the header is not there as a whole
 *	WM_USED        it goes on, or the message does
 *	WM_MESSAGE     the message or the next part of it: *m is filled in
 *	WM_E_DATA      what arrived is neither compressed nor UTF-8 as it has
 *		       to be
 * and errors as wm__ws_fragment().
 */
int wm__ws_pieces_begin(struct wm_conn *c, struct wm__ws *ws,
    const struct wm__ws_frame *f, struct wm_input *in, struct wm_msg *m);

/* The input goes on with the payload of such a frame. Returns likewise. */
int wm__ws_pieces(struct wm_conn *c, struct wm__ws *ws, struct wm_input *in,
    struct wm_msg *m);

#endif
