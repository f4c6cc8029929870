/* SPDX-License-Identifier: MIT */
/*
 * Responsible for what a message looks like on the wire when it is compressed
 * or sent in parts. Not for zlib, and not for the common case, which is in
 * websocket.c.
 */
#include <string.h>

#include "deflate.h"
#include "frame.h"
#include "send.h"

#define LEVEL_INITIAL     6
#define MEMORY_INITIAL    8
#define THRESHOLD_INITIAL 512u

static uint8_t
in_range(uint8_t value, uint8_t initial)
{
	if (value == 0)
		return initial;
	return value <= 9 ? value : 9;
}

static struct wm__deflate_how
how_of(const struct wm_conn *c, const struct wm__ws *ws)
{
	const struct wm_websocket_deflate *o = &wm__ws_options(c)->deflate;

	return (struct wm__deflate_how){
		.bits = (uint8_t)(ws->flags & WS_SERVER_BITS),
		.level = in_range(o->level, LEVEL_INITIAL),
		.memory = in_range(o->memory, MEMORY_INITIAL),
	};
}

static bool
worth_it(const struct wm_conn *c, const struct wm__ws *ws, size_t len)
{
	uint32_t threshold = wm__ws_options(c)->deflate.threshold;

	return (ws->flags & WS_SERVER_BITS) != 0 &&
	    len >= (threshold != 0 ? threshold : THRESHOLD_INITIAL);
}

/* The connection's own, for a context that is kept or a message in parts. */
static struct wm__deflater *
own_deflater(const struct wm_conn *c, struct wm__ws *ws)
{
	struct wm__ws_more *more = wm__ws_more(ws);
	struct wm__deflate_how how = how_of(c, ws);

	if (more == NULL)
		return NULL;
	if (more->deflater == NULL)
		more->deflater = wm__deflater_new(&how);
	return more->deflater;
}

/*
 * Compresses behind room for the longest header, and closes the gap. Without
 * memory the deflater has said what was not sent: it is dropped, and the next
 * message begins afresh.
 */
static int
put_packed(struct wm__ws *ws, struct wm__deflater *d, unsigned first,
    const struct wm_msg *m, struct wm_buf *out)
{
	struct wm_span data = { m->data, m->len };
	size_t at = out->len, header, len;
	bool last = (first & WS_BIT_FIN) != 0;
	int r = WM_E_NOMEM;

	if (wm_buf_reserve(out, WS_HEADER_OUT) != NULL) {
		wm_buf_commit(out, WS_HEADER_OUT);
		r = wm__deflate(d, data, last, out);
	}
	if (r != 0) {
		out->len = at;
		if (ws->more != NULL && ws->more->deflater == d)
			wm__deflater_free(&ws->more->deflater);
		return r;
	}
	len = out->len - at - WS_HEADER_OUT;
	header = wm__ws_header_build(out->data + at, first, len);
	memmove(out->data + at + header, out->data + at + WS_HEADER_OUT, len);
	out->len = at + header + len;
	return 0;
}

static int
put_plain(unsigned first, const struct wm_msg *m, struct wm_buf *out)
{
	char header[WS_HEADER_OUT];
	size_t n = wm__ws_header_build(header, first, m->len);

	if (wm_buf_reserve(out, n + m->len) == NULL)
		return WM_E_NOMEM;
	wm_buf_put(out, header, n);
	wm_buf_put(out, m->data, m->len);
	return 0;
}

static unsigned
opcode_of(const struct wm_msg *m)
{
	return (m->flags & (WM_WEBSOCKET_BINARY | WM_MSG_BYTES)) != 0 ?
	    WS_BINARY :
	    WS_TEXT;
}

/* A message of its own. One that compression makes longer is sent as it is,
   unless the context that it changed has to be kept. */
static int
send_whole(struct wm_conn *c, struct wm__ws *ws, const struct wm_msg *m,
    struct wm_buf *out)
{
	unsigned first = WS_BIT_FIN | opcode_of(m);
	bool keeps = (ws->flags & WS_SERVER_KEEPS) != 0;
	struct wm__deflate_how how;
	struct wm__deflater *d;
	size_t before = out->len;
	int r;

	if (!worth_it(c, ws, m->len))
		return put_plain(first, m, out);
	how = how_of(c, ws);
	d = keeps ? own_deflater(c, ws) : wm__deflater_shared(&how);
	if (d == NULL)
		return WM_E_NOMEM;
	r = put_packed(ws, d, first | WS_BIT_RSV1, m, out);
	if (r != 0 || keeps || out->len - before <= m->len)
		return r;
	out->len = before;
	return put_plain(first, m, out);
}

/* How the message that begins with this part goes on. */
static void
begin(const struct wm_conn *c, struct wm__ws *ws, const struct wm_msg *m)
{
	/* one whose length is not known is long */
	bool last = (m->flags & WM_MSG_LAST) != 0;

	ws->flags &= (uint16_t)~WS_PACKING;
	if (last ? worth_it(c, ws, m->len) : (ws->flags & WS_SERVER_BITS) != 0)
		ws->flags |= WS_PACKING;
}

static void
part_sent(struct wm__ws *ws, bool last)
{
	if (!last) {
		ws->flags |= WS_SENDING;
		return;
	}
	ws->flags &= (uint16_t)~WS_SENDING;
	if ((ws->flags & WS_SERVER_KEEPS) == 0 && ws->more != NULL)
		wm__deflater_free(&ws->more->deflater);
}

static int
send_part(struct wm_conn *c, struct wm__ws *ws, const struct wm_msg *m,
    struct wm_buf *out)
{
	bool begins = (ws->flags & WS_SENDING) == 0;
	bool last = (m->flags & WM_MSG_LAST) != 0;
	unsigned first =
	    (begins ? opcode_of(m) : WS_CONTINUATION) | (last ? WS_BIT_FIN : 0);
	struct wm__deflater *d;
	int r;

	if (begins != ((m->flags & WM_MSG_FIRST) != 0))
		return WM_E_INVALID;
	if (begins)
		begin(c, ws, m);
	if ((ws->flags & WS_PACKING) == 0)
		r = put_plain(first, m, out);
	else if ((d = own_deflater(c, ws)) == NULL)
		r = WM_E_NOMEM;
	else
		r = put_packed(ws, d, first | (begins ? WS_BIT_RSV1 : 0), m,
		    out);
	if (r == 0)
		part_sent(ws, last);
	return r;
}

int
wm__ws_send(struct wm_conn *c, struct wm__ws *ws, const struct wm_msg *m,
    struct wm_buf *out)
{
	if ((ws->flags & WS_CLOSING) != 0)
		return WM_E_CLOSED;
	if ((m->flags & WM_WEBSOCKET_PART) != 0)
		return send_part(c, ws, m, out);
	return (ws->flags & WS_SENDING) != 0 ? WM_E_BUSY :
					       send_whole(c, ws, m, out);
}

/* A compressor that begins afresh refers to nothing: the peer's is ready for
   that at any time. */
void
wm__ws_send_idle(struct wm__ws *ws)
{
	if (ws->more != NULL && (ws->flags & WS_SENDING) == 0)
		wm__deflater_free(&ws->more->deflater);
}
