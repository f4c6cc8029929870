/* SPDX-License-Identifier: MIT */
/*
 * The application's answers: which request an answer belongs to, whether it
 * may leave at once, and whether the connection ends behind it. An answer in
 * turn is written straight into the connection's output; queue.c has the
 * others.
 */
#include <workerman/worker.h>

#include "error_body.h"
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
	    ((traits & TRAIT_CLOSE) || r->close ||
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
	a->ready = true;
	a->last = reply->last;
	a->reason = WM_CLOSE_APPLICATION;
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
	if (!(s->flags & FLAG_DELIVERING))
		return WM_E_INVALID;
	if (!(s->flags & FLAG_OPEN))
		return WM_E_BUSY;
	if (s->answers != NULL)
		return answer_behind(c, s, r);
	if ((rc = reply_make(c, &reply, r, s->traits, true)) < 0)
		return rc;
	if ((rc = wm__http_reply_write(&reply, out)) < 0)
		return rc;
	answered(s, &reply);
	if (reply.last)
		s->flags |= FLAG_CLOSE;
	return 0;
}

int
wm_http_respond(struct wm_conn *c, const struct wm_http_response *response)
{
	struct http_state *s = wm_conn_state(c, &wm_protocol_http);
	struct wm_msg m = { .flags = WM_MSG_WHOLE, .view = response };
	int rc;

	if (wm_conn_closing(c))
		return WM_E_CLOSED;
	if (s == NULL)
		return WM_E_INVALID;
	if (!(s->flags & FLAG_OPEN))
		return WM_E_BUSY;
	if (s->answers != NULL ||
	    wm_conn_unsent(c) >= wm_conn_limits(c)->unsent)
		return answer_behind(c, s, response);
	sending = response;
	rc = wm_conn_send_msg(c, &m);
	sending = NULL;
	return rc < 0 ? rc : 0;
}

int
wm_http_error(struct wm_conn *c, unsigned status, const char *why)
{
	struct http_error_body body;
	struct wm_http_response r = { .status = status };

	if (wm_conn_state(c, &wm_protocol_http) == NULL)
		return wm_conn_closing(c) ? WM_E_CLOSED : WM_E_INVALID;
	wm__http_error_body(&body, wm_conn_options(c), status, why);
	r.content_type = body.type;
	r.body = body.text;
	r.body_len = body.len;
	return wm_http_respond(c, &r);
}

struct wm_http_ticket
wm_http_defer(struct wm_conn *c)
{
	struct http_state *s = wm_conn_state(c, &wm_protocol_http);
	struct wm_http_ticket ticket = { 0, 0 };

	if (s == NULL || wm_conn_closing(c) || !(s->flags & FLAG_OPEN))
		return ticket;
	if (wm__http_queue_find(s, s->number) == NULL &&
	    wm__http_queue_add(c, s) == NULL)
		return ticket;
	s->flags &= (uint8_t)~FLAG_OPEN;
	ticket.conn = wm_conn_id(c);
	ticket.request = s->number;
	return ticket;
}

int
wm_http_answer(struct wm_proc *p, struct wm_http_ticket ticket,
    const struct wm_http_response *response)
{
	struct wm_conn *c = wm_conn_find(p, ticket.conn);
	struct http_state *s;
	struct http_answer *a;
	struct http_reply reply;
	bool newest;
	int rc;

	if (c == NULL || wm_conn_closing(c))
		return WM_E_CLOSED;
	if ((s = wm_conn_state(c, &wm_protocol_http)) == NULL)
		return WM_E_CLOSED;
	a = wm__http_queue_find(s, ticket.request);
	if (a == NULL || a->ready)
		return WM_E_BUSY;
	newest = ticket.request == s->number;
	rc = reply_make(c, &reply, response, a->traits, newest);
	if (rc < 0)
		return rc;
	rc = place_fill(c, s, a, &reply);
	if (rc == 0 && newest)
		answered(s, &reply);
	return rc;
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
	struct wm_http_response r = {
		.status = refusal->status,
		.headers = refusal->status == 405 ? allowed : NULL,
		.body = body.text,
		.close = true,
	};
	struct http_reply reply;

	wm__http_error_body(&body, wm_conn_options(c), refusal->status,
	    refusal->why);
	r.content_type = body.type;
	r.body_len = body.len;
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

int
wm__http_refuse(struct wm_conn *c, struct http_state *s, enum http_verdict v)
{
	enum wm_error error = wm__http_refusal(v)->error;
	struct http_answer *a;

	if (s->answers == NULL) {
		s->refusal = (uint8_t)v;
		return error;
	}
	s->flags |= FLAG_LAST;
	s->phase = HTTP_BUSY;
	s->number++;
	if ((a = wm__http_queue_add(c, s)) == NULL)
		return WM_E_NOMEM;
	if (wm__http_refusal_write(c, s, v, &a->bytes) < 0)
		return WM_E_NOMEM;
	a->ready = a->last = true;
	a->reason = reason_of(error);
	wm__http_arm(c, s);
	return 0;
}
