/* SPDX-License-Identifier: MIT */
/*
 * Request bodies: waited for until they are whole, or passed on in parts as
 * they come. How one is framed is judged in framing.c.
 *
 * A request whose body has not all come leaves its head unread: it is parsed
 * again, once, when the last byte is there. One in parts has a copy of its
 * head instead.
 */
#include <stdlib.h>

#include <workerman/http-request.h>

#include "framing.h"
#include "head.h"
#include "state.h"

#define PART_MAX (256u << 10)

/* A body that is chunked, or delivered in parts. */
struct http_body {
	struct http_chunked *chunked;    /* null: of known length */
	struct wm_http_request *request; /* in parts: kept; else null */
	uint64_t left;                   /* of a known length */
	bool go_on;                      /* a 100 is owed for it */
};

void
wm__http_body_free(struct http_body **body)
{
	struct http_body *b = *body;

	*body = NULL;
	if (b == NULL)
		return;
	wm__http_chunked_free(&b->chunked);
	wm_http_request_free(&b->request);
	free(b);
}

const struct wm_http_request *
wm__http_body_request(const struct http_state *s)
{
	return s->body != NULL ? s->body->request : NULL;
}

static int
await(struct wm_conn *c, struct http_state *s, struct wm_input *in)
{
	s->phase = HTTP_BODY;
	wm__http_arm(c, s);
	in->need = in->len + 1; /* the deadline runs between two bytes */
	return WM_MORE;
}

/* ---- whole ---- */

static int
chunked_go_on(struct wm_conn *c, struct http_state *s,
    struct wm_http_request *r, struct wm_input *in, struct wm_msg *msg)
{
	const struct wm_limits *limits = wm_conn_limits(c);
	struct http_extent extent;
	enum http_verdict v;
	const char *body;

	v = wm__http_chunked_feed(s->body->chunked, in->data, &in->len,
	    &in->used);
	if (v == HTTP_PARTIAL)
		return await(c, s, in);
	if (v != HTTP_FINE)
		return wm__http_turn_away(c, s, in, v);
	extent = wm__http_chunked_extent(s->body->chunked);
	wm__http_body_free(&s->body);
	v = wm__http_head_parse(r, in->data, extent.head, limits->headers);
	if (v != HTTP_FINE)
		return wm__http_turn_away(c, s, in, v);
	body = in->data + extent.head;
	if (wm__http_trailers_parse(r, body + extent.body, extent.trailers,
		limits->headers) < 0)
		return WM_E_NOMEM;
	return wm__http_deliver(s, msg, r,
	    (struct wm_span){ body, extent.body });
}

static int
sized_go_on(struct http_state *s, struct wm_http_request *r,
    struct wm_input *in, struct wm_msg *msg)
{
	in->used = r->head_len + (size_t)r->length;
	return wm__http_deliver(s, msg, r,
	    (struct wm_span){ in->data + r->head_len, (size_t)r->length });
}

/* ---- in parts ---- */

static bool
wants_parts(const struct wm_conn *c, const struct wm_http_request *r)
{
	const struct wm_http_options *options = wm_conn_options(c);

	return options != NULL && options->in_parts != NULL &&
	    (r->chunked || r->length > 0) && options->in_parts(c, r);
}

/* A part of the body at the begin of the input. */
static int
part(struct wm_conn *c, struct http_state *s, struct wm_msg *msg,
    struct wm_span data, bool last)
{
	struct http_answer *a;

	msg->data = data.data;
	msg->len = data.len;
	msg->flags = last ? WM_MSG_LAST : 0;
	msg->view = s->body->request;
	s->flags |= FLAG_DELIVERING;
	if (!last)
		return WM_MESSAGE;
	/* From here on it is a request like any other. */
	s->phase = HTTP_BUSY;
	s->traits &= (uint8_t)~TRAIT_PARTIAL;
	if (s->traits & TRAIT_CLOSE)
		s->flags |= FLAG_LAST;
	wm_conn_set_busy(c, false);
	a = wm__http_queue_find(s, s->number);
	if (a != NULL) {
		a->traits &= (uint8_t)~TRAIT_PARTIAL;
		if (a->heartbeat_ms == 0)
			wm__http_place_hold(c, a);
	}
	return WM_MESSAGE;
}

static int
sized_part(struct wm_conn *c, struct http_state *s, struct wm_input *in,
    struct wm_msg *msg)
{
	struct http_body *b = s->body;
	size_t n = in->len;

	if (n > b->left)
		n = (size_t)b->left;
	if (n > wm_conn_limits(c)->message)
		n = wm_conn_limits(c)->message;
	if (n > PART_MAX)
		n = PART_MAX;
	b->left -= n;
	in->used = n;
	return part(c, s, msg, (struct wm_span){ in->data, n }, b->left == 0);
}

static int
chunked_part(struct wm_conn *c, struct http_state *s, struct wm_input *in,
    struct wm_msg *msg)
{
	struct wm_http_request *r = s->body->request;
	struct http_piece piece;
	enum http_verdict v;

