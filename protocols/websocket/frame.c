/* SPDX-License-Identifier: MIT */
/*
 * Responsible for reading, judging and writing frame headers. Not for what
 * needs context: limits, the order of fragments, payloads.
 */
#include <string.h>

#include "frame.h"

#define BITS_RSV  0x70u
#define BITS_OP   0x0fu
#define BIT_MASK  0x80u
#define BITS_LEN  0x7fu
#define LEN_16    126u /* two bytes of length follow */
#define LEN_64    127u /* eight bytes of length follow */
#define MASK_SIZE 4u

static uint64_t
big_endian(const unsigned char *p, unsigned bytes)
{
	uint64_t v = 0;

	while (bytes-- > 0)
		v = v << 8 | *p++;
	return v;
}

static bool
first_byte_legal(unsigned b, bool deflate)
{
	unsigned op = b & BITS_OP;

	if ((b & BITS_RSV) != 0)
		return deflate && (b & BITS_RSV) == WS_BIT_RSV1 &&
		    (op == WS_TEXT || op == WS_BINARY);
	if (wm__ws_is_control(op))
		return op <= WS_PONG && (b & WS_BIT_FIN) != 0;
	return op <= WS_BINARY;
}

/* The extended length: 1, 0 or WM_E_PROTOCOL as wm__ws_frame_parse(). */
static int
parse_length(const unsigned char *p, size_t len, struct wm__ws_frame *f)
{
	unsigned bytes = f->length == LEN_16 ? 2 : 8;
	uint64_t min = bytes == 2 ? LEN_16 : 0x10000;

	if (wm__ws_is_control(f->opcode))
		return WM_E_PROTOCOL;
	if (len < 2 + bytes)
		return 0;
	f->length = big_endian(p + 2, bytes);
	if (f->length < min || f->length >> 63 != 0)
		return WM_E_PROTOCOL;
	f->size = (uint8_t)(2 + bytes + MASK_SIZE);
	return 1;
}

int
wm__ws_frame_parse(const char *data, size_t len, bool deflate,
    struct wm__ws_frame *f)
{
	const unsigned char *p = (const unsigned char *)data;
	unsigned first, second;

	if (len < 1)
		return 0;
	first = p[0];
	if (!first_byte_legal(first, deflate))
		return WM_E_PROTOCOL;
	if (len < 2)
		return 0;
	second = p[1];
	if ((second & BIT_MASK) == 0)
		return WM_E_PROTOCOL;
	f->fin = (first & WS_BIT_FIN) != 0;
	f->packed = (first & WS_BIT_RSV1) != 0;
	f->opcode = first & BITS_OP;
	f->length = second & BITS_LEN;
	f->size = 2 + MASK_SIZE;
	if (f->length < LEN_16)
		return 1;
	return parse_length(p, len, f);
}

size_t
wm__ws_header_long(char *out, unsigned first, size_t len)
{
	unsigned char *p = (unsigned char *)out;
	unsigned i;

	p[0] = (unsigned char)first;
	if (len < 0x10000) {
		p[1] = LEN_16;
		p[2] = (unsigned char)(len >> 8);
		p[3] = (unsigned char)len;
		return 4;
	}
	p[1] = LEN_64;
	for (i = 0; i < 8; i++)
		p[2 + i] = (unsigned char)((uint64_t)len >> (56 - 8 * i));
	return 10;
}

size_t
wm__ws_frame_build(char *out, enum wm__ws_opcode opcode, size_t len)
{
	return wm__ws_header_build(out, WS_BIT_FIN | opcode, len);
}
