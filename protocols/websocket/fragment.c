/* SPDX-License-Identifier: MIT */
/*
 * Responsible for collecting a message in fragments: order, limits, UTF-8
 * across frames. Its memory is one growing buffer of the bytes that arrived,
 * however many fragments they came in. Not for reading frames.
 */
#include <stdlib.h>

#include <workerman/websocket.h>

#include "fragment.h"
#include "reader.h"
#include "utf8.h"

struct wm__ws_partial {
	struct wm_buf data;
	struct wm__utf8 utf8;
	uint8_t opcode; /* WS_TEXT or WS_BINARY */
	bool whole;     /* delivered, to be dropped */
	uint32_t fragments;
};

static int
judge(const struct wm__ws_partial *p, const struct wm__ws_frame *f,
    const struct wm_limits *limits)
{
	if ((p != NULL) != (f->opcode == WS_CONTINUATION))
		return WM_E_PROTOCOL;
	if (p != NULL && p->fragments >= limits->fragments)
		return WM_E_POLICY;
	if (f->length > limits->message - (p != NULL ? p->data.len : 0))
		return WM_E_TOO_BIG;
	return 0;
}

static int
append(struct wm__ws_partial *p, const struct wm__ws_frame *f, const char *data)
{
	size_t len = (size_t)f->length;
	char *to;
	int r;

	p->fragments++;
	if (len == 0)
		return 0;
	if ((to = wm_buf_reserve(&p->data, len)) == NULL)
		return WM_E_NOMEM;
	if ((r = wm__ws_read(data, f, to)) != 0)
		return r;
	if (p->opcode == WS_TEXT && !wm__utf8_feed(&p->utf8, to, len))
		return WM_E_DATA;
	wm_buf_commit(&p->data, len);
	return 0;
}

static int
begin(struct wm__ws *ws, const struct wm__ws_frame *f)
{
	ws->partial = calloc(1, sizeof(*ws->partial));
	if (ws->partial == NULL)
		return WM_E_NOMEM;
	ws->partial->opcode = f->opcode;
	return 0;
}

static int
finish(struct wm__ws_partial *p, struct wm_msg *m)
{
	if (!wm__utf8_complete(&p->utf8))
		return WM_E_DATA;
	p->whole = true;
	m->data = p->data.len > 0 ? p->data.data : "";
	m->len = p->data.len;
	m->flags |=
	    p->opcode == WS_TEXT ? WM_WEBSOCKET_TEXT : WM_WEBSOCKET_BINARY;
	return WM_MESSAGE;
}

int
wm__ws_fragment(struct wm_conn *c, struct wm__ws *ws,
    const struct wm__ws_frame *f, struct wm_input *in, struct wm_msg *m)
{
	int r;

	if ((r = judge(ws->partial, f, wm_conn_limits(c))) != 0)
		return r;
	if (!wm__ws_arrived(in, f))
		return WM_MORE;
	if (ws->partial == NULL && (r = begin(ws, f)) != 0)
		return r;
	if ((r = append(ws->partial, f, in->data)) != 0)
		return r;
	return f->fin ? finish(ws->partial, m) : WM_USED;
}

void
wm__ws_fragment_done(struct wm__ws *ws)
{
	if (ws->partial->whole)
		wm__ws_fragment_drop(ws);
}

void
wm__ws_fragment_drop(struct wm__ws *ws)
{
	if (ws->partial == NULL)
		return;
	wm_buf_fini(&ws->partial->data);
	free(ws->partial);
	ws->partial = NULL;
}
