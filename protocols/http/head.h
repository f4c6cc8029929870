/* SPDX-License-Identifier: MIT */
/*
 * A request's header block: bytes in, spans out. Knows no connection, keeps
 * no state, allocates nothing but the table of fields.
 *
 * Why not llhttp here: its state machine takes each byte through eleven
 * instructions (935 for a minimal GET, 6,700 for a browser's), and of what
 * must be refused it leaves so much over that all of the block has to be
 * judged by us in any case. So this scan is the parser, strict where RFC 9112
 * leaves a choice; llhttp gives a second opinion wherever a body's length is
 * at stake (framing.h), and the tests compare the two on everything.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <workerman/http.h>

#include "refusal.h"

struct wm_http_request {
	enum wm_http_method method;
	unsigned minor;
	struct wm_span target, path, query;
	struct wm_span host; /* the authority; null data if none */
	size_t head_len;     /* with the empty lines at both ends */
	uint64_t length;     /* Content-Length, 0 if none */
	unsigned hosts, lengths, codings; /* how many such fields */
	bool chunked;
	bool close, keep; /* options of Connection */
	bool expect;      /* 100-continue */
	bool expect_else; /* something that cannot be expected */
	const char *head; /* its first byte */
	size_t nfields, ntrailers;
	/* kept from request to request: */
	size_t room, trailer_room;               /* for fields, for trailers */
	struct wm_http_field *fields, *trailers; /* owned */
};

/* Room for `max` fields. Returns 0 or WM_E_NOMEM. */
int wm__http_head_reserve(struct wm_http_request *r, size_t max);

/*
 * Judges the `len` bytes at `data`, which begin with a request; one empty
 * line before it is ignored (RFC 9112 section 2.2). At most `max_fields`, for
 * which there is room, are taken. HTTP_FINE: the block is
 * complete and good, and *r says what is in it, with spans that point into
 * `data`. Otherwise *r tells at least the method, WM_HTTP_METHODS if that is
 * not known.
 */
enum http_verdict wm__http_head_parse(struct wm_http_request *r,
    const char *data, size_t len, size_t max_fields);

/*
 * Whether there is something to judge in `data`: the block's end, or a line
 * end that is not CRLF. Bytes before `from` were looked at by an earlier call.
 */
bool wm__http_head_ended(const char *data, size_t len, size_t from);

/*
 * The trailers of its body, at most `max`: lines that were judged already,
 * and perhaps the empty one behind them. Returns 0 or WM_E_NOMEM.
 */
int wm__http_trailers_parse(struct wm_http_request *r, const char *data,
    size_t len, size_t max);

/* "name: value CRLF" at *p_r, which is moved behind it. There is at least one
   byte, and end[-1] is an LF. */
enum http_verdict wm__http_field_scan(struct wm_http_field *f, const char **p_r,
    const char *end);

#endif
