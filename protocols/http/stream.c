/* SPDX-License-Identifier: MIT */
/*
 * Answers whose body comes bit by bit. A stream that is in turn writes into
 * the connection's output; one that is not gathers its bytes in its place.
 */
#include <string.h>

#include <workerman/http-stream.h>
#include <workerman/log.h>

#include "state.h"

static enum http_framing
framing_of(const struct http_answer *a, const struct wm_http_response *head)
{
	if (head->body_len > 0)
		return HTTP_SIZED;
	return a->traits & TRAIT_OLD ? HTTP_UNTIL_CLOSE : HTTP_CHUNKED;
}

int
wm_http_stream_begin(struct wm_proc *p, struct wm_http_ticket ticket,
    const struct wm_http_response *head)
{
	struct http_answer *a;
	struct http_reply reply;
	struct wm_conn *c;
	uint8_t traits;
	int rc;

	if ((rc = wm__http_reply_begin(p, ticket, &c, &a)) < 0)
		return rc;
	if (head->body != NULL || head->status == 101)
		return WM_E_INVALID;
	reply.framing = framing_of(a, head);
	/* A body may go on coming while its answer does. */
	traits = a->traits;
	a->traits &= (uint8_t)~TRAIT_PARTIAL;
	if ((rc = wm__http_reply_place(c, &reply, head, a)) < 0) {
		a->traits = traits;
		return rc;
	}
	a->bodiless = !wm__http_reply_may_have_body(&reply);
	if (reply.framing == HTTP_UNTIL_CLOSE && !a->bodiless)
		reply.last = true;
	if (wm__http_reply_write(&reply, &a->bytes) < 0) {
		wm_buf_fini(&a->bytes);
		return WM_E_NOMEM;
	}
	a->stage = HTTP_STREAM;
	a->framing = (uint8_t)reply.framing;
	a->left = head->body_len;
	a->last = reply.last;
	a->reason = WM_CLOSE_APPLICATION;
	wm__http_place_answered(c, a, &reply);
	wm__http_queue_flush(c, wm_conn_state(c, &wm_protocol_http));
	return 0;
}

/* The stream of that ticket. */
static int
stream_find(struct wm_proc *p, struct wm_http_ticket ticket,
    struct wm_conn **c_r, struct http_answer **a_r)
{
	int rc = wm__http_reply_begin(p, ticket, c_r, a_r);

	if (rc == 0)
		return WM_E_INVALID; /* it was not begun */
	if (rc == WM_E_BUSY && *a_r != NULL && (*a_r)->stage == HTTP_STREAM)
		return 0;
	return WM_E_CLOSED;
}

void
wm__http_piece_write(struct http_answer *a, struct wm_span data,
    struct wm_buf *out)
{
	if (a->framing == HTTP_CHUNKED)
		wm_buf_printf(out, "%zx\r\n", data.len);
	wm_buf_put(out, data.data, data.len);
	if (a->framing == HTTP_CHUNKED)
		wm_buf_puts(out, "\r\n");
}

/* Into its place, where it waits for its turn. */
static int
write_waiting(struct wm_conn *c, struct http_answer *a, struct wm_span data)
{
	size_t before = a->bytes.len;

	if (before >= wm_conn_limits(c)->unsent) {
		a->starved = true;
		return WM_E_FULL;
	}
	wm__http_piece_write(a, data, &a->bytes);
	if (!a->bytes.failed)
		return WM_QUEUED;
	a->bytes.failed = false;
	a->bytes.len = before;
	return WM_E_NOMEM;
}

int
wm_http_stream_write(struct wm_proc *p, struct wm_http_ticket ticket,
    const void *data, size_t len)
{
	const struct wm_msg m = { .data = data,
		.len = len,
		.flags = WM_MSG_WHOLE | HTTP_MSG_PIECE };
	struct http_answer *a;
	struct wm_conn *c;
	int rc;

	if ((rc = stream_find(p, ticket, &c, &a)) < 0)
		return rc;
	if (len > a->left && a->framing == HTTP_SIZED)
		return WM_E_INVALID;
	if (len == 0)
		return WM_SENT;
	if (a->bodiless)
		rc = WM_SENT;
	else if (a ==
	    wm__http_queue_streaming(wm_conn_state(c, &wm_protocol_http)))
		rc = wm_conn_send_msg(c, &m);
	else
		rc = write_waiting(c, a, (struct wm_span){ data, len });
	if (rc >= 0 && a->framing == HTTP_SIZED)
		a->left -= len;
	return rc;
}

/* The last chunk with the trailers behind it. */
static void
put_end(struct http_answer *a, const struct wm_http_header *trailers)
{
	const struct wm_http_header *h;

	if (a->bodiless || a->framing != HTTP_CHUNKED)
		return;
	wm_buf_puts(&a->bytes, "0\r\n");
	for (h = trailers; h != NULL && h->name != NULL; h++)
		wm_buf_printf(&a->bytes, "%s: %s\r\n", h->name, h->value);
	wm_buf_puts(&a->bytes, "\r\n");
}

int
wm_http_stream_end(struct wm_proc *p, struct wm_http_ticket ticket,
    const struct wm_http_header *trailers)
{
	const struct wm_http_header *h;
	struct http_answer *a;
	struct http_state *s;
	struct wm_conn *c;
	size_t before;
	int rc;

	if ((rc = stream_find(p, ticket, &c, &a)) < 0)
		return rc;
	for (h = trailers; h != NULL && h->name != NULL; h++)
		if (!wm__http_trailer_ok(h))
			return WM_E_INVALID;
	before = a->bytes.len;
	put_end(a, trailers);
	if (a->bytes.failed) {
		a->bytes.failed = false;
		a->bytes.len = before;
		return WM_E_NOMEM;
	}
	s = wm_conn_state(c, &wm_protocol_http);
	if (a->framing == HTTP_SIZED && a->left > 0 && !a->bodiless) {
		wm_log(WM_LOG_WARNING, "http: a body ends before its length");
		a->last = true;
	}
	/* A client of events comes again by itself, and its subscriptions end
	   here. What is left of a request's own body is not waited for. */
	if (a->heartbeat_ms > 0)
		a->last = true;
	if (a->number == s->number && (s->traits & TRAIT_PARTIAL)) {
		a->last = true;
		s->flags |= FLAG_LAST;
	}
	a->stage = HTTP_READY;
	wm__http_queue_flush(c, s);
	return 0;
}
