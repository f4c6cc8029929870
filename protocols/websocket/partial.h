/* SPDX-License-Identifier: MIT */
/*
 * The message of a connection that is not all in one place: it comes in
 * fragments (RFC 6455 section 5.4), is compressed, or is delivered in parts.
 * Its memory is one growing buffer of what arrived.
 */
#ifndef WEBSOCKET_PARTIAL_H
#define WEBSOCKET_PARTIAL_H

#include <workerman/buf.h>

#include "frame.h"
#include "state.h"
#include "utf8.h"

struct wm__inflater;

struct wm__ws_partial {
	struct wm_buf data; /* not yet delivered, or being delivered */
	size_t out;         /* bytes of it that are being delivered */
	size_t checked;     /* bytes of it that can be text */
	struct wm__inflater *inflater; /* of a compressed message */
	uint64_t wire;      /* payload bytes of all frames as they came */
	uint64_t left;      /* of the frame that is taken in pieces: to come */
	size_t clear;       /* of those: unmasked already, in the input */
	char mask[4];       /* of that frame, for its next byte first */
	bool fin;           /* it is the message's last */
	bool begun;         /* its first part has been delivered */
	bool whole;         /* its last has: to be dropped */
	uint8_t opcode;     /* WS_TEXT or WS_BINARY */
	uint32_t fragments; /* how many count against the limit */
	struct wm__utf8 utf8;
};

/*
 * Whether the frame `f` may be the next of the message: order and number, the
 * sum of the lengths. Returns 0, WM_E_PROTOCOL, WM_E_POLICY or WM_E_TOO_BIG.
 */
int wm__ws_partial_judge(struct wm_conn *c, const struct wm__ws *ws,
    const struct wm__ws_frame *f);

/* It is: the message begins if it has to. Returns 0 or WM_E_NOMEM. */
int wm__ws_partial_take(struct wm__ws *ws, const struct wm__ws_frame *f);

/* Whether the data up to there can be text, if it has to be. */
bool wm__ws_partial_is_text(struct wm__ws_partial *p, size_t upto);

/*
 * All has arrived. Returns WM_MESSAGE, *m filled in, or WM_E_DATA when text
 * ends inside a character.
 */
int wm__ws_partial_finish(struct wm__ws_partial *p, struct wm_msg *m);

/* The first `len` bytes are a part of it, not the last. Returns WM_MESSAGE. */
int wm__ws_partial_cut(struct wm__ws_partial *p, size_t len, struct wm_msg *m);

/* What was delivered is not needed any more; after the last part, nothing. */
void wm__ws_partial_done(struct wm__ws *ws);

/* Drops the message, if any. */
void wm__ws_partial_drop(struct wm__ws *ws);

#endif
