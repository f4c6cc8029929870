/* SPDX-License-Identifier: MIT */
/*
 * HTTP/1.1 and 1.0, server side (RFC 9110, RFC 9112). A request is a message
 * whose data is the body and whose typed view is wm_http_request(m).
 *
 * More: <workerman/http-options.h> what a listener may be told,
 * http-request.h forms, cookies, clients, http-response.h cookies, redirects,
 * http-stream.h bodies of any length, http-events.h server-sent events,
 * http-form.h uploads.
 *
 * A request whose body comes in parts (wm_http_options.in_parts) is several
 * messages: the first (WM_MSG_FIRST) when the head is there, without data; then
 * the body as it arrives, in data of at most limits.message bytes; the last one
 * with WM_MSG_LAST, perhaps without data. The view is the same for all of
 * them. wm_conn_pause() and wm_conn_resume() say when there may be more. A
 * client that asks for it (Expect: 100-continue) is told to go on once the
 * first callback has returned without an answer. The answer may be given in
 * any of the callbacks, in the last one at the latest; one before that ends
 * the connection behind it, and no more parts come. A client that leaves
 * before the last part: only on_close.
 */
#ifndef WORKERMAN_HTTP_H
#define WORKERMAN_HTTP_H

#include <workerman/http-options.h>

WM_BEGIN_DECLS

/* ---- the request: valid until the callback returns, that of a body in parts
   until the callback for the last one does ---- */

/* Methods that reach the application. CONNECT and TRACE are answered with
   405, others with 501 (RFC 9110 section 9.1). */
#define WM_HTTP_METHOD_TABLE(X)                                                \
	X(GET) X(HEAD) X(POST) X(PUT) X(DELETE) X(PATCH) X(OPTIONS)

enum wm_http_method {
#define WM_HTTP_METHOD_ENUM(name) WM_HTTP_##name,
	WM_HTTP_METHOD_TABLE(WM_HTTP_METHOD_ENUM)
#undef WM_HTTP_METHOD_ENUM
	    WM_HTTP_METHODS /* how many there are */
};

struct wm_http_request;

/* A field of a header block. */
struct wm_http_field {
	struct wm_span name;
	struct wm_span value; /* without surrounding blanks */
};

/* The request that m is; null when m is not from http. */
WM_API const struct wm_http_request *wm_http_request(const struct wm_msg *m);

WM_API enum wm_http_method wm_http_method(const struct wm_http_request *r);
WM_API const char *wm_http_method_name(enum wm_http_method method);

/* The request target as it came; its path, still percent-encoded; what stands
   behind the first '?', empty if nothing. */
WM_API struct wm_span wm_http_target(const struct wm_http_request *r);
WM_API struct wm_span wm_http_path(const struct wm_http_request *r);
WM_API struct wm_span wm_http_query(const struct wm_http_request *r);

/* The authority that the request is for, "example.org:8080": that of an
   absolute target, else the field Host; empty if there is none (HTTP/1.0). */
WM_API struct wm_span wm_http_host(const struct wm_http_request *r);

/* Whether the path is exactly this. */
WM_API bool wm_http_path_is(const struct wm_http_request *r, const char *path);

/* 0 or 1, of HTTP/1.x. */
WM_API unsigned wm_http_minor(const struct wm_http_request *r);

/* Value of the first field of that name (case-insensitive), or a span with
   null data. */
WM_API struct wm_span wm_http_header(const struct wm_http_request *r,
    const char *name);

/* Whether a list-valued header (Connection, Upgrade: RFC 9110 section 5.6.1)
   has that token, case-insensitively, in any of its fields. */
WM_API bool wm_http_header_has(const struct wm_http_request *r,
    const char *name, const char *token);

/* All fields in their order; the i-th, or null behind the last. */
WM_API const struct wm_http_field *
wm_http_field_at(const struct wm_http_request *r, size_t i);

/* ---- the answer ---- */

/* A field of a response. Names are tokens; values have no CR, LF or NUL. */
struct wm_http_header {
	const char *name;
	const char *value;
};

/*
 * Content-Length, Transfer-Encoding, Connection and Date are the framework's
 * and may not be among the headers; an Upgrade among them, and status 101,
 * bring "Connection: Upgrade" with them. HEAD, 101, 204, 205 and 304 send no
 * body (RFC 9110 section 6.4.1); to HEAD and with 304 the length is still
 * told.
 */
struct wm_http_response {
	unsigned status;    /* 101, 200-599; 0 means 200 */
	const char *reason; /* null: the standard one */
	/* null: as the headers say, else text/plain; charset=utf-8 where there
	   is a body */
	const char *content_type;
	const struct wm_http_header *headers; /* ends with a null name */
	const void *body;
	size_t body_len;
	bool close; /* end the connection after this answer */
};

/*
 * Answers the request that is being delivered on c. All is copied. A callback
 * that returns without an answer and without wm_http_defer() has the request
 * answered with 500 and a line in the log.
 * Returns 0; WM_E_INVALID for a bad status, name or value, and on a
 * connection that is not http (nothing is sent), WM_E_BUSY when it is answered
 * or deferred already or none is being delivered, WM_E_CLOSED, WM_E_NOMEM. An
 * answer is never refused because the peer reads slowly; it waits.
 *
 * wm_conn_send() on an http connection answers with 200 and the data as
 * text/plain, with the same errors; WM_E_INVALID when no request is being
 * delivered.
 */
WM_API int wm_http_respond(struct wm_conn *c,
    const struct wm_http_response *response);

/*
 * An error as plain text or as JSON, as the client's Accept or else the
 * listener's options say: the status, its reason and `why` (UTF-8; may be
 * null), cut to 511 bytes in all. Returns as wm_http_respond().
 */
WM_API int wm_http_error(struct wm_conn *c, unsigned status, const char *why);

/*
 * To answer later: the handle of the request that is being delivered, with
 * conn 0 when there is none open or memory ran out. Answers leave in the order
 * of the requests, whenever they are given. What is needed of the request must
 * be copied (wm_http_request_keep()): it ends with the callback.
 */
struct wm_http_ticket {
	uint64_t conn;    /* wm_conn_id() */
	uint32_t request; /* its number on that connection */
};
WM_API struct wm_http_ticket wm_http_defer(struct wm_conn *c);

/* From any callback of the process. Returns as wm_http_respond(), WM_E_CLOSED
   also when the client is gone. */
WM_API int wm_http_answer(struct wm_proc *p, struct wm_http_ticket ticket,
    const struct wm_http_response *response);
WM_API int wm_http_answer_error(struct wm_proc *p, struct wm_http_ticket ticket,
    unsigned status, const char *why);

/* Whether the answer is still wanted: false once it was given, and when the
   client is gone (of which on_close tells, too). */
WM_API bool wm_http_waiting(struct wm_proc *p, struct wm_http_ticket ticket);

/* "Not Found" for 404; "Unknown" for a status without a standard reason. */
WM_API const char *wm_http_reason(unsigned status);

WM_END_DECLS

#endif
