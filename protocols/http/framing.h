/* SPDX-License-Identifier: MIT */
/*
 * How a body is framed: the second opinion on a head that announces a body,
 * and the chunked coding (RFC 9112 section 7.1). llhttp is the parser; what
 * it lets pass and we do not is judged before it sees the bytes.
 */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include "head.h"

/* Whether llhttp, too, takes the head for a request with this length. */
enum http_verdict wm__http_framing_check(const struct wm_http_request *r,
    const char *head);

struct http_chunked; /* a chunked body on its way */

struct http_framing_limits {
	uint64_t body;  /* bytes of data */
	size_t framing; /* bytes of extensions, and of trailers */
	size_t fields;  /* trailers */
	size_t piece;   /* bytes of data in a piece; 0: there are no pieces */
};

/*
 * Begins the body of the request whose head is `head`. *ch_r is null and the
 * verdict HTTP_FINE when memory ran out.
 */
enum http_verdict wm__http_chunked_new(const struct wm_http_request *r,
    const char *head, const struct http_framing_limits *max,
    struct http_chunked **ch_r);
void wm__http_chunked_free(struct http_chunked **ch);

/*
 * Looks at the request in `data`: head, body as far as it was decoded, and
 * behind it what came since. Chunks are decoded in place, so that the body
 * lies behind the head in one piece, and the trailers behind the body.
 * HTTP_FINE: the body is complete; *used_r bytes make the whole request.
 * HTTP_PARTIAL: *len was lowered by what framing took.
 */
enum http_verdict wm__http_chunked_feed(struct http_chunked *ch, char *data,
    size_t *len, size_t *used_r);

/* Where the body begins, how long it is by now; bytes of trailers. */
struct http_extent {
	size_t head, body, trailers;
};
struct http_extent wm__http_chunked_extent(const struct http_chunked *ch);

/* A piece of a body, in place at the begin of the bytes. */
struct http_piece {
	size_t body;     /* bytes of it, at most max.piece */
	size_t trailers; /* of the last piece, which has no body */
	size_t used;     /* bytes that it was made of, 0 if nothing new */
	bool last;
};

/*
 * The same without head and in pieces, each of which is gone once it was
 * looked at: `data` begins with what the previous pieces did not use.
 * HTTP_FINE: *piece_r says what is there.
 */
enum http_verdict wm__http_chunked_piece(struct http_chunked *ch, char *data,
    size_t len, struct http_piece *piece_r);

#endif
