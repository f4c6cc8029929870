/* SPDX-License-Identifier: MIT */
/*
 * Server-sent events (the HTML standard of the WHATWG, section 9.2): a stream
 * of messages to a page's EventSource, which connects again by itself and
 * says in Last-Event-ID what it got last.
 *
 * A connection with an event stream may subscribe to topics of the channel:
 * what is published there is sent as the data of an event, encoded once for
 * all of them; wm_conn_send() outside of a request does the same for one. A
 * client that leaves is noticed when its end of file arrives, or by the
 * heartbeat at the latest; on_close tells. A worker that stops ends the
 * streams, and their clients come back to its successor.
 */
#ifndef WORKERMAN_HTTP_EVENTS_H
#define WORKERMAN_HTTP_EVENTS_H

#include <workerman/http.h>

WM_BEGIN_DECLS

struct wm_http_events {
	uint32_t retry_ms;     /* until a client connects again; 0: unsaid */
	uint32_t heartbeat_ms; /* between two comments that keep proxies and
				  the kernel talking, rounded up to a second;
				  0: 15 s */
	const struct wm_http_header *headers; /* beside Content-Type and
						 Cache-Control: no-store */
};

struct wm_http_event {
	const char *data; /* UTF-8; each of its lines becomes one */
	size_t len;
	const char *event; /* its type; null: "message" */
	const char *id;    /* the client's Last-Event-ID from now on; null:
			      as it was */
};

/*
 * Answers the request that is being delivered on c with an event stream
 * (`how` may be null). Returns its ticket, with conn 0 on failure: a bad
 * header, no request to answer, no memory; it can be answered otherwise then.
 */
WM_API struct wm_http_ticket wm_http_events_begin(struct wm_conn *c,
    const struct wm_http_events *how);

/*
 * Sends one event. Returns as wm_http_stream_write(); WM_E_INVALID also for
 * an event or id with a line end.
 */
WM_API int wm_http_event_send(struct wm_proc *p, struct wm_http_ticket ticket,
    const struct wm_http_event *event);

/* What the client got last; empty when it comes for the first time. */
WM_API struct wm_span wm_http_last_event_id(const struct wm_http_request *r);

/* The stream ends with wm_http_stream_end() and its connection with it, after
   which the client comes again; to tell it to stay away, answer that request
   with 204. */

WM_END_DECLS

#endif
