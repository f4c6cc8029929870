/* SPDX-License-Identifier: MIT */
/*
 * The frame header of RFC 6455 section 5.2. Pure: knows no connection.
 */
#ifndef WEBSOCKET_FRAME_H
#define WEBSOCKET_FRAME_H

#include <workerman/protocol.h>

/* RFC 6455 section 11.8 */
enum wm__ws_opcode {
	WS_CONTINUATION = 0x0,
	WS_TEXT = 0x1,
	WS_BINARY = 0x2,
	WS_CLOSE = 0x8,
	WS_PING = 0x9,
	WS_PONG = 0xa
};

#define WS_CONTROL_MAX 125 /* payload bytes of a control frame */
#define WS_HEADER_IN   14  /* most bytes of a client's header, mask and all */
#define WS_HEADER_OUT  10  /* most bytes of a server's header */

struct wm__ws_frame {
	uint64_t length; /* of the payload, below 2^63 */
	uint8_t size;    /* of the header, the mask included */
	uint8_t opcode;  /* one of enum wm__ws_opcode */
	bool fin;
	bool packed; /* begins a compressed message (RFC 7692 section 6) */
};

/*
 * Reads the header of a client's frame and judges what can be judged without
 * context, each byte as soon as it is there: reserved bits, opcode, mask,
 * minimal length, control frames of at most 125 bytes in one piece. With
 * `deflate` the first frame of a message may have RSV1.
 * Returns 1 when the length is known: *f is filled in, and the mask's four
 * bytes, the last of f->size, may not be there yet. 0: more bytes are needed.
 * WM_E_PROTOCOL: no client may send this.
 */
int wm__ws_frame_parse(const char *data, size_t len, bool deflate,
    struct wm__ws_frame *f);

/* Bits of the first byte of a frame. */
#define WS_BIT_FIN  0x80u
#define WS_BIT_RSV1 0x40u

/* For wm__ws_header_build(): one of more than 125 bytes. */
size_t wm__ws_header_long(char *out, unsigned first, size_t len);

/* Writes the header of a server's frame with that first byte: 2 to
   WS_HEADER_OUT bytes, unmasked. Returns how many. */
static inline size_t
wm__ws_header_build(char *out, unsigned first, size_t len)
{
	if (len > WS_CONTROL_MAX)
		return wm__ws_header_long(out, first, len);
	out[0] = (char)first;
	out[1] = (char)len;
	return 2;
}

/*
 * Writes the header of a server's frame in one piece, unmasked, for `len`
 * payload bytes: at most WS_HEADER_OUT bytes, exactly 2 for a control frame.
 * Returns how many.
 */
size_t wm__ws_frame_build(char *out, enum wm__ws_opcode opcode, size_t len);

static inline bool
wm__ws_is_control(unsigned opcode)
{
	return (opcode & 0x8) != 0;
}

/* Whether it is text or binary: a message begins. */
static inline bool
wm__ws_begins_message(unsigned opcode)
{
	return opcode - WS_TEXT <= WS_BINARY - WS_TEXT;
}

/* Whether all of the frame is in the input: in->used says so then, else
   in->need how much it is. */
static inline bool
wm__ws_arrived(struct wm_input *in, const struct wm__ws_frame *f)
{
	size_t size = f->size + (size_t)f->length;

	if (in->len < size) {
		in->need = size;
		return false;
	}
	in->used = size;
	return true;
}

#endif
