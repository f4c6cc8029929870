/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocols/websocket/utf8.h"

/* Decodes and encodes again: slow, and built otherwise than utf8.c. */
static size_t
encode(uint32_t cp, unsigned char *out)
{
	unsigned n = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	unsigned i;

	for (i = n; i-- > 1; cp >>= 6)
		out[i] = (unsigned char)(0x80 | (cp & 0x3f));
	out[0] = (unsigned char)(lead[n] | cp);
	return n;
}

static bool
oracle(const unsigned char *p, size_t len)
{
	unsigned char again[4];
	size_t n, i;
	uint32_t cp;

	for (; len > 0; p += n, len -= n) {
		n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
		if (n > len || *p >= 0xf8)
			return false;
		cp = n == 1 ? *p : *p & (0x7fu >> n);
		for (i = 1; i < n; i++)
			cp = cp << 6 | (p[i] & 0x3f);
		if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff) ||
		    encode(cp, again) != n || memcmp(again, p, n) != 0)
			return false;
	}
	return true;
}

/* One block of exactly these bytes, so that a sanitizer sees a read behind. */
static bool
valid(const unsigned char *p, size_t len)
{
	char *exact = malloc(len > 0 ? len : 1);
	bool ok;

	assert_non_null(exact);
	memcpy(exact, p, len);
	ok = wm__utf8_valid(exact, len);
	free(exact);
	return ok;
}

/* In two parts, and byte by byte behind `pad` bytes of ASCII. */
static bool
valid_in_parts(const unsigned char *p, size_t len, size_t cut)
{
	struct wm__utf8 u = { 0, 0, 0 };

	return wm__utf8_feed(&u, (const char *)p, cut) &&
	    wm__utf8_feed(&u, (const char *)p + cut, len - cut) &&
	    wm__utf8_complete(&u);
}

static void
check(const unsigned char *p, size_t len)
{
	bool want = oracle(p, len);
	size_t cut;

	if (valid(p, len) != want)
		fail_msg("%02x %02x %02x %02x (%zu)", p[0], p[1], p[2], p[3],
		    len);
	for (cut = 0; cut <= len; cut++)
		assert_int_equal(valid_in_parts(p, len, cut), want);
}

static void
takes_every_character_and_no_surrogate(void **state)
{
	unsigned char text[12] = "";
	uint32_t cp;
	size_t n;

	(void)state;
	for (cp = 0; cp <= 0x10ffff; cp++) {
		n = encode(cp, text);
		assert_int_equal(wm__utf8_valid((char *)text, n),
		    cp < 0xd800 || cp > 0xdfff);
		memcpy(text + n, "abc", 3);
		assert_int_equal(wm__utf8_valid((char *)text, n + 3),
		    cp < 0xd800 || cp > 0xdfff);
	}
}

static void
judges_every_one_two_and_three_bytes(void **state)
{
	unsigned char t[8] = "";
	uint32_t i;

	(void)state;
	for (i = 0; i < 256; i++) {
		t[0] = (unsigned char)i;
		check(t, 1);
	}
	for (i = 0; i < 65536; i++) {
		t[0] = (unsigned char)(i >> 8);
		t[1] = (unsigned char)i;
		check(t, 2);
	}
	for (i = 0x800000; i < 0x1000000; i++) {
		t[0] = (unsigned char)(i >> 16);
		t[1] = (unsigned char)(i >> 8);
		t[2] = (unsigned char)i;
		t[3] = 'a';
		if (wm__utf8_valid((char *)t, 4) != oracle(t, 4) ||
		    wm__utf8_valid((char *)t, 3) != oracle(t, 3))
			fail_msg("%06x", i);
	}
}

static void
judges_four_bytes_by_their_edges(void **state)
{
	static const unsigned char edge[] = { 0x00, 0x7f, 0x80, 0x81, 0x8f,
		0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xf0, 0xff };
	unsigned char t[8] = "";
	unsigned lead, second;
	size_t a, b;

	(void)state;
	for (lead = 0xc0; lead < 256; lead++)
		for (second = 0; second < 256; second++)
			for (a = 0; a < sizeof(edge); a++)
				for (b = 0; b < sizeof(edge); b++) {
					t[0] = (unsigned char)lead;
					t[1] = (unsigned char)second;
					t[2] = edge[a];
					t[3] = edge[b];
					check(t, 4);
				}
}

