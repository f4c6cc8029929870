/* SPDX-License-Identifier: MIT */
/*
 * What a listener of http may be told: wm_listener.options of one whose
 * connections are http, begin as http (websocket://) or become it. No options
 * are the same as all of them 0.
 */
#ifndef WORKERMAN_HTTP_OPTIONS_H
#define WORKERMAN_HTTP_OPTIONS_H

#include <workerman/conn.h>

WM_BEGIN_DECLS

struct wm_http_request;
struct wm_websocket_options;

/* The field in which trusted proxies say whom they speak for. */
enum wm_http_forwarding {
	WM_HTTP_X_FORWARDED_FOR,
	WM_HTTP_FORWARDED /* RFC 7239 */
};

struct wm_http_options {
	/*
	 * Errors that http answers by itself - requests that it refuses, and
	 * wm_http_error() - are application/problem+json (RFC 9457): an object
	 * with type, title, status and detail, instead of plain text. A client
	 * whose Accept prefers one of the two gets that one in any case.
	 */
	bool problems;

	/*
	 * Asked when the head of a request with a body is there. True: the
	 * body is delivered in parts, as it comes, and limits.message does not
	 * bound it: <workerman/http.h>. Null: no body is. *c may be looked at
	 * only.
	 */
	bool (*in_parts)(const struct wm_conn *c,
	    const struct wm_http_request *r);

	/* Bytes of a body that is delivered in parts; 0: as many as come. */
	uint64_t parts_max;

	/*
	 * A request that waits for its deferred answer for so long, with no
	 * other before it, is answered with 500, and a line in the log. 0: an
	 * hour.
	 */
	uint32_t answer_ms;

	/*
	 * Whose word wm_http_client() takes: "10.0.0.0/8", "2001:db8::1",
	 * "unix" for who comes by a unix socket; ends with null. The proxies
	 * have to set or extend the field that `forwarding` names.
	 */
	const char *const *proxies;
	enum wm_http_forwarding forwarding;

	/* Of connections that become WebSocket: <workerman/websocket.h>;
	   null is the same as all of them 0. Must outlive the listener. */
	const struct wm_websocket_options *websocket;
};

WM_END_DECLS

#endif
