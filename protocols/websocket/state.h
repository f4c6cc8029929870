/* SPDX-License-Identifier: MIT */
/*
 * What a WebSocket connection remembers between frames: 32 bytes on 64-bit
 * machines, so that it lives inside the connection. Zeroed at the beginning.
 */
#ifndef WEBSOCKET_STATE_H
#define WEBSOCKET_STATE_H

#include <workerman/conn.h>

struct wm__ws_partial;

#define WS_CLOSE_SENT     0x1u
#define WS_CLOSE_RECEIVED 0x2u

struct wm__ws {
	struct wm__ws_partial *partial; /* owned; the fragmented message that
		 is arriving or being delivered, or null */
	char *reason;       /* owned; the peer's close reason, or null */
	uint64_t skip;      /* bytes of a frame that are dropped unread */
	uint16_t peer_code; /* of the peer's close frame; 0: none came */
	uint16_t own_code;  /* for farewell to say; 0: by the close reason */
	uint8_t reason_len;
	uint8_t flags; /* WS_CLOSE_SENT | WS_CLOSE_RECEIVED */
};

#endif
