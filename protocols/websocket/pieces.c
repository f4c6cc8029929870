/* SPDX-License-Identifier: MIT */
/*
 * Responsible for payloads that are taken as they arrive: unmasked,
 * decompressed in bounded steps, cut into parts. Not for messages as such,
 * which are partial.c's, and not for zlib.
 */
#include <stdlib.h>
#include <string.h>

#include "deflate.h"
#include "mask.h"
#include "partial.h"
#include "pieces.h"

/* The payload at hand. */
struct piece {
	char *data;
	size_t len;
};

bool
wm__ws_can_stream(const struct wm_conn *c)
{
	return wm__ws_options(c)->part > 0 &&
	    wm_conn_limits(c)->message >= WS_PART_MIN + WS_INFLATE_SLACK;
}

size_t
wm__ws_part(const struct wm_conn *c)
{
	size_t part = wm__ws_options(c)->part;
	size_t most = wm_conn_limits(c)->message - WS_INFLATE_SLACK;

	if (part < WS_PART_MIN)
		part = WS_PART_MIN;
	return part < most ? part : most;
}

/* How long data may become before something has to be done about it. */
static size_t
data_max(const struct wm_conn *c, const struct wm__ws *ws)
{
	size_t message = wm_conn_limits(c)->message;

	if ((ws->flags & WS_STREAMING) != 0)
		return wm__ws_part(c);
	return message < SIZE_MAX ? message + 1 : message;
}

static void
unmask(struct wm__ws_partial *p, char *data, size_t len)
{
	char mask[4];
	unsigned i;

	wm__ws_unmask(data, len, p->mask);
	memcpy(mask, p->mask, sizeof(mask));
	for (i = 0; i < sizeof(mask); i++)
		p->mask[i] = mask[(i + len) & 3];
}

/* Takes as much of the piece as data may become long; p->clear of it is
   unmasked already, and what is not consumed stays so. */
static int
unpack(const struct wm__ws *ws, struct piece *piece, size_t max)
{
	struct wm__ws_partial *p = ws->partial;
	struct wm_span in = { piece->data, piece->len };
	size_t used;
	int r;

	unmask(p, piece->data + p->clear, piece->len - p->clear);
	p->clear = piece->len;
	r = wm__inflate(p->inflater, &in, &p->data, max);
	used = piece->len - in.len;
	p->clear -= used;
	piece->len = used;
	/* The last byte may stand for more than a part has room for, and no
	   call comes without a further one. An error there is told again,
	   behind the part. */
	if (r == 0 && in.len == 0 && p->data.len >= max &&
	    (ws->flags & WS_STREAMING) != 0)
		wm__inflate(p->inflater, &in, &p->data, max + WS_INFLATE_SLACK);
	return r;
}

static int
copy(struct wm__ws_partial *p, struct piece *piece, size_t max)
{
	char *to;

	if (piece->len > max - p->data.len)
		piece->len = max - p->data.len;
	if (piece->len == 0)
		return 0;
	if ((to = wm_buf_reserve(&p->data, piece->len)) == NULL)
		return WM_E_NOMEM;
	memcpy(to, piece->data, piece->len);
	unmask(p, to, piece->len);
	wm_buf_commit(&p->data, piece->len);
	return 0;
}

/* Of a context that the client keeps: what its next message may refer to. */
static int
keep_window(struct wm__ws *ws, struct wm__inflater *i)
{
	static unsigned char window[WS_WINDOW_MAX];
	unsigned bits = (ws->flags & WS_CLIENT_BITS) >> WS_CLIENT_SHIFT;
	size_t all = wm__inflater_window(i, window), most = (size_t)1 << bits;
	size_t len = all < most ? all : most;
	struct wm__ws_more *more = wm__ws_more(ws);
	unsigned char *to;

	if (more == NULL)
		return WM_E_NOMEM;
	if (len > more->window_len) {
		if ((to = realloc(more->window, len)) == NULL)
			return WM_E_NOMEM;
		more->window = to;
	}
	if (len > 0)
		memcpy(more->window, window + all - len, len);
	more->window_len = (uint16_t)len;
	return 0;
}

static int
end_packed(struct wm_conn *c, struct wm__ws *ws)
{
	struct wm__ws_partial *p = ws->partial;
	size_t max = p->data.len + WS_INFLATE_SLACK;
	bool streaming = (ws->flags & WS_STREAMING) != 0;
	int r = wm__inflate_end(p->inflater, &p->data, max);

	if (r == 0 && !streaming && p->data.len > wm_conn_limits(c)->message)
		r = WM_E_TOO_BIG;
	if (r == 0 && !wm__ws_partial_is_text(p, p->data.len))
		r = WM_E_DATA;
	if (r == 0 && (ws->flags & WS_CLIENT_KEEPS) != 0)
		r = keep_window(ws, p->inflater);
	return r;
}

/* What follows from the bytes that have come. What is over a part is looked at
   with the next one, so that it does not matter how much of it there is. */
static int
go_on(struct wm_conn *c, struct wm__ws *ws, struct wm_msg *m)
{
	struct wm__ws_partial *p = ws->partial;
	size_t max = data_max(c, ws);
	bool streaming = (ws->flags & WS_STREAMING) != 0;
	bool last = p->left == 0 && p->fin, full = p->data.len >= max;
	int r = 0;

	if (!wm__ws_partial_is_text(p, full && !last ? max : p->data.len))
		return WM_E_DATA;
	if (full && !streaming)
		return WM_E_TOO_BIG;
	if (!last)
		return full ? wm__ws_partial_cut(p, max, m) : WM_USED;
	if (p->inflater != NULL)
		r = end_packed(c, ws);
	return r != 0 ? r : wm__ws_partial_finish(p, m);
}

/* The payload begins at data[at]. */
static int
take(struct wm_conn *c, struct wm__ws *ws, struct wm_input *in, size_t at,
    struct wm_msg *m)
{
	struct wm__ws_partial *p = ws->partial;
	struct piece piece = { in->data + at, in->len - at };
	int r = 0;

	if (piece.len > p->left)
		piece.len = (size_t)p->left;
	if (p->left > 0)
		r = p->inflater != NULL ? unpack(ws, &piece, data_max(c, ws)) :
					  copy(p, &piece, data_max(c, ws));
	if (r != 0)
		return r;
	p->left -= piece.len;
	in->used = at + piece.len;
	return go_on(c, ws, m);
}

int
wm__ws_pieces_begin(struct wm_conn *c, struct wm__ws *ws,
    const struct wm__ws_frame *f, struct wm_input *in, struct wm_msg *m)
{
	struct wm__ws_partial *p;
	int r;

	if ((r = wm__ws_partial_judge(c, ws, f)) != 0)
		return r;
	if (in->len < f->size) {
		in->need = f->size;
		return WM_MORE;
	}
	if ((r = wm__ws_partial_take(ws, f)) != 0)
		return r;
	p = ws->partial;
	memcpy(p->mask, in->data + f->size - sizeof(p->mask), sizeof(p->mask));
	p->left = f->length;
	p->fin = f->fin;
	p->clear = 0;
	return take(c, ws, in, f->size, m);
}

int
wm__ws_pieces(struct wm_conn *c, struct wm__ws *ws, struct wm_input *in,
    struct wm_msg *m)
{
	return take(c, ws, in, 0, m);
}
