/* SPDX-License-Identifier: MIT */
/*
 * The http protocol as the core sees it: from unread bytes to requests that
 * the application gets whole. What a head or a body may look like is judged
 * in head.c and framing.c; answers are made in answer.c.
 *
 * A request whose body has not all come leaves its head unread: it is parsed
 * again, once, when the last byte is there.
 */
#include <string.h>

#include <workerman/log.h>
#include <workerman/worker.h>

#include "framing.h"
#include "head.h"
#include "state.h"

/* Bytes of a request beside its body: a head, and a chunk line or a trailer
   that is not complete. Both are bounded by HEAD_MAX. */
#define OVERHEAD (160u << 10)
#define HEAD_MAX (64u << 10)

/* The request being delivered; there is only one at a time. */
static struct wm_http_request request;

static int
http_open(struct wm_conn *c, void *state)
{
	const struct wm_limits *limits = wm_conn_limits(c);

	if (wm__http_head_reserve(&request, limits->headers) < 0)
		return WM_E_NOMEM;
	wm__http_arm(c, state);
	return 0;
}

static void
http_close(struct wm_conn *c, void *state, enum wm_close_reason reason)
{
	struct http_state *s = state;

	(void)c;
	(void)reason;
	wm__http_queue_fini(s);
	wm__http_chunked_free(&s->chunked);
}

static size_t
head_limit(const struct wm_limits *limits)
{
	size_t limit = limits->header_bytes;

	if (limit > limits->undecoded)
		limit = limits->undecoded;
	return limit < HEAD_MAX ? limit : HEAD_MAX;
}

/* Nothing more of this connection is looked at. */
static int
refuse(struct wm_conn *c, struct http_state *s, struct wm_input *in,
    enum http_verdict v)
{
	int rc;

	s->awaited = 0;
	wm__http_chunked_free(&s->chunked);
	if ((rc = wm__http_refuse(c, s, v)) < 0)
		return rc;
	in->used = in->len;
	return WM_USED;
}

/* A whole request: the head is in `request`, the body in the input. */
static int
deliver(struct http_state *s, struct wm_input *in, struct wm_msg *msg,
    struct http_extent extent)
{
	s->number++;
	s->awaited = 0;
	s->phase = HTTP_BUSY;
	s->flags = FLAG_DELIVERING | FLAG_OPEN;
	if (s->traits & TRAIT_CLOSE)
		s->flags |= FLAG_LAST;
	msg->protocol = &wm_protocol_http;
	msg->data = in->data + extent.head;
	msg->len = extent.body;
	msg->view = &request;
	return WM_MESSAGE;
}

static int
await_body(struct wm_conn *c, struct http_state *s, struct wm_input *in)
{
	s->phase = HTTP_BODY;
	wm__http_arm(c, s);
	in->need = in->len + 1; /* the deadline runs between two bytes */
	return WM_MORE;
}

static int
chunked_go_on(struct wm_conn *c, struct http_state *s, struct wm_input *in,
    struct wm_msg *msg)
{
	struct http_extent extent;
	enum http_verdict v;

	v = wm__http_chunked_feed(s->chunked, in->data, &in->len, &in->used);
	if (v == HTTP_PARTIAL)
		return await_body(c, s, in);
	if (v != HTTP_FINE)
		return refuse(c, s, in, v);
	extent = wm__http_chunked_extent(s->chunked);
	wm__http_chunked_free(&s->chunked);
	v = wm__http_head_parse(&request, in->data, extent.head,
	    wm_conn_limits(c)->headers);
	if (v != HTTP_FINE)
		return refuse(c, s, in, v);
	return deliver(s, in, msg, extent);
}

static int
chunked_begin(struct wm_conn *c, struct http_state *s, struct wm_input *in,
    struct wm_msg *msg)
{
	const struct wm_limits *limits = wm_conn_limits(c);
	struct http_framing_limits max = { limits->message, head_limit(limits),
		limits->headers };
	enum http_verdict v;

	v = wm__http_chunked_new(&request, in->data, &max, &s->chunked);
	if (v != HTTP_FINE)
		return refuse(c, s, in, v);
	if (s->chunked == NULL)
		return WM_E_NOMEM;
	if (request.expect && in->len == request.head_len)
		wm__http_continue(c, s);
	return chunked_go_on(c, s, in, msg);
}

/* A body of known length, which may be none. */
static int
sized_body(struct wm_conn *c, struct http_state *s, struct wm_input *in,
    struct wm_msg *msg)
{
	const struct wm_http_request *r = &request;
	enum http_verdict v;

	if (r->length > wm_conn_limits(c)->message)
		return refuse(c, s, in, HTTP_BAD_BODY_SIZE);
	if (r->lengths > 0 && s->awaited == 0) {
		v = wm__http_framing_check(r, in->data);
		if (v != HTTP_FINE)
			return refuse(c, s, in, v);
	}
	if (in->len - r->head_len < r->length) {
		s->awaited = r->head_len + (size_t)r->length;
		if (r->expect && in->len == r->head_len)
			wm__http_continue(c, s);
		return await_body(c, s, in);
	}
	in->used = r->head_len + (size_t)r->length;
	return deliver(s, in, msg,
	    (struct http_extent){ r->head_len, (size_t)r->length });
}

