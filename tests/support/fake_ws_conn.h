/* SPDX-License-Identifier: MIT */
/*
 * A connection without a socket: what a test feeds is what the peer sent, and
 * what the protocol sends is collected. Keeps the promises of protocol.h to
 * the protocol and aborts where the protocol breaks its own.
 */
#ifndef FAKE_WS_CONN_H
#define FAKE_WS_CONN_H

#include <workerman/conn.h>

/*
 * A connection as the core makes it for a listener of that protocol. A field
 * of `limits` that is 0, or a null `limits`, means the defaults. Both structs
 * have to outlive the connection.
 */
struct wm_conn *fake_ws_new(const struct wm_protocol *protocol,
    const struct wm_limits *limits, const struct wm_handlers *handlers);

/* The peer sends bytes; the peer sends no more. */
void fake_ws_feed(struct wm_conn *c, const void *data, size_t len);
void fake_ws_feed_eof(struct wm_conn *c);

/* What was sent and not consumed by the test: it counts as unsent. */
struct wm_buf *fake_ws_output(struct wm_conn *c);

/* Whether the connection has ended, and why. */
bool fake_ws_closed(const struct wm_conn *c, enum wm_close_reason *reason_r);

/* Ends it if need be. */
void fake_ws_free(struct wm_conn **c);

#endif
