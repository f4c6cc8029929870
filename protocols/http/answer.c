/* SPDX-License-Identifier: MIT */
/*
 * The application's answers: which request an answer belongs to, whether it
 * may leave at once, and whether the connection ends behind it. An answer in
 * turn is written straight into the connection's output; queue.c has the
 * others.
 */
#include <workerman/log.h>
#include <workerman/worker.h>

#include "error_body.h"
#include "head.h"
#include "state.h"

/* The response that travels to wm__http_encode() as the view of a message.
   Every other message is data, whatever its view. */
static const struct wm_http_response *sending;

/* Judges `r` as the answer to a request with these traits. */
static int
reply_make(struct wm_conn *c, struct http_reply *reply,
    const struct wm_http_response *r, unsigned traits, bool newest)
{
	int rc = wm__http_reply_judge(reply, r);

	reply->traits = traits;
	reply->last = reply->status != 101 &&
	    ((traits & (TRAIT_CLOSE | TRAIT_PARTIAL)) || r->close ||
		(newest && wm_conn_draining(c)));
	reply->now = wm_proc_time(wm_conn_proc(c));
	return rc;
}

/* The request being delivered has its answer. */
static void
answered(struct http_state *s, const struct http_reply *reply)
{
	s->flags &= (uint8_t)~FLAG_OPEN;
	if (reply->last)
		s->flags |= FLAG_LAST;
	if (reply->status == 101)
		s->flags |= FLAG_SWITCHED;
}

/* Puts a reply into its place and lets leave what may. */
static int
place_fill(struct wm_conn *c, struct http_state *s, struct http_answer *a,
    const struct http_reply *reply)
{
	if (wm__http_reply_write(reply, &a->bytes) < 0) {
		wm_buf_fini(&a->bytes);
		return WM_E_NOMEM;
	}
	a->stage = HTTP_READY;
	a->last = reply->last;
	a->reason = WM_CLOSE_APPLICATION;
	wm__http_place_hold(c, a);
	wm__http_queue_flush(c, s);
	return 0;
}

/* The answer to the request being delivered, behind others. On failure its
   place stays and the request open, so that it can be answered still. */
static int
answer_behind(struct wm_conn *c, struct http_state *s,
    const struct wm_http_response *r)
{
	struct http_answer *a;
	struct http_reply reply;
	int rc;

	reply.framing = HTTP_WHOLE;
	if ((rc = reply_make(c, &reply, r, s->traits, true)) < 0)
		return rc;
	a = wm__http_queue_find(s, s->number);
	if (a == NULL && (a = wm__http_queue_add(c, s)) == NULL)
		return WM_E_NOMEM;
	answered(s, &reply);
	if ((rc = place_fill(c, s, a, &reply)) < 0)
		s->flags |= FLAG_OPEN;
	return rc;
}

/* A message that answers no request: a piece of a stream, or what a channel
   publishes to one of events. */
static int
encode_beside(struct http_state *s, const struct wm_msg *m, struct wm_buf *out)
{
	struct wm_span data = { m->data, m->len };
	struct http_answer *a = wm__http_queue_streaming(s);

	if (!(m->flags & HTTP_MSG_PIECE))
		return wm__http_event_publish(s, data, out);
	if (a == NULL)
		return WM_E_INVALID;
	wm__http_piece_write(a, data, out);
	return 0;
}

int
wm__http_encode(struct wm_conn *c, void *state, const struct wm_msg *m,
    struct wm_buf *out)
{
	struct http_state *s = state;
	struct wm_http_response plain = { .body = m->data, .body_len = m->len };
	const struct wm_http_response *r = &plain;
	struct http_reply reply;
	int rc;

	if (sending != NULL && m->view == sending)
		r = sending;
	if (!(s->flags & FLAG_DELIVERING) ||
	    (m->flags & (HTTP_MSG_PIECE | WM_MSG_PUBLISHED)))
		return encode_beside(s, m, out);
	if (!(s->flags & FLAG_OPEN))
		return WM_E_BUSY;
	if (s->answers != NULL)
		return answer_behind(c, s, r);
	reply.framing = HTTP_WHOLE;
	if ((rc = reply_make(c, &reply, r, s->traits, true)) < 0)
		return rc;
	if ((rc = wm__http_reply_write(&reply, out)) < 0)
		return rc;
	answered(s, &reply);
	if (reply.last)
		s->flags |= FLAG_CLOSE;
	return 0;
}

/* An answer too many is a fault of the application, and is said so. */
static int
answer_twice(const struct http_state *s)
{
	const struct wm_http_request *r;

	if (s->flags & FLAG_DELIVERING) {
		r = wm__http_current(s);
		wm_log(WM_LOG_WARNING, "http: a second answer to %s %.*s",
		    wm_http_method_name(r->method),
		    (int)(r->target.len < 256 ? r->target.len : 256),
		    r->target.data);
	}
	return WM_E_BUSY;
}

