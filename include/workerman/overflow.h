/* SPDX-License-Identifier: MIT */
/*
 * What becomes of messages to a peer that does not keep up, and connections
 * joined so that each is as slow as the other.
 */
#ifndef WORKERMAN_OVERFLOW_H
#define WORKERMAN_OVERFLOW_H

#include <workerman/conn.h>

WM_BEGIN_DECLS

/*
 * When a message finds output waiting, or limits.unsent bytes of it. The first
 * and the last policy let messages wait as bytes, encoded, in their order; the
 * others keep whole messages back, not encoded, until all output has left, so
 * that dropping one never cuts another. What is kept and what waits is together
 * bounded by limits.unsent; what is dropped is counted as send_fail.
 */
enum wm_overflow {
	/* At the limit a message is refused: WM_E_FULL. The default. */
	WM_OVERFLOW_REFUSE,
	/* At the limit the oldest kept message is dropped for a new one, which
	   is refused only when it would not fit alone. */
	WM_OVERFLOW_DROP_OLDEST,
	/* Of published messages only the newest of each topic is kept, of all
	   others only the newest; wm_conn_send_latest() keeps the newest of
	   each key under every policy. */
	WM_OVERFLOW_LATEST,
	/* At the limit the connection is reset, reason WM_CLOSE_SLOW, and what
	   found it so is refused: WM_E_CLOSED. */
	WM_OVERFLOW_CLOSE
};

/*
 * The policy for this connection from now on, for what is published to it, too.
 * Kept messages leave before wm_conn_close() says farewell, like any output,
 * and move with the connection in a reload, as the policy does. Parts of
 * messages and bytes written by protocols (a pong) are never kept back.
 * Returns 0, WM_E_CLOSED, WM_E_NOMEM; WM_E_INVALID when its protocol is one of
 * requests and answers (WM_P_EXCHANGE), of which none may be dropped.
 */
WM_API int wm_conn_set_overflow(struct wm_conn *c, enum wm_overflow policy);

/*
 * Joins two connections of this process: from the return on, what one receives
 * is sent on the other, message by message, so that a WebSocket may be joined
 * to raw bytes; the application's on_message is called for neither. While one
 * has limits.unsent bytes waiting, nothing is read from the other. When a peer
 * ends its side, the other peer is told so behind the last byte, and the
 * other way goes on; when both have, both connections close. A connection that
 * ends otherwise takes the other one along: by a close, or by a reset after a
 * reset or out of memory. on_close is called for both, as ever.
 *
 * A joined connection is never idle for limits.idle_ms while the other one is
 * not, does not move in a reload, and does not end when its worker leaves
 * until drain_ms is over. Sending on it beside what is joined is allowed.
 *
 * Returns 0; WM_E_INVALID: they are the same, or of different processes;
 * WM_E_BUSY: one is joined already or on its way to another process;
 * WM_E_CLOSED; WM_E_NOMEM; WM_E_UNSUPPORTED: one's protocol, or the one that
 * it is changing to, is of requests and answers (set wm_protocol_raw first).
 */
WM_API int wm_conn_pipe(struct wm_conn *a, struct wm_conn *b);

/* Separates it from the other: both go on by themselves with their handlers; a
   side that its peer has ended closes. 0, or WM_E_NOT_FOUND. */
WM_API int wm_conn_unpipe(struct wm_conn *c);

WM_END_DECLS

#endif