static void
judges_the_corner_list(void **state)
{
	static const struct {
		const char *text;
		bool ok;
	} cases[] = {
		{ "", true },
		{ "\x7f", true },
		{ "\xc2\x80", true },
		{ "\xdf\xbf", true },
		{ "\xe0\xa0\x80", true },
		{ "\xed\x9f\xbf", true },
		{ "\xee\x80\x80", true },
		{ "\xef\xbf\xbf", true },
		{ "\xf0\x90\x80\x80", true },
		{ "\xf4\x8f\xbf\xbf", true },
		{ "\xef\xbb\xbf", true },
		{ "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5", true },
		{ "\x80", false },
		{ "\xbf", false },
		{ "\xc0\x80", false },     /* overlong NUL */
		{ "\xc1\xbf", false },     /* overlong U+7F */
		{ "\xe0\x80\xaf", false }, /* overlong slash */
		{ "\xe0\x9f\xbf", false },
		{ "\xf0\x80\x80\xaf", false },
		{ "\xf0\x8f\xbf\xbf", false },
		{ "\xed\xa0\x80", false }, /* surrogates */
		{ "\xed\xbf\xbf", false },
		{ "\xf4\x90\x80\x80", false }, /* U+110000 */
		{ "\xf5\x80\x80\x80", false },
		{ "\xf8\x88\x80\x80\x80", false },
		{ "\xfc\x84\x80\x80\x80\x80", false },
		{ "\xfe", false },
		{ "\xff", false },
		{ "\xc2", false }, /* cut at the end */
		{ "\xe2\x82", false },
		{ "\xf0\x9f\x98", false },
		{ "a\xc2", false },
		{ "\xc2\x41", false },
		{ "\xe2\x82\x41", false },
		{ "\xce\xba\xed\xa0\x80"
		  "edited",
		    false },
	};
	unsigned char text[64];
	size_t i, pad, len;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (pad = 0; pad < 40; pad++) {
			len = strlen(cases[i].text);
			memset(text, 'x', sizeof(text));
			memcpy(text + pad, cases[i].text, len);
			assert_int_equal(valid(text, pad + len), cases[i].ok);
			check(text, pad + len);
		}
}

static void
judges_random_text_as_the_oracle_does(void **state)
{
	static const char alphabet[] = "ab\x80\x9f\xa0\xbf\xc2\xe0\xe4\xed\xf0"
				       "\xf4";
	unsigned char text[24];
	uint32_t seed = 1;
	size_t len, i;
	long round;

	(void)state;
	for (round = 0; round < 200000; round++) {
		seed = seed * 1664525 + 1013904223;
		len = seed >> 28;
		for (i = 0; i < len; i++) {
			seed = seed * 1664525 + 1013904223;
			text[i] = (unsigned char)
			    alphabet[(seed >> 16) % (sizeof(alphabet) - 1)];
		}
		if (wm__utf8_valid((char *)text, len) != oracle(text, len))
			fail_msg("round %ld", round);
	}
}

static void
fails_at_the_first_wrong_byte(void **state)
{
	struct wm__utf8 u = { 0, 0, 0 };

	(void)state;
	assert_true(wm__utf8_feed(&u, "abc\xed", 4));
	assert_false(wm__utf8_complete(&u));
	assert_false(wm__utf8_feed(&u, "\xa0", 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_every_character_and_no_surrogate),
		cmocka_unit_test(judges_every_one_two_and_three_bytes),
		cmocka_unit_test(judges_four_bytes_by_their_edges),
		cmocka_unit_test(judges_the_corner_list),
		cmocka_unit_test(judges_random_text_as_the_oracle_does),
		cmocka_unit_test(fails_at_the_first_wrong_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
