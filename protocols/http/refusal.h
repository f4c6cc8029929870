/* SPDX-License-Identifier: MIT */
/*
 * Every way in which a request can be refused: its status, the error with
 * which the connection ends, and what the peer is told. Written once, here.
 */
#ifndef HTTP_REFUSAL_H
#define HTTP_REFUSAL_H

#include <workerman/error.h>

#define HTTP_REFUSAL_TABLE(X)                                                  \
	X(LINE, 400, PROTOCOL, "malformed request line")                       \
	X(TARGET, 400, PROTOCOL, "malformed request target")                   \
	X(BARE_CR, 400, PROTOCOL, "CR without LF")                             \
	X(BARE_LF, 400, PROTOCOL, "LF without CR")                             \
	X(FOLDED, 400, PROTOCOL, "a header line begins with a blank")          \
	X(NAME, 400, PROTOCOL, "malformed header name")                        \
	X(VALUE, 400, PROTOCOL, "control character in a header value")         \
	X(HOST, 400, PROTOCOL, "exactly one well-formed Host is required")     \
	X(LENGTH, 400, PROTOCOL, "malformed Content-Length")                   \
	X(LENGTHS, 400, PROTOCOL, "more than one length")                      \
	X(CODING, 400, PROTOCOL, "malformed Transfer-Encoding")                \
	X(FRAMING, 400, PROTOCOL, "malformed header")                          \
	X(CHUNK, 400, PROTOCOL, "malformed chunk")                             \
	X(TRAILER, 400, PROTOCOL, "malformed trailer")                         \
	X(METHOD, 405, POLICY, "this server is not a proxy")                   \
	X(HEAD_TIME, 408, TIMEOUT, "the request took too long to arrive")      \
	X(BODY_TIME, 408, TIMEOUT, "the body took too long to arrive")         \
	X(BODY_SIZE, 413, TOO_BIG, "the body is over the limit")               \
	X(CHUNK_SIZE, 413, TOO_BIG, "chunk lines are over the limit")          \
	X(TARGET_SIZE, 414, TOO_BIG, "the request line is over the limit")     \
	X(EXPECT, 417, POLICY, "only 100-continue can be expected")            \
	X(HEAD_SIZE, 431, TOO_BIG, "the header is over the limit")             \
	X(FIELDS, 431, TOO_BIG, "too many header fields")                      \
	X(UNKNOWN_METHOD, 501, POLICY, "unknown method")                       \
	X(UNKNOWN_CODING, 501, POLICY, "unknown transfer coding")              \
	X(LEAVING, 503, CLOSED, "the server is being stopped or replaced")     \
	X(VERSION, 505, POLICY, "only HTTP/1.0 and 1.1 are spoken")

/* What looking at bytes leads to. */
enum http_verdict {
	HTTP_FINE,
	HTTP_PARTIAL, /* no fault so far, and not the end */
#define HTTP_REFUSAL_ENUM(name, status, error, why) HTTP_BAD_##name,
	HTTP_REFUSAL_TABLE(HTTP_REFUSAL_ENUM)
#undef HTTP_REFUSAL_ENUM
	    HTTP_VERDICTS
};

struct http_refusal {
	unsigned status;
	enum wm_error error;
	const char *why;
};

/* `v` is neither HTTP_FINE nor HTTP_PARTIAL. */
const struct http_refusal *wm__http_refusal(enum http_verdict v);

#endif
