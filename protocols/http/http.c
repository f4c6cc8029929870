/* SPDX-License-Identifier: MIT */
/*
 * The http protocol as the core sees it: from unread bytes to requests. What
 * a head or a body may look like is judged in head.c and framing.c; bodies are
 * waited for in body.c, answers made in answer.c and stream.c.
 */
#include <string.h>

#include <workerman/log.h>
#include <workerman/worker.h>

#include "error_body.h"
#include "head.h"
#include "state.h"

/* Bytes of a request beside its body: a head, and a chunk line or a trailer
   that is not complete. Both are bounded by HEAD_MAX. */
#define OVERHEAD (160u << 10)
#define HEAD_MAX (64u << 10)

/* The request being delivered; there is only one at a time. */
static struct wm_http_request request;

const struct wm_http_request *
wm__http_current(const struct http_state *s)
{
	const struct wm_http_request *r = wm__http_body_request(s);

	return r != NULL ? r : &request;
}

int
wm__http_ready(const struct wm_conn *c)
{
	uint32_t headers = wm_conn_limits(c)->headers;

	return wm__http_head_reserve(&request, headers) < 0 ? WM_E_NOMEM : 0;
}

static int
http_open(struct wm_conn *c, void *state)
{
	if (wm__http_ready(c) < 0)
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
	wm__http_body_free(&s->body);
}

size_t
wm__http_head_limit(const struct wm_limits *limits)
{
	size_t limit = limits->header_bytes;

	if (limit > limits->undecoded)
		limit = limits->undecoded;
	return limit < HEAD_MAX ? limit : HEAD_MAX;
}

int
wm__http_turn_away(struct wm_conn *c, struct http_state *s, struct wm_input *in,
    enum http_verdict v)
{
	int rc;

	s->awaited = 0;
	rc = wm__http_refuse(c, s, v);
	wm__http_body_free(&s->body);
	if (rc < 0)
		return rc;
	in->used = in->len;
	return WM_USED;
}

/* A head that is refused: what its client would like to read may stand in
   the fields that were taken. */
static int
refuse(struct wm_conn *c, struct http_state *s, struct wm_input *in,
    enum http_verdict v)
{
	s->traits |= (uint8_t)wm__http_error_traits(&request);
	return wm__http_turn_away(c, s, in, v);
}

int
wm__http_deliver(struct http_state *s, struct wm_msg *msg,
    const struct wm_http_request *r, struct wm_span body)
{
	s->number++;
	s->awaited = 0;
	s->phase = HTTP_BUSY;
	s->flags = FLAG_DELIVERING | FLAG_OPEN;
	if (s->traits & TRAIT_CLOSE)
		s->flags |= FLAG_LAST;
	msg->protocol = &wm_protocol_http;
	msg->data = body.data;
	msg->len = body.len;
	msg->view = r;
	return WM_MESSAGE;
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
	size_t limit = wm__http_head_limit(limits);
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
	s->traits = 0;
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
	if (s->body != NULL || s->awaited > 0)
		return wm__http_body_go_on(c, s, &request, in, msg);
	v = head_look(&request, in, wm_conn_limits(c));
	if (v == HTTP_PARTIAL)
		return await_head(c, s, in);
	s->traits = (uint8_t)traits_of(&request);
	if (v != HTTP_FINE)
		return refuse(c, s, in, v);
	if (request.lengths + request.codings > 0)
		return wm__http_body_begin(c, s, &request, in, msg);
	in->used = request.head_len;
	return wm__http_deliver(s, msg, &request,
	    (struct wm_span){ in->data + in->used, 0 });
}

/* The application returned from the last callback for a request, and neither
   answered nor deferred it. False: nor can we. */
static bool
answer_instead(struct wm_conn *c, const struct wm_http_request *r)
{
	struct wm_span target = r->target;

	wm_log(WM_LOG_WARNING, "http: no answer to %s %.*s",
	    wm_http_method_name(r->method),
	    (int)(target.len < 256 ? target.len : 256), target.data);
	if (wm_http_error(c, 500, NULL) == 0)
		return true;
	wm_conn_close_reason(c, WM_CLOSE_MEMORY);
	return false;
}

static void
http_delivered(struct wm_conn *c, void *state, const struct wm_msg *m)
{
	struct http_state *s = state;
	bool last = (m->flags & WM_MSG_LAST) != 0;

	if ((s->flags & FLAG_OPEN) && last && !answer_instead(c, m->view))
		return;
	s->flags &= (uint8_t)~FLAG_DELIVERING;
	if (s->flags & FLAG_CLOSE) {
		s->flags |= FLAG_SAID;
		wm_conn_close_reason(c, WM_CLOSE_APPLICATION);
		return;
	}
	if (!last) {
		wm__http_body_delivered(c, s);
		return;
	}
	if (s->body != NULL)
		wm__http_body_free(&s->body);
	if (s->answers == NULL && !(s->flags & FLAG_SWITCHED))
		s->phase = HTTP_IDLE;
	wm__http_arm(c, s);
}

static bool
http_drained(struct wm_conn *c, void *state)
{
	struct http_state *s = state;
	struct http_answer *a = wm__http_queue_streaming(s);

	if (a != NULL && a->starved) {
		a->starved = false;
		return true;
	}
	wm__http_queue_flush(c, s);
	return false;
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
	if (s->answers != NULL)
		wm__http_event_farewell(s, out);
	s->flags |= FLAG_SAID;
	return WM_BYE;
}

const struct wm_protocol wm_protocol_http = {
	.name = "http",
	.abi = WM_PROTOCOL_ABI,
	.flags = WM_P_EXCHANGE,
	.state_version = HTTP_STATE_VERSION,
	.state_size = sizeof(struct http_state),
	.overhead = OVERHEAD,
	.open = http_open,
	.decode = http_decode,
	.delivered = http_delivered,
	.encode = wm__http_encode,
	.variant = wm__http_variant,
	.farewell = http_farewell,
	.deadline = wm__http_deadline,
	.drained = http_drained,
	.close = http_close,
	.freeze = wm__http_freeze,
	.thaw = wm__http_thaw,
};
