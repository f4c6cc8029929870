/* SPDX-License-Identifier: MIT */
/*
 * WebSocket, server side (RFC 6455): as a listener of its own (websocket://,
 * ws://) or as an upgrade of a request on an http:// port.
 */
#ifndef WORKERMAN_WEBSOCKET_H
#define WORKERMAN_WEBSOCKET_H

#include <workerman/http.h>

WM_BEGIN_DECLS

/* wm_msg.flags, received and sent. Without either, text is sent. */
#define WM_WEBSOCKET_TEXT   0x10000u
#define WM_WEBSOCKET_BINARY 0x20000u

/* How to accept; a null pointer means none of it. */
struct wm_websocket_accept {
	const char *protocol; /* the chosen subprotocol: must be one that the
				 client offered; null: none */
	const struct wm_http_header *headers; /* more headers of the 101 */
	const struct wm_handlers *handlers;   /* for the connection from now on;
						 null: unchanged */
};

/* Whether the request asks for an upgrade to WebSocket, well or badly. */
WM_API bool wm_websocket_requested(const struct wm_msg *m);

/*
 * In the http callback of a request: answers 101 and makes the connection a
 * WebSocket once the callback has returned; or answers what RFC 6455 section
 * 4.2 says (400, 405, 426) and returns WM_E_PROTOCOL. Other errors:
 * WM_E_INVALID for a subprotocol not offered or a bad header (500 is
 * answered), WM_E_BUSY when the request is answered already, WM_E_CLOSED,
 * WM_E_NOMEM, WM_E_SYSTEM. `headers` may name neither Upgrade nor any
 * Sec-WebSocket field.
 */
WM_API int wm_websocket_accept(struct wm_conn *c, const struct wm_msg *m,
    const struct wm_websocket_accept *how);

/*
 * Begins the close handshake with a status code (1000-1003, 1007-1014,
 * 3000-4999; RFC 6455 section 7.4) and a reason of at most 123 bytes of
 * UTF-8 (null: none). Returns 0; WM_E_INVALID, also when c is not a
 * WebSocket; WM_E_CLOSED when a close has begun.
 */
WM_API int wm_websocket_close(struct wm_conn *c, unsigned code,
    const char *reason);

/* Sends a ping with up to 125 bytes. Returns as wm_conn_send(). */
WM_API int wm_websocket_ping(struct wm_conn *c, const void *data, size_t len);

/*
 * In on_close: the status code that the peer sent, 1005 for a close frame
 * without one, 1006 when it sent no close frame (RFC 6455 section 7.1.5).
 */
WM_API unsigned wm_websocket_close_code(struct wm_conn *c);

/* In on_close: the reason that the peer sent; empty if none. */
WM_API struct wm_span wm_websocket_close_reason(struct wm_conn *c);

WM_END_DECLS

#endif
