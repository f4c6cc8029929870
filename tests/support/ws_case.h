/* SPDX-License-Identifier: MIT */
/*
 * What a WebSocket server does with the bytes of a client, as text: the tool
 * of the websocket tests.
 */
#ifndef WS_CASE_H
#define WS_CASE_H

#include <workerman/buf.h>
#include <workerman/limits.h>
#include <workerman/websocket.h>

#include "framework/kit/wire.h"

/* A request that opens a WebSocket, and what comes back for it. */
extern const char ws_opening[];

/*
 * Appends a client's frame: first byte `b0`, masked, minimal length.
 */
void ws_put(struct wm_buf *b, unsigned b0, const void *data, size_t len);

/* Appends the bytes as RFC 7692 section 7.2.1 compresses them, context-free. */
void ws_pack(struct wm_buf *b, const void *data, size_t len);

/*
 * The listener's options for whatever is opened from now on, and the field
 * Sec-WebSocket-Extensions that the client sends; null: none.
 */
void ws_use(const struct wm_websocket_options *options, const char *offer);

/* A connection after the handshake, by way of http; the answer to it is taken
   from the output. */
struct wire *ws_open(const struct wm_limits *limits,
    const struct wm_handlers *handlers);

/* One read that finds these bytes, and the end of its turn. */
void ws_feed(struct wire *w, const void *data, size_t len);

/*
 * The handlers that write down what happens, one line per event:
 *	text[5] hello
 *	binary[2] ff fe		  not printable
 *	binary[70000] #f0e1d2c3	  long: a hash
 *	text[12] (2) hello world!  what came in two parts
 *	closed protocol 1006 	  reason, peer's code, peer's reason
 */
extern const struct wm_handlers ws_scribe;

/*
 * What happens when the bytes arrive in the pieces 0-a, a-b, b-len (all of
 * them single bytes if a > b): the lines of ws_scribe, then what was sent:
 *	sent 88 02 03 ea
 * and "open" or "awaiting" if it did not end. Valid until the next call.
 */
const char *ws_play(const struct wm_buf *in, const struct wm_limits *limits,
    size_t a, size_t b);

/*
 * Plays the bytes whole, byte by byte, and split in two at every point (a
 * choice of points where they are many): each time it has to come out as
 * `expected`. Returns what came out otherwise, or null. Releases the buffer.
 */
const char *ws_differs(struct wm_buf *in, const struct wm_limits *limits,
    const char *expected);

/* The same for a cmocka test, which fails with both texts. */
#define ws_check(in, limits, expected)                                         \
	do {                                                                   \
		const char *want_ = (expected);                                \
		const char *got_ = ws_differs(in, limits, want_);              \
		assert_string_equal(got_ != NULL ? got_ : want_, want_);       \
	} while (0)

#endif