static unsigned
traits_of(const struct wm_http_request *r)
{
	unsigned traits = r->method == WM_HTTP_HEAD ? TRAIT_HEAD : 0;

	if (r->minor == 0)
		traits |= TRAIT_OLD;
	if (r->close || (r->minor == 0 && !r->keep))
		traits |= TRAIT_CLOSE;
	return traits;
}

/* Looks at a head; HTTP_PARTIAL only if more bytes may still make it good. */
static enum http_verdict
head_look(struct wm_http_request *r, const struct wm_input *in,
    const struct wm_limits *limits)
{
	size_t limit = head_limit(limits);
	size_t len = in->len < limit ? in->len : limit;
	enum http_verdict v;

	if (in->seen > 0 && in->len < limit &&
	    !wm__http_head_ended(in->data, len, in->seen))
		return HTTP_PARTIAL;
	v = wm__http_head_parse(r, in->data, len, limits->headers);
	if (v != HTTP_PARTIAL)
		return v;
	if (wm__http_head_ended(in->data, len, 0))
		return HTTP_BAD_LINE;
	if (in->len < limit)
		return HTTP_PARTIAL;
	return len > 2 && memchr(in->data + 2, '\n', len - 2) != NULL ?
	    HTTP_BAD_HEAD_SIZE :
	    HTTP_BAD_TARGET_SIZE;
}

/* The bytes end within a head. An empty line alone begins none. */
static int
await_head(struct wm_conn *c, struct http_state *s, const struct wm_input *in)
{
	bool first = s->phase == HTTP_NEW;

	if (s->phase == HTTP_HEAD || (in->data[0] == '\r' && in->len <= 2))
		return WM_MORE;
	s->phase = HTTP_HEAD;
	if (!first)
		wm__http_arm(c, s);
	return WM_MORE;
}

static int
http_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	struct http_state *s = state;
	enum http_verdict v;

	if (in->len == 0)
		return WM_MORE; /* the peer's end */
	if (s->flags & FLAG_LAST) {
		in->used = in->len;
		return WM_USED;
	}
	if (s->chunked != NULL)
		return chunked_go_on(c, s, in, msg);
	if (s->awaited > 0) {
		if (in->len < s->awaited)
			return await_body(c, s, in);
		v = wm__http_head_parse(&request, in->data, s->awaited,
		    wm_conn_limits(c)->headers);
	} else
		v = head_look(&request, in, wm_conn_limits(c));
	if (v == HTTP_PARTIAL)
		return await_head(c, s, in);
	s->traits = (uint8_t)traits_of(&request);
	if (v != HTTP_FINE)
		return refuse(c, s, in, v);
	if (request.chunked)
		return chunked_begin(c, s, in, msg);
	return sized_body(c, s, in, msg);
}

static void
http_delivered(struct wm_conn *c, void *state, const struct wm_msg *m)
{
	struct http_state *s = state;
	struct wm_span target = request.target;

	(void)m;
	if (s->flags & FLAG_OPEN) {
		wm_log(WM_LOG_WARNING, "http: no answer to %s %.*s",
		    wm_http_method_name(request.method),
		    (int)(target.len < 256 ? target.len : 256), target.data);
		if (wm_http_error(c, 500, NULL) < 0) {
			wm_conn_close_reason(c, WM_CLOSE_MEMORY);
			return;
		}
	}
	s->flags &= (uint8_t)~FLAG_DELIVERING;
	if (s->flags & FLAG_CLOSE) {
		s->flags |= FLAG_SAID;
		wm_conn_close_reason(c, WM_CLOSE_APPLICATION);
		return;
	}
	if (s->answers == NULL && !(s->flags & FLAG_SWITCHED))
		s->phase = HTTP_IDLE;
	wm__http_arm(c, s);
}

/* What to say when it is not decode that ends the connection. */
static enum http_verdict
last_verdict(const struct http_state *s, enum wm_close_reason reason)
{
	bool partial = s->phase == HTTP_HEAD || s->phase == HTTP_BODY;

	if (s->refusal != 0)
		return (enum http_verdict)s->refusal;
	switch (reason) {
	case WM_CLOSE_OVERFLOW:
		return HTTP_BAD_HEAD_SIZE;
	case WM_CLOSE_TOO_BIG:
		return HTTP_BAD_BODY_SIZE;
	case WM_CLOSE_TIMEOUT:
		return partial ? HTTP_BAD_HEAD_TIME : HTTP_FINE;
	case WM_CLOSE_SHUTDOWN:
	case WM_CLOSE_RESTART:
		return partial ? HTTP_BAD_LEAVING : HTTP_FINE;
	default:
		return HTTP_FINE;
	}
}

static int
http_farewell(struct wm_conn *c, void *state, enum wm_close_reason reason,
    struct wm_buf *out)
{
	struct http_state *s = state;
	enum http_verdict v = last_verdict(s, reason);

	if (v != HTTP_FINE && s->answers == NULL && !(s->flags & FLAG_SAID))
		wm__http_refusal_write(c, s, v, out);
	s->flags |= FLAG_SAID;
	return WM_BYE;
}

const struct wm_protocol wm_protocol_http = {
	.name = "http",
	.abi = WM_PROTOCOL_ABI,
	.flags = WM_P_EXCHANGE,
	.state_size = sizeof(struct http_state),
	.overhead = OVERHEAD,
	.open = http_open,
	.decode = http_decode,
	.delivered = http_delivered,
	.encode = wm__http_encode,
	.farewell = http_farewell,
	.deadline = wm__http_deadline,
	.close = http_close,
};
