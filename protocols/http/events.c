/* SPDX-License-Identifier: MIT */
/*
 * Server-sent events: the format, and what sets a stream of them apart from
 * others. Its place is not held, as its client may go at any time and its
 * worker, too; and it has a heartbeat.
 */
#include <string.h>

#include <workerman/http-events.h>
#include <workerman/http-stream.h>

#include "list.h"
#include "state.h"

#define HEARTBEAT_MS 15000
#define HEADERS_MAX  32

/* ---- the format ---- */

/* Whether it stands on one line. */
static bool
line_ok(const char *s)
{
	return s == NULL || strpbrk(s, "\r\n") == NULL;
}

static void
put_field(struct wm_buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return;
	wm_buf_puts(b, name);
	wm_buf_puts(b, value);
	wm_buf_puts(b, "\n");
}

/* The end of the first line of [p, end): CRLF, LF or CR. */
static const char *
line_end(const char *p, const char *end)
{
	while (p < end && *p != '\n' && *p != '\r')
		p++;
	return p;
}

static void
put_event(struct wm_buf *b, const struct wm_http_event *event)
{
	const char *p = event->data, *end, *stop;

	put_field(b, "id: ", event->id);
	put_field(b, "event: ", event->event);
	end = p + event->len;
	for (;;) {
		stop = line_end(p, end);
		wm_buf_puts(b, "data: ");
		wm_buf_put(b, p, (size_t)(stop - p));
		wm_buf_puts(b, "\n");
		if (stop == end)
			break;
		p = stop +
		    (stop + 1 < end && *stop == '\r' && stop[1] == '\n' ? 2 :
									  1);
	}
	wm_buf_puts(b, "\n");
}

/* ---- the stream ---- */

/* The event stream in turn, or null. */
static struct http_answer *
events_in_turn(const struct http_state *s)
{
	struct http_answer *a = wm__http_queue_streaming(s);

	return a != NULL && a->heartbeat_ms > 0 ? a : NULL;
}

/* The headers of the stream, and the application's. False: too many, or one
   that is ours. */
static bool
headers_join(struct wm_http_header to[HEADERS_MAX],
    const struct wm_http_header *from)
{
	size_t n = 0;

	to[n++] = (struct wm_http_header){ "Cache-Control", "no-store" };
	for (; from != NULL && from->name != NULL; from++) {
		if (n + 1 == HEADERS_MAX ||
		    wm__http_same((struct wm_span){ from->name,
				      strlen(from->name) },
			"Cache-Control", 13))
			return false;
		to[n++] = *from;
	}
	to[n] = (struct wm_http_header){ NULL, NULL };
	return true;
}

/* Begins the stream in the place of the request. */
static int
events_open(struct wm_conn *c, struct wm_http_ticket ticket,
    const struct wm_http_events *how)
{
	static const struct wm_http_events plain;
	struct wm_http_header headers[HEADERS_MAX];
	struct wm_proc *p = wm_conn_proc(c);
	struct http_answer *a;
	char retry[32];
	int rc, len;

	if (how == NULL)
		how = &plain;
	if (!headers_join(headers, how->headers))
		return WM_E_INVALID;
	if ((rc = wm__http_reply_begin(p, ticket, &c, &a)) < 0)
		return rc;
	a->heartbeat_ms =
	    how->heartbeat_ms > 0 ? how->heartbeat_ms : HEARTBEAT_MS;
	rc = wm_http_stream_begin(p, ticket,
	    &(struct wm_http_response){ .content_type = "text/event-stream",
		.headers = headers });
	if (rc < 0) {
		a->heartbeat_ms = 0;
		return rc;
	}
	if (wm_conn_closing(c))
		return 0; /* its place may be gone */
	wm__http_place_release(c, a);
	if (how->retry_ms == 0)
		return 0;
	len = snprintf(retry, sizeof(retry), "retry: %lu\n\n",
	    (unsigned long)how->retry_ms);
	wm_http_stream_write(p, ticket, retry, (size_t)len);
	return 0;
}

struct wm_http_ticket
wm_http_events_begin(struct wm_conn *c, const struct wm_http_events *how)
{
	struct wm_http_ticket ticket = wm_http_defer(c);
	struct http_state *s = wm_conn_state(c, &wm_protocol_http);

	if (ticket.conn != 0 && events_open(c, ticket, how) < 0) {
		s->flags |= FLAG_OPEN; /* its place stays */
		ticket.conn = 0;
	}
	return ticket;
}

int
wm_http_event_send(struct wm_proc *p, struct wm_http_ticket ticket,
    const struct wm_http_event *event)
{
	struct wm_buf b = WM_BUF_INIT;
	int rc;

	if (!line_ok(event->event) || !line_ok(event->id))
		return WM_E_INVALID;
	put_event(&b, event);
	rc = b.failed ? WM_E_NOMEM :
			wm_http_stream_write(p, ticket, b.data, b.len);
	wm_buf_fini(&b);
	return rc;
}

struct wm_span
wm_http_last_event_id(const struct wm_http_request *r)
{
	struct wm_span id = wm_http_header(r, "Last-Event-ID");

	return id.data != NULL ? id : (struct wm_span){ "", 0 };
}

/* ---- what else moves it ---- */

int
wm__http_event_publish(const struct http_state *s, struct wm_span data,
    struct wm_buf *out)
{
	struct http_answer *a = events_in_turn(s);
	struct wm_buf b = WM_BUF_INIT;
	int rc = 0;

	if (a == NULL)
		return WM_E_INVALID;
	if (a->bodiless)
		return 0;
	put_event(&b,
	    &(struct wm_http_event){ .data = data.data, .len = data.len });
	if (b.failed)
		rc = WM_E_NOMEM;
	else
		wm__http_piece_write(a, (struct wm_span){ b.data, b.len }, out);
	wm_buf_fini(&b);
	return rc;
}

/* Event streams of the same framing get the same bytes. */
unsigned
wm__http_variant(struct wm_conn *c, void *state)
{
	const struct http_state *s = state;
	const struct http_answer *a = events_in_turn(s);

	(void)c;
	return a == NULL || a->bodiless ? 0 : a->framing;
}

void
wm__http_event_beat(struct wm_conn *c, struct http_state *s)
{
	struct http_answer *a = events_in_turn(s);

	if (a != NULL && wm_conn_unsent(c) == 0)
		wm_http_stream_write(wm_conn_proc(c),
		    (struct wm_http_ticket){ wm_conn_id(c), a->number },
		    ":\n\n", 3);
	wm__http_arm(c, s);
}

void
wm__http_event_farewell(const struct http_state *s, struct wm_buf *out)
{
	const struct http_answer *a = events_in_turn(s);

	if (a != NULL && !a->bodiless && a->framing == HTTP_CHUNKED)
		wm_buf_puts(out, "0\r\n\r\n");
}
