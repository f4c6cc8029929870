/* SPDX-License-Identifier: MIT */
/*
 * Responsible for the protocol "websocket": which frame goes where, what a
 * message looks like on the wire, the last words. A data frame in one piece,
 * nearly all of the traffic, is unmasked where it lies and delivered; the
 * others go to control.c, fragment.c and pieces.c.
 */
#include <string.h>

#include <workerman/websocket.h>

#include "alive.h"
#include "close.h"
#include "control.h"
#include "fragment.h"
#include "freeze.h"
#include "handshake.h"
#include "mask.h"
#include "partial.h"
#include "pieces.h"
#include "send.h"
#include "utf8.h"

/* Of the flags: when a message may be more than a header and its bytes. */
#define SENDS_SPECIALLY   (WS_CLOSING | WS_SENDING | WS_SERVER_BITS)
#define DECODES_SPECIALLY (WS_CLOSING | WS_STREAMING)

static int
websocket_open(struct wm_conn *c, void *state)
{
	struct wm__ws *ws = state;

	if (wm__ws_can_stream(c))
		ws->flags |= WS_STREAMING;
	wm__ws_alive_begin(c);
	return 0;
}

/* The frame that is not wanted any more, as far as it has arrived. */
static int
drop(struct wm__ws *ws, struct wm_input *in)
{
	in->used = in->len < ws->skip ? in->len : (size_t)ws->skip;
	ws->skip -= in->used;
	return WM_USED;
}

/* A message in one frame, delivered from where it lies. */
static int
decode_whole(struct wm_conn *c, const struct wm__ws_frame *f,
    struct wm_input *in, struct wm_msg *m)
{
	char *payload = in->data + f->size;
	bool ascii;

	if (f->length > wm_conn_limits(c)->message)
		return WM_E_TOO_BIG;
	if (!wm__ws_arrived(in, f))
		return WM_MORE;
	m->data = payload;
	m->len = (size_t)f->length;
	ascii = wm__ws_unmask(payload, m->len, payload - 4);
	if (f->opcode == WS_BINARY)
		m->flags |= WM_WEBSOCKET_BINARY;
	else if (ascii || wm__utf8_valid(payload, m->len))
		m->flags |= WM_WEBSOCKET_TEXT;
	else
		return WM_E_DATA;
	return WM_MESSAGE;
}

/* The frame is not a message in one piece, or not to be looked at as one. */
static int
decode_other(struct wm_conn *c, struct wm__ws *ws, const struct wm__ws_frame *f,
    struct wm_input *in, struct wm_msg *m)
{
	if (wm__ws_is_control(f->opcode))
		return wm__ws_control(c, ws, f, in);
	if ((ws->flags & WS_CLOSING) != 0) {
		ws->skip = f->size + f->length;
		return drop(ws, in);
	}
	if (f->packed || (ws->flags & WS_STREAMING) != 0 ||
	    (ws->partial != NULL && ws->partial->inflater != NULL))
		return wm__ws_pieces_begin(c, ws, f, in, m);
	return wm__ws_fragment(c, ws, f, in, m);
}

/* Whether the input begins inside a frame that is taken in pieces or dropped:
   then *r_r is what came of it. */
static bool
decode_inside(struct wm_conn *c, struct wm__ws *ws, struct wm_input *in,
    struct wm_msg *m, int *r_r)
{
	if ((ws->flags & WS_CLOSING) != 0) {
		if (ws->partial != NULL)
			ws->skip = ws->partial->left;
		wm__ws_partial_drop(ws);
		*r_r = ws->skip > 0 ? drop(ws, in) : 0;
		return ws->skip > 0 || in->used > 0;
	}
	if (ws->partial == NULL || ws->partial->left == 0)
		return false;
	*r_r = wm__ws_pieces(c, ws, in, m);
	return true;
}

