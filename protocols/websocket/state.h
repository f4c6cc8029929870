/* SPDX-License-Identifier: MIT */
/*
 * What a WebSocket connection remembers between frames: 32 bytes on 64-bit
 * machines, so that it lives inside the connection. Zeroed at the beginning.
 * With `partial` null and nothing being sent in parts, what is behind `more`
 * but for the deflater is all there is to carry into another process.
 */
#ifndef WEBSOCKET_STATE_H
#define WEBSOCKET_STATE_H

#include <workerman/websocket.h>

struct wm__deflater;
struct wm__ws_partial;

/* wm__ws.flags. The windows of permessage-deflate in bits, 9-15; both are 0
   when it was not negotiated. */
#define WS_SERVER_BITS    0x000fu
#define WS_CLIENT_BITS    0x00f0u
#define WS_CLIENT_SHIFT   4
#define WS_SERVER_KEEPS   0x0100u /* the context from message to message */
#define WS_CLIENT_KEEPS   0x0200u
#define WS_CLOSE_SENT     0x0400u
#define WS_CLOSE_RECEIVED 0x0800u
#define WS_CLOSING        (WS_CLOSE_SENT | WS_CLOSE_RECEIVED)
#define WS_SENDING        0x1000u /* a message in parts, not the last yet */
#define WS_PACKING        0x2000u /* and it is compressed */
#define WS_STREAMING      0x4000u /* long messages are delivered in parts */

/* What few connections have. */
struct wm__ws_more {
	char *reason;                  /* owned; the peer's close reason */
	struct wm__deflater *deflater; /* owned; of a kept context, or of the
					  message that is sent in parts */
	unsigned char *window; /* owned; the end of what the client sent, for
				  a kept context */
	uint16_t window_len;
	uint8_t reason_len;
};

struct wm__ws {
	struct wm__ws_partial *partial; /* owned; the message that is arriving
		 or being delivered in more than one piece, or null */
	struct wm__ws_more *more;       /* owned; or null */
	union {
		/* once a close frame was sent: bytes of a frame that are
		   dropped unread */
		uint64_t skip;
		/* before: the ping that waits for its pong, as the time when
		   it was sent, in microseconds; 0: none */
		uint64_t pinged;
	};
	uint32_t rtt;   /* microseconds; 0: not known */
	uint16_t code;  /* with WS_CLOSE_RECEIVED the peer's; before, if not 0,
			   what farewell has to say */
	uint16_t flags; /* WS_* */
};

/* A close frame has been written: nothing is sent any more. */
static inline void
wm__ws_said_goodbye(struct wm__ws *ws)
{
	ws->flags |= WS_CLOSE_SENT;
	ws->skip = 0;
}

/* ws->more, made if need be; null when memory ran out. */
struct wm__ws_more *wm__ws_more(struct wm__ws *ws);

/* Releases it. */
void wm__ws_more_free(struct wm__ws *ws);

/* The options of the connection's listener; never null. */
const struct wm_websocket_options *wm__ws_options(const struct wm_conn *c);

#endif