int
wm_http_respond(struct wm_conn *c, const struct wm_http_response *response)
{
	struct http_state *s = wm_conn_state(c, &wm_protocol_http);
	struct wm_msg m = { .len = response->body_len,
		.flags = WM_MSG_WHOLE,
		.view = response };
	int rc;

	if (wm_conn_closing(c))
		return WM_E_CLOSED;
	if (s == NULL)
		return WM_E_INVALID;
	if ((s->flags & (FLAG_OPEN | FLAG_DELIVERING)) !=
	    (FLAG_OPEN | FLAG_DELIVERING))
		return answer_twice(s);
	if (s->answers != NULL ||
	    wm_conn_unsent(c) >= wm_conn_limits(c)->unsent)
		return answer_behind(c, s, response);
	sending = response;
	rc = wm_conn_send_msg(c, &m);
	sending = NULL;
	return rc < 0 ? rc : 0;
}

/* An error in the form that the client, or else the listener, wants. */
static struct wm_http_response
error_make(struct http_error_body *body, const struct wm_conn *c,
    unsigned traits, unsigned status, const char *why)
{
	const struct wm_http_options *options = wm_conn_options(c);
	bool json = (traits & TRAIT_JSON) ||
	    (!(traits & TRAIT_TEXT) && options != NULL && options->problems);

	wm__http_error_body(body, json, status, why);
	return (struct wm_http_response){ .status = status,
		.content_type = body->type,
		.body = body->text,
		.body_len = body->len };
}

int
wm_http_error(struct wm_conn *c, unsigned status, const char *why)
{
	struct http_state *s = wm_conn_state(c, &wm_protocol_http);
	struct http_error_body body;
	struct wm_http_response r;

	if (s == NULL)
		return wm_conn_closing(c) ? WM_E_CLOSED : WM_E_INVALID;
	if (s->flags & FLAG_DELIVERING)
		s->traits |=
		    (uint8_t)wm__http_error_traits(wm__http_current(s));
	r = error_make(&body, c, s->traits, status, why);
	return wm_http_respond(c, &r);
}

struct wm_http_ticket
wm_http_defer(struct wm_conn *c)
{
	struct http_state *s = wm_conn_state(c, &wm_protocol_http);
	struct wm_http_ticket ticket = { 0, 0 };

	if (s == NULL || wm_conn_closing(c) || !(s->flags & FLAG_OPEN) ||
	    !(s->flags & FLAG_DELIVERING))
		return ticket;
	s->traits |= (uint8_t)wm__http_error_traits(wm__http_current(s));
	if (wm__http_queue_find(s, s->number) == NULL &&
	    wm__http_queue_add(c, s) == NULL)
		return ticket;
	s->flags &= (uint8_t)~FLAG_OPEN;
	ticket.conn = wm_conn_id(c);
	ticket.request = s->number;
	return ticket;
}

int
wm__http_reply_begin(struct wm_proc *p, struct wm_http_ticket ticket,
    struct wm_conn **c_r, struct http_answer **a_r)
{
	struct http_state *s;

	*c_r = wm_conn_find(p, ticket.conn);
	if (*c_r == NULL || wm_conn_closing(*c_r))
		return WM_E_CLOSED;
	if ((s = wm_conn_state(*c_r, &wm_protocol_http)) == NULL)
		return WM_E_CLOSED;
	*a_r = wm__http_queue_find(s, ticket.request);
	return *a_r == NULL || (*a_r)->stage != HTTP_OWED ? WM_E_BUSY : 0;
}

int
wm__http_reply_place(struct wm_conn *c, struct http_reply *reply,
    const struct wm_http_response *r, const struct http_answer *a)
{
	const struct http_state *s = wm_conn_state(c, &wm_protocol_http);

	return reply_make(c, reply, r, a->traits, a->number == s->number);
}

void
wm__http_place_answered(struct wm_conn *c, const struct http_answer *a,
    const struct http_reply *reply)
{
	struct http_state *s = wm_conn_state(c, &wm_protocol_http);

	if (a->number != s->number)
		return;
	if (!(s->traits & TRAIT_PARTIAL)) {
		answered(s, reply);
		return;
	}
	s->flags &= (uint8_t)~FLAG_OPEN;
	if (reply->last) /* once the rest of the body is there */
		s->traits |= TRAIT_CLOSE;
}

