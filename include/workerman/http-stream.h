/* SPDX-License-Identifier: MIT */
/*
 * Answers whose body comes bit by bit. A stream has the ticket of its request
 * (wm_http_defer(), in the callback); it may be begun at once or later, and
 * written to from any callback of the process.
 *
 *	struct wm_http_ticket t = wm_http_defer(c);
 *	wm_http_stream_begin(p, t, &(struct wm_http_response){ ... });
 *	wm_http_stream_write(p, t, data, len);
 *	wm_http_stream_end(p, t, NULL);
 *
 * The body is chunked, or as long as response.body_len says, or, to an
 * HTTP/1.0 client, ends with the connection. A stream takes its place among
 * the answers of its connection: until earlier ones have left, what is written
 * waits in memory, at most limits.unsent bytes.
 */
#ifndef WORKERMAN_HTTP_STREAM_H
#define WORKERMAN_HTTP_STREAM_H

#include <workerman/http.h>

WM_BEGIN_DECLS

/*
 * Answers with the head: everything of *head but its body, which must be null;
 * body_len is the length of the body if that is known, else 0. Where none may
 * be (HEAD, 204, 205, 304), what is written goes nowhere. Returns as
 * wm_http_answer().
 */
WM_API int wm_http_stream_begin(struct wm_proc *p, struct wm_http_ticket ticket,
    const struct wm_http_response *head);

/*
 * Appends to the body; `len` 0 is nothing. All or nothing is accepted:
 *   WM_SENT       nothing waits before it
 *   WM_QUEUED     behind bytes that have not left
 *   WM_E_FULL     refused: limits.unsent bytes are waiting already; once all
 *                 have left, on_buffer_drain is called
 *   WM_E_CLOSED   the client is gone, or the stream has ended
 *   WM_E_INVALID  more than body_len said, or the stream was not begun
 *   WM_E_NOMEM
 */
WM_API int wm_http_stream_write(struct wm_proc *p, struct wm_http_ticket ticket,
    const void *data, size_t len);

/*
 * Ends the body, with trailers behind it (a list that ends with a null name,
 * or null), which only a chunked body can have and others drop. They may not
 * be fields that frame, route or authorise a message (RFC 9110 section 6.5.1).
 * A body shorter than body_len said breaks the connection off, with a line in
 * the log. Returns 0, WM_E_INVALID, WM_E_CLOSED, WM_E_NOMEM.
 *
 * A stream that cannot be finished is broken off by wm_conn_destroy(): the
 * client sees that the body is not complete.
 */
WM_API int wm_http_stream_end(struct wm_proc *p, struct wm_http_ticket ticket,
    const struct wm_http_header *trailers);

WM_END_DECLS

#endif
