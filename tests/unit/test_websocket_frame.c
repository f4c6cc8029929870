/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <workerman/error.h>

#include "protocols/websocket/frame.h"

static bool deflate; /* is negotiated */

/* What RFC 6455 section 5.2 says of the first two bytes of a client. */
static bool
legal(unsigned b0, unsigned b1)
{
	unsigned op = b0 & 15, rsv = b0 & 0x70;
	bool known = op <= 2 || (op >= 8 && op <= 10);

	/* RFC 7692 section 6: RSV1 begins a compressed message */
	if (deflate && rsv == 0x40 && (op == 1 || op == 2))
		rsv = 0;
	if (!known || rsv != 0 || (b1 & 0x80) == 0)
		return false;
	return op < 8 || ((b0 & 0x80) != 0 && (b1 & 0x7f) <= 125);
}

static int
parse(const void *bytes, size_t len, struct wm__ws_frame *f)
{
	memset(f, 0, sizeof(*f));
	return wm__ws_frame_parse(bytes, len, deflate, f);
}

static void
judge_every_pair(void)
{
	unsigned char h[14];
	struct wm__ws_frame f;
	unsigned b0, b1, len;
	int r;

	for (b0 = 0; b0 < 256; b0++)
		for (b1 = 0; b1 < 256; b1++) {
			memset(h, 0, sizeof(h));
			h[0] = (unsigned char)b0;
			h[1] = (unsigned char)b1;
			len = b1 & 0x7f;
			if (len == 126)
				h[2] = 1; /* 256 */
			if (len == 127)
				h[7] = 1; /* 65536 */
			r = parse(h, sizeof(h), &f);
			if (!legal(b0, b1)) {
				assert_int_equal(r, WM_E_PROTOCOL);
				continue;
			}
			assert_int_equal(r, 1);
			assert_int_equal(f.opcode, b0 & 15);
			assert_int_equal(f.fin, b0 >> 7);
			assert_int_equal(f.packed, (b0 & 0x40) != 0);
			assert_int_equal(f.size,
			    len == 126     ? 8 :
				len == 127 ? 14 :
					     6);
			assert_int_equal(f.length,
			    len == 126     ? 256 :
				len == 127 ? 65536 :
					     len);
		}
}

static void
judges_every_pair_of_first_bytes(void **state)
{
	(void)state;
	judge_every_pair();
}

static void
judges_every_pair_where_rsv1_is_negotiated(void **state)
{
	(void)state;
	deflate = true;
	judge_every_pair();
	deflate = false;
}

static void
judges_the_first_byte_alone(void **state)
{
	struct wm__ws_frame f;
	unsigned char b;
	unsigned i;

	(void)state;
	assert_int_equal(parse("", 0, &f), 0);
	for (i = 0; i < 256; i++) {
		b = (unsigned char)i;
		assert_int_equal(parse(&b, 1, &f),
		    legal(i, 0x80) ? 0 : WM_E_PROTOCOL);
	}
}

static void
waits_until_the_length_is_known(void **state)
{
	static const char two[] = "\x81\xfe\x01\x00";
	static const char eight[] = "\x81\xff\0\0\0\0\0\1\0\0";
	struct wm__ws_frame f;
	size_t i;

	(void)state;
	assert_int_equal(parse("\x81", 1, &f), 0);
	assert_int_equal(parse("\x81\x85", 2, &f), 1);
	for (i = 0; i <= 4; i++)
		assert_int_equal(parse(two, i, &f), i == 4);
	for (i = 0; i <= 10; i++)
		assert_int_equal(parse(eight, i, &f), i == 10);
}

static int
parse_length(unsigned form, uint64_t length, struct wm__ws_frame *f)
{
	unsigned char h[10] = { 0x82, (unsigned char)(0x80 | form) };
	unsigned i, bytes = form == 126 ? 2 : 8;

	for (i = 0; i < bytes; i++)
		h[2 + i] = (unsigned char)(length >> 8 * (bytes - 1 - i));
	return parse(h, 2 + bytes, f);
}

static void
refuses_lengths_that_are_not_minimal(void **state)
{
	struct wm__ws_frame f;
	uint64_t n;

	(void)state;
	for (n = 0; n < 65536; n++) {
		assert_int_equal(parse_length(126, n, &f),
		    n < 126 ? WM_E_PROTOCOL : 1);
		assert_int_equal(parse_length(127, n, &f), WM_E_PROTOCOL);
	}
	assert_int_equal(parse_length(127, 65536, &f), 1);
}

static void
refuses_lengths_with_the_top_bit(void **state)
{
	struct wm__ws_frame f;
	uint64_t top = (uint64_t)1 << 63;

	(void)state;
	assert_int_equal(parse_length(127, top - 1, &f), 1);
	assert_true(f.length == top - 1);
	assert_int_equal(parse_length(127, top, &f), WM_E_PROTOCOL);
	assert_int_equal(parse_length(127, UINT64_MAX, &f), WM_E_PROTOCOL);
}

static void
builds_the_shortest_header(void **state)
{
	static const struct {
		size_t len;
		size_t size;
		const char *bytes;
	} cases[] = {
		{ 0, 2, "\x82\x00" },
		{ 125, 2, "\x82\x7d" },
		{ 126, 4, "\x82\x7e\x00\x7e" },
		{ 65535, 4, "\x82\x7e\xff\xff" },
		{ 65536, 10, "\x82\x7f\0\0\0\0\0\1\0\0" },
		{ 0x7fffffff, 10, "\x82\x7f\0\0\0\0\x7f\xff\xff\xff" },
	};
	char h[WS_HEADER_OUT];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(wm__ws_frame_build(h, WS_BINARY, cases[i].len),
		    cases[i].size);
		assert_memory_equal(h, cases[i].bytes, cases[i].size);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_every_pair_of_first_bytes),
		cmocka_unit_test(judges_every_pair_where_rsv1_is_negotiated),
		cmocka_unit_test(judges_the_first_byte_alone),
		cmocka_unit_test(waits_until_the_length_is_known),
		cmocka_unit_test(refuses_lengths_that_are_not_minimal),
		cmocka_unit_test(refuses_lengths_with_the_top_bit),
		cmocka_unit_test(builds_the_shortest_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
