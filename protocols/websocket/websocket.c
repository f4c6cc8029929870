/* SPDX-License-Identifier: MIT */
/*
 * Responsible for the protocol "websocket": which frame goes where, what a
 * message looks like on the wire, the last words. A data frame in one piece,
 * nearly all of the traffic, is unmasked where it lies and delivered; the
 * others go to control.c and fragment.c.
 */
#include <stdlib.h>
#include <string.h>

#include <workerman/websocket.h>

#include "close.h"
#include "control.h"
#include "fragment.h"
#include "handshake.h"
#include "mask.h"
#include "utf8.h"

/* The frame that is not wanted any more, as far as it has arrived. */
static int
drop(struct wm__ws *ws, struct wm_input *in)
{
	if (in->len == 0)
		return WM_MORE;
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

static int
websocket_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *m)
{
	struct wm__ws *ws = state;
	struct wm__ws_frame f;
	int r;

	if (ws->skip > 0)
		return drop(ws, in);
	if (ws->partial != NULL)
		wm__ws_fragment_done(ws);
	if ((r = wm__ws_frame_parse(in->data, in->len, &f)) <= 0)
		return r == 0 ? WM_MORE : r;
	if (wm__ws_is_control(f.opcode))
		return wm__ws_control(c, ws, &f, in);
	if (ws->flags != 0) {
		ws->skip = f.size + f.length;
		return drop(ws, in);
	}
	if (f.fin && f.opcode != WS_CONTINUATION && ws->partial == NULL)
		return decode_whole(c, &f, in, m);
	return wm__ws_fragment(c, ws, &f, in, m);
}

static void
websocket_delivered(struct wm_conn *c, void *state, const struct wm_msg *m)
{
	struct wm__ws *ws = state;

	(void)c;
	(void)m;
	if (ws->partial != NULL)
		wm__ws_fragment_done(ws);
}

static int
websocket_encode(struct wm_conn *c, void *state, const struct wm_msg *m,
    struct wm_buf *out)
{
	const struct wm__ws *ws = state;
	char *p;
	size_t n;

	(void)c;
	if (ws->flags != 0)
		return WM_E_CLOSED;
	if ((p = wm_buf_reserve(out, WS_HEADER_OUT + m->len)) == NULL)
		return WM_E_NOMEM;
	n = wm__ws_frame_build(p,
	    (m->flags & WM_WEBSOCKET_BINARY) != 0 ? WS_BINARY : WS_TEXT,
	    m->len);
	if (m->len > 0)
		memcpy(p + n, m->data, m->len);
	wm_buf_commit(out, n + m->len);
	return 0;
}

static unsigned
websocket_variant(struct wm_conn *c, void *state)
{
	const struct wm__ws *ws = state;

	(void)c;
	return ws->flags == 0 ? 1 : 0;
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
		if (ws->own_code != 0)
			code = ws->own_code;
		wm_buf_put(out, frame,
		    wm__ws_close_build(frame, code, NULL, 0));
		ws->flags |= WS_CLOSE_SENT;
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
	wm__ws_fragment_drop(ws);
	free(ws->reason);
	ws->reason = NULL;
}

const struct wm_protocol wm_protocol_websocket = {
	.name = "websocket",
	.abi = WM_PROTOCOL_ABI,
	.state_size = sizeof(struct wm__ws),
	.overhead = WS_HEADER_IN,
	.begins_as = &wm_protocol_http,
	.upgrade = wm__ws_upgrade,
	.decode = websocket_decode,
	.delivered = websocket_delivered,
	.encode = websocket_encode,
	.variant = websocket_variant,
	.farewell = websocket_farewell,
	.close = websocket_close,
};
