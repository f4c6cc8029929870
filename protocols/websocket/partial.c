/* SPDX-License-Identifier: MIT */
/*
 * Responsible for the message that comes in more than one piece: when it
 * begins, what it may be, how it is delivered and dropped. Not for taking
 * frames: fragment.c and pieces.c.
 */
#include <stdlib.h>

#include "deflate.h"
#include "partial.h"

#define SPARE_SIZE (64u << 10) /* the largest buffer that is kept */

static struct wm_buf spare; /* memory for the next message */

/* Compressed bytes of a message of that size: with what zlib adds at most to
   incompressible data, and more. */
static uint64_t
wire_max(uint64_t message)
{
	return message < UINT64_MAX / 2 ? message + message / 8 + 1024 :
					  UINT64_MAX;
}

int
wm__ws_partial_judge(struct wm_conn *c, const struct wm__ws *ws,
    const struct wm__ws_frame *f)
{
	const struct wm_limits *limits = wm_conn_limits(c);
	const struct wm__ws_partial *p = ws->partial;
	bool packed = p != NULL ? p->inflater != NULL : f->packed;
	uint64_t most = packed ? wire_max(limits->message) : limits->message;

	if ((p != NULL) != (f->opcode == WS_CONTINUATION))
		return WM_E_PROTOCOL;
	if (p != NULL && p->fragments >= limits->fragments)
		return WM_E_POLICY;
	if ((ws->flags & WS_STREAMING) == 0 &&
	    f->length > most - (p != NULL ? p->wire : 0))
		return WM_E_TOO_BIG;
	return 0;
}

static struct wm__inflater *
lend_inflater(const struct wm__ws *ws)
{
	const struct wm__ws_more *more = ws->more;

	return more != NULL ?
	    wm__inflater_take(more->window, more->window_len) :
	    wm__inflater_take(NULL, 0);
}

static int
begin(struct wm__ws *ws, const struct wm__ws_frame *f)
{
	struct wm__ws_partial *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return WM_E_NOMEM;
	if (f->packed && (p->inflater = lend_inflater(ws)) == NULL) {
		free(p);
		return WM_E_NOMEM;
	}
	p->opcode = f->opcode;
	p->data = spare;
	spare = (struct wm_buf)WM_BUF_INIT;
	ws->partial = p;
	return 0;
}

int
wm__ws_partial_take(struct wm__ws *ws, const struct wm__ws_frame *f)
{
	int r = ws->partial == NULL ? begin(ws, f) : 0;

	if (r != 0)
		return r;
	ws->partial->wire += f->length;
	if ((ws->flags & WS_STREAMING) == 0 || f->length == 0)
		ws->partial->fragments++;
	return 0;
}

bool
wm__ws_partial_is_text(struct wm__ws_partial *p, size_t upto)
{
	size_t from = p->checked;

	p->checked = upto;
	return p->opcode != WS_TEXT || upto == from ||
	    wm__utf8_feed(&p->utf8, p->data.data + from, upto - from);
}

static int
deliver(struct wm__ws_partial *p, size_t len, bool last, struct wm_msg *m)
{
	p->out = len;
	m->data = len > 0 ? p->data.data : "";
	m->len = len;
	m->flags =
	    p->opcode == WS_TEXT ? WM_WEBSOCKET_TEXT : WM_WEBSOCKET_BINARY;
	if (!p->begun)
		m->flags |= WM_MSG_FIRST;
	if (last)
		m->flags |= WM_MSG_LAST;
	if (p->begun || !last)
		m->flags |= WM_WEBSOCKET_PART;
	p->begun = true;
	p->whole = last;
	return WM_MESSAGE;
}

int
wm__ws_partial_finish(struct wm__ws_partial *p, struct wm_msg *m)
{
	if (!wm__utf8_complete(&p->utf8))
		return WM_E_DATA;
	return deliver(p, p->data.len, true, m);
}

int
wm__ws_partial_cut(struct wm__ws_partial *p, size_t len, struct wm_msg *m)
{
	return deliver(p, len, false, m);
}

void
wm__ws_partial_done(struct wm__ws *ws)
{
	struct wm__ws_partial *p = ws->partial;

	if (p->whole) {
		wm__ws_partial_drop(ws);
		return;
	}
	if (p->out > 0)
		wm_buf_consume(&p->data, p->out);
	p->checked -= p->out;
	p->out = 0;
}

void
wm__ws_partial_drop(struct wm__ws *ws)
{
	struct wm__ws_partial *p = ws->partial;

	if (p == NULL)
		return;
	ws->partial = NULL;
	if (p->data.cap > SPARE_SIZE || spare.data != NULL)
		wm_buf_fini(&p->data);
	else {
		spare = p->data;
		spare.len = 0;
		spare.failed = false;
	}
	wm__inflater_give(&p->inflater);
	free(p);
}