static int
websocket_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *m)
{
	struct wm__ws *ws = state;
	bool special =
	    ws->partial != NULL || (ws->flags & DECODES_SPECIALLY) != 0;
	struct wm__ws_frame f;
	int r;

	if (special && decode_inside(c, ws, in, m, &r))
		return r;
	r = wm__ws_frame_parse(in->data, in->len,
	    (ws->flags & WS_SERVER_BITS) != 0, &f);
	if (r <= 0)
		return r == 0 ? WM_MORE : r;
	if (special || !f.fin || !wm__ws_begins_message(f.opcode) || f.packed)
		return decode_other(c, ws, &f, in, m);
	return decode_whole(c, &f, in, m);
}

static void
websocket_delivered(struct wm_conn *c, void *state, const struct wm_msg *m)
{
	struct wm__ws *ws = state;

	(void)c;
	(void)m;
	if (ws->partial != NULL)
		wm__ws_partial_done(ws);
}

static int
websocket_encode(struct wm_conn *c, void *state, const struct wm_msg *m,
    struct wm_buf *out)
{
	struct wm__ws *ws = state;
	bool binary = (m->flags & WM_WEBSOCKET_BINARY) != 0;
	size_t copied = out->lends ? 0 : m->len, n;
	char *p;

	if ((ws->flags & SENDS_SPECIALLY) != 0 ||
	    (m->flags & WM_WEBSOCKET_PART) != 0)
		return wm__ws_send(c, ws, m, out);
	if ((p = wm_buf_reserve(out, WS_HEADER_OUT + copied)) == NULL)
		return WM_E_NOMEM;
	n = wm__ws_header_build(p, WS_BIT_FIN | (binary ? WS_BINARY : WS_TEXT),
	    m->len);
	wm_buf_commit(out, n);
	wm_buf_put_last(out, m->data, m->len);
	return 0;
}

static unsigned
websocket_variant(struct wm_conn *c, void *state)
{
	const struct wm__ws *ws = state;

	(void)c;
	if ((ws->flags & (WS_CLOSING | WS_SENDING | WS_SERVER_KEEPS)) != 0)
		return 0;
	/* compressed bytes depend on the window; one of 0 bits is none */
	return 1 + (ws->flags & WS_SERVER_BITS);
}

static int
websocket_farewell(struct wm_conn *c, void *state, enum wm_close_reason why,
    struct wm_buf *out)
{
	struct wm__ws *ws = state;
	char frame[WS_CLOSE_MAX];
	unsigned code;
	bool await;

	(void)c;
	code = wm__ws_close_words(why, &await);
	if ((ws->flags & WS_CLOSE_SENT) == 0 && code != 0) {
		if ((ws->flags & WS_CLOSE_RECEIVED) == 0 && ws->code != 0)
			code = ws->code;
		wm_buf_put(out, frame,
		    wm__ws_close_build(frame, code, NULL, 0));
		wm__ws_said_goodbye(ws);
	}
	return await && (ws->flags & WS_CLOSE_RECEIVED) == 0 ? WM_BYE_AWAIT :
							       WM_BYE;
}

static void
websocket_close(struct wm_conn *c, void *state, enum wm_close_reason why)
{
	struct wm__ws *ws = state;

	(void)c;
	(void)why;
	wm__ws_partial_drop(ws);
	wm__ws_more_free(ws);
}

const struct wm_protocol wm_protocol_websocket = {
	.name = "websocket",
	.abi = WM_PROTOCOL_ABI,
	.state_version = WS_STATE_VERSION,
	.state_size = sizeof(struct wm__ws),
	.overhead = WS_HEADER_IN,
	.begins_as = &wm_protocol_http,
	.upgrade = wm__ws_upgrade,
	.open = websocket_open,
	.decode = websocket_decode,
	.delivered = websocket_delivered,
	.encode = websocket_encode,
	.variant = websocket_variant,
	.farewell = websocket_farewell,
	.deadline = wm__ws_alive_due,
	.close = websocket_close,
	.freeze = wm__ws_freeze,
	.thaw = wm__ws_thaw,
};
