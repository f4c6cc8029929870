/* SPDX-License-Identifier: MIT */
/*
 * WebSocket, server side (RFC 6455, RFC 7692): as a listener of its own
 * (websocket://, ws://) or as an upgrade of a request on an http:// port.
 * docs/WEBSOCKET.md shows each of these in use.
 */
#ifndef WORKERMAN_WEBSOCKET_H
#define WORKERMAN_WEBSOCKET_H

#include <workerman/http.h>

WM_BEGIN_DECLS

/* wm_msg.flags, received and sent. Without either, text is sent. */
#define WM_WEBSOCKET_TEXT   0x10000u
#define WM_WEBSOCKET_BINARY 0x20000u

/*
 * The message is a part of one: WM_MSG_FIRST and WM_MSG_LAST say which; each
 * part repeats the type. A text may be cut inside a character. Received so
 * only where wm_websocket_options.part says so; sent with wm_conn_send_msg().
 * Until the last part is sent, other messages on the connection are refused
 * with WM_E_BUSY, and a part that begins nothing with WM_E_INVALID.
 */
#define WM_WEBSOCKET_PART WM_MSG_PART

/* ---- the listener's options: wm_http_options.websocket ---- */

/*
 * permessage-deflate (RFC 7692), negotiated with clients that offer it. As it
 * stands each message is compressed for itself, by a compressor that all
 * connections of the process share: an idle connection costs nothing, and what
 * is published is compressed once for all. What is out of range is taken as
 * the nearest that is in it.
 */
struct wm_websocket_deflate {
	bool on;
	/* Messages refer to earlier ones, which makes similar ones smaller.
	   Ours: the connection keeps a compressor (some 256 KiB, by `memory`
	   and `server_bits`) while it is in use, and nothing is shared. */
	bool server_takeover;
	/* The client's: the connection keeps its last bytes, as many as the
	   window has. */
	bool client_takeover;
	uint8_t server_bits; /* window, 9-15; 0: 15. A client may lower it */
	uint8_t client_bits; /* the same where the client lets us choose */
	uint8_t level;       /* 1 fast - 9 small; 0: 6 */
	uint8_t memory;      /* zlib's memLevel, 1-9; 0: 8 */
	uint32_t threshold;  /* bytes; a shorter message is sent as it is;
				0: 512 */
};

struct wm_websocket_options {
	struct wm_websocket_deflate deflate;

	/*
	 * Who may open one: the values of the field Origin, exactly, as
	 * "https://example.org" (RFC 6455 section 10.2); ends with a null.
	 * Others get 403; a request without Origin is not a browser's and is
	 * let in. Null: everybody.
	 */
	const char *const *origins;

	/* The subprotocols that are spoken here, best first, ending with a
	   null: the first that the client offers is chosen where
	   wm_websocket_accept() is given none. Null: none. */
	const char *const *protocols;

	/*
	 * On a websocket:// listener: called for each request in place of
	 * accepting it. It answers with wm_websocket_accept(), or with
	 * wm_http_respond() to refuse. on_connect has not been called yet,
	 * wm_conn_data() is there. Null: what can be accepted is.
	 */
	void (*on_request)(struct wm_conn *, const struct wm_msg *m);

	/*
	 * When nothing came from the peer for `ping_ms` (rounded up to a
	 * second), it is sent a ping; when nothing comes for `pong_ms` after
	 * that, the connection closes with WM_CLOSE_TIMEOUT.
	 */
	uint32_t ping_ms; /* 0: never */
	uint32_t pong_ms; /* 0: 10 s */

	/*
	 * Bytes. A message that is longer comes in parts of that many, the
	 * last one of any length (with compression some KiB longer), so that
	 * its size is bounded by no memory: limits.message does not apply,
	 * limits.fragments only to empty ones. At least 16 KiB; 0: messages
	 * come whole.
	 */
	uint32_t part;
};

/* ---- opening ---- */

/* How to accept; a null pointer means none of it. */
struct wm_websocket_accept {
	const char *protocol; /* the chosen subprotocol: must be one that the
				 client offered; null: by the options */
	const struct wm_http_header *headers; /* more headers of the 101 */
	const struct wm_handlers *handlers;   /* for the connection from now on;
						 null: unchanged */
};

/* Whether the request asks for an upgrade to WebSocket, well or badly. */
WM_API bool wm_websocket_requested(const struct wm_msg *m);

/*
 * In the http callback of a request: answers 101 and makes the connection a
 * WebSocket once the callback has returned; or answers what RFC 6455 section
 * 4.2 says (400, 405, 426), or 403 to an Origin that the options do not list,
 * and returns WM_E_PROTOCOL. Other errors:
 * WM_E_INVALID for a subprotocol not offered or a bad header (500 is
 * answered), WM_E_BUSY when the request is answered already, WM_E_CLOSED,
 * WM_E_NOMEM, WM_E_SYSTEM. `headers` may name neither Upgrade nor any
 * Sec-WebSocket field.
 */
WM_API int wm_websocket_accept(struct wm_conn *c, const struct wm_msg *m,
    const struct wm_websocket_accept *how);

/* The first of `protocols`, which ends with a null, that the request offers;
   null if none. */
WM_API const char *wm_websocket_choose(const struct wm_msg *m,
    const char *const *protocols);

/* ---- an open one ---- */

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
 * Microseconds from the last ping of wm_websocket_options.ping_ms that was
 * answered to its pong; 0 when there was none yet, or c is no WebSocket.
 */
WM_API uint32_t wm_websocket_rtt(struct wm_conn *c);

/* Whether messages are compressed: the client offered it, the options have
   it on. */
WM_API bool wm_websocket_deflated(struct wm_conn *c);

/*
 * In on_close: the status code that the peer sent, 1005 for a close frame
 * without one, 1006 when it sent no close frame (RFC 6455 section 7.1.5).
 */
WM_API unsigned wm_websocket_close_code(struct wm_conn *c);

/* In on_close: the reason that the peer sent; empty if none. */
WM_API struct wm_span wm_websocket_close_reason(struct wm_conn *c);

WM_END_DECLS

#endif