	v = wm__http_chunked_piece(s->body->chunked, in->data, in->len, &piece);
	if (v != HTTP_FINE)
		return wm__http_turn_away(c, s, in, v);
	in->used = piece.used;
	if (piece.used == 0)
		return await(c, s, in);
	if (piece.body == 0 && !piece.last)
		return WM_USED;
	if (piece.last &&
	    wm__http_trailers_parse(r, in->data, piece.trailers,
		wm_conn_limits(c)->headers) < 0)
		return WM_E_NOMEM;
	return part(c, s, msg, (struct wm_span){ in->data, piece.body },
	    piece.last);
}

static int
parts_begin(struct wm_conn *c, struct http_state *s, struct wm_http_request *r,
    struct wm_input *in, struct wm_msg *msg)
{
	struct http_body *b = s->body;

	if ((b->request = wm_http_request_keep(r)) == NULL)
		return WM_E_NOMEM;
	b->left = r->length;
	b->go_on = r->expect && in->len == r->head_len;
	in->used = r->head_len;
	wm__http_deliver(s, msg, b->request, (struct wm_span){ in->data, 0 });
	msg->flags = WM_MSG_FIRST;
	s->flags &= (uint8_t)~FLAG_LAST;
	s->traits |= TRAIT_PARTIAL;
	s->phase = HTTP_BODY;
	wm_conn_set_busy(c, true);
	return WM_MESSAGE;
}

void
wm__http_body_delivered(struct wm_conn *c, struct http_state *s)
{
	bool go_on = s->body->go_on;

	s->body->go_on = false;
	if (s->flags & FLAG_LAST) { /* answered already */
		s->phase = HTTP_BUSY;
		wm_conn_set_busy(c, false);
	} else if (go_on)
		wm__http_continue(c, s);
	wm__http_arm(c, s);
}

/* ---- both ---- */

static int
chunked_begin(struct wm_conn *c, struct http_state *s,
    struct wm_http_request *r, const struct wm_input *in, bool parts)
{
	const struct wm_limits *limits = wm_conn_limits(c);
	const struct wm_http_options *options = wm_conn_options(c);
	struct http_framing_limits max = { limits->message,
		wm__http_head_limit(limits), limits->headers, 0 };
	enum http_verdict v;

	if (parts) {
		max.body =
		    options->parts_max > 0 ? options->parts_max : UINT64_MAX;
		max.piece =
		    limits->message < PART_MAX ? limits->message : PART_MAX;
	}
	v = wm__http_chunked_new(r, in->data, &max, &s->body->chunked);
	if (v == HTTP_FINE && s->body->chunked == NULL)
		return WM_E_NOMEM;
	return (int)v;
}

/* Whether a known length may be: a verdict. */
static enum http_verdict
sized_begin(struct wm_conn *c, const struct wm_http_request *r,
    const struct wm_input *in, bool parts)
{
	const struct wm_http_options *options = wm_conn_options(c);
	uint64_t max = wm_conn_limits(c)->message;

	if (parts)
		max = options->parts_max > 0 ? options->parts_max : UINT64_MAX;
	if (r->length > max)
		return HTTP_BAD_BODY_SIZE;
	return wm__http_framing_check(r, in->data);
}

int
wm__http_body_begin(struct wm_conn *c, struct http_state *s,
    struct wm_http_request *r, struct wm_input *in, struct wm_msg *msg)
{
	bool parts = wants_parts(c, r);
	int v;

	if (parts || r->chunked) {
		s->body = calloc(1, sizeof(*s->body));
		if (s->body == NULL)
			return WM_E_NOMEM;
	}
	v = r->chunked ? chunked_begin(c, s, r, in, parts) :
			 (int)sized_begin(c, r, in, parts);
	if (v < 0)
		return v;
	if (v != HTTP_FINE)
		return wm__http_turn_away(c, s, in, (enum http_verdict)v);
	if (parts)
		return parts_begin(c, s, r, in, msg);
	if (!r->chunked) {
		if (in->len - r->head_len >= r->length)
			return sized_go_on(s, r, in, msg);
		s->awaited = r->head_len + (size_t)r->length;
	}
	if (r->expect && in->len == r->head_len)
		wm__http_continue(c, s);
	return r->chunked ? chunked_go_on(c, s, r, in, msg) : await(c, s, in);
}

int
wm__http_body_go_on(struct wm_conn *c, struct http_state *s,
    struct wm_http_request *r, struct wm_input *in, struct wm_msg *msg)
{
	enum http_verdict v;

	if (s->body != NULL && s->body->request != NULL)
		return s->body->chunked != NULL ? chunked_part(c, s, in, msg) :
						  sized_part(c, s, in, msg);
	if (s->body != NULL)
		return chunked_go_on(c, s, r, in, msg);
	if (in->len < s->awaited)
		return await(c, s, in);
	v = wm__http_head_parse(r, in->data, s->awaited,
	    wm_conn_limits(c)->headers);
	if (v != HTTP_FINE)
		return wm__http_turn_away(c, s, in, v);
	return sized_go_on(s, r, in, msg);
}
