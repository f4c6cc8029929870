/* SPDX-License-Identifier: MIT */
/*
 * A response as bytes: judged first, then written in one piece.
 */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include <workerman/http.h>

/* What an answer must know of its request. */
#define TRAIT_HEAD    0x1u  /* answered without the body */
#define TRAIT_OLD     0x2u  /* HTTP/1.0 */
#define TRAIT_CLOSE   0x4u  /* the client wants the connection to end */
#define TRAIT_JSON    0x8u  /* it would rather have errors as JSON, */
#define TRAIT_TEXT    0x10u /* or as text */
#define TRAIT_PARTIAL 0x20u /* its body has not all come */

/* How a response shows where its body ends. */
enum http_framing {
	HTTP_WHOLE, /* Content-Length, and the body is there */
	HTTP_SIZED, /* Content-Length, and the body follows */
	HTTP_CHUNKED,
	HTTP_UNTIL_CLOSE
};

/* A response that has been judged, and what was learnt on the way. */
struct http_reply {
	const struct wm_http_response *r;
	size_t size;     /* bytes of the head at most, without the body */
	size_t type_len; /* of r->content_type */
	unsigned status;
	bool typed;      /* a header says Content-Type */
	bool upgrade;    /* a header says Upgrade */
	unsigned traits; /* of the request */
	enum http_framing framing;
	bool last;   /* "Connection: close" */
	int64_t now; /* for Date */
};

/*
 * Whether the response may be sent, framed as reply->framing says: fills in
 * r, size, status, typed and upgrade. Returns 0, or WM_E_INVALID for a status,
 * name or value that may not be.
 */
int wm__http_reply_judge(struct http_reply *reply,
    const struct wm_http_response *r);

/* Whether status and request leave room for a body. */
bool wm__http_reply_may_have_body(const struct http_reply *reply);

/* Whether such a field may stand behind a body (RFC 9110 section 6.5.1). */
bool wm__http_trailer_ok(const struct wm_http_header *h);

/* Appends it, without the body unless it is whole. Returns 0 or WM_E_NOMEM. */
int wm__http_reply_write(const struct http_reply *reply, struct wm_buf *out);

#endif