int
wm_http_answer(struct wm_proc *p, struct wm_http_ticket ticket,
    const struct wm_http_response *response)
{
	struct http_answer *a;
	struct http_reply reply;
	struct http_state *s;
	struct wm_conn *c;
	bool newest;
	int rc;

	if ((rc = wm__http_reply_begin(p, ticket, &c, &a)) < 0)
		return rc;
	s = wm_conn_state(c, &wm_protocol_http);
	reply.framing = HTTP_WHOLE;
	if ((rc = wm__http_reply_place(c, &reply, response, a)) < 0)
		return rc;
	newest = a->number == s->number;
	rc = place_fill(c, s, a, &reply);
	if (rc == 0 && newest)
		answered(s, &reply);
	return rc;
}

int
wm_http_answer_error(struct wm_proc *p, struct wm_http_ticket ticket,
    unsigned status, const char *why)
{
	struct http_error_body body;
	struct wm_http_response r;
	struct http_answer *a;
	struct wm_conn *c;
	int rc;

	if ((rc = wm__http_reply_begin(p, ticket, &c, &a)) < 0)
		return rc;
	r = error_make(&body, c, a->traits, status, why);
	return wm_http_answer(p, ticket, &r);
}

bool
wm_http_waiting(struct wm_proc *p, struct wm_http_ticket ticket)
{
	struct http_answer *a;
	struct wm_conn *c;

	return wm__http_reply_begin(p, ticket, &c, &a) == 0;
}

void
wm__http_answer_late(struct wm_conn *c, struct http_state *s)
{
	struct wm_http_ticket ticket = { wm_conn_id(c),
		s->answers->next->number };

	wm_log(WM_LOG_WARNING, "http: a deferred answer did not come");
	if (wm_http_answer_error(wm_conn_proc(c), ticket, 500, NULL) < 0)
		wm_conn_close_reason(c, WM_CLOSE_MEMORY);
}

int
wm__http_refusal_write(struct wm_conn *c, const struct http_state *s,
    enum http_verdict v, struct wm_buf *out)
{
#define METHOD_LIST(name) ", " #name
	static const char allow[] = WM_HTTP_METHOD_TABLE(METHOD_LIST);
#undef METHOD_LIST
	static const struct wm_http_header allowed[] = { { "Allow", allow + 2 },
		{ NULL, NULL } };
	const struct http_refusal *refusal = wm__http_refusal(v);
	struct http_error_body body;
	struct wm_http_response r =
	    error_make(&body, c, s->traits, refusal->status, refusal->why);
	struct http_reply reply;

	r.headers = refusal->status == 405 ? allowed : NULL;
	r.close = true;
	reply.framing = HTTP_WHOLE;
	if (reply_make(c, &reply, &r, s->traits & TRAIT_HEAD, true) < 0)
		return WM_E_INVALID;
	return wm__http_reply_write(&reply, out);
}

static enum wm_close_reason
reason_of(enum wm_error error)
{
	switch (error) {
	case WM_E_TOO_BIG:
		return WM_CLOSE_TOO_BIG;
	case WM_E_POLICY:
		return WM_CLOSE_POLICY;
	case WM_E_TIMEOUT:
		return WM_CLOSE_TIMEOUT;
	default:
		return WM_CLOSE_PROTOCOL;
	}
}

/* The place for a refusal: that of the request itself if its body was coming
   in parts, else one behind all others. */
static struct http_answer *
refusal_place(struct wm_conn *c, struct http_state *s)
{
	struct http_answer *a = NULL;

	if (s->traits & TRAIT_PARTIAL)
		a = wm__http_queue_find(s, s->number);
	if (a == NULL) {
		s->number++;
		s->traits &= (uint8_t)~TRAIT_PARTIAL;
		a = wm__http_queue_add(c, s);
	}
	return a;
}

int
wm__http_refuse(struct wm_conn *c, struct http_state *s, enum http_verdict v)
{
	enum wm_error error = wm__http_refusal(v)->error;
	struct http_answer *a;

	if (s->answers == NULL) {
		s->refusal = (uint8_t)v;
		return error;
	}
	s->flags &= (uint8_t)~FLAG_OPEN;
	s->flags |= FLAG_LAST;
	s->phase = HTTP_BUSY;
	if ((a = refusal_place(c, s)) == NULL)
		return WM_E_NOMEM;
	/* An answer that has begun is broken off instead. */
	if (a->stage == HTTP_OWED &&
	    wm__http_refusal_write(c, s, v, &a->bytes) < 0)
		return WM_E_NOMEM;
	a->stage = HTTP_READY;
	a->last = true;
	a->reason = reason_of(error);
	wm__http_place_hold(c, a);
	wm_conn_set_busy(c, false);
	wm__http_queue_flush(c, s);
	return 0;
}
