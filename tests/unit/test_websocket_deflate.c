/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "tests/support/unit.h"
#include "protocols/websocket/deflate.h"

#define PLENTY ((size_t)1 << 30)

static uint32_t seed = 1;

static uint32_t
chance(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

/* Words that come again, now and then noise. */
static void
invent(struct wm_buf *b, size_t len)
{
	static const char *const words[] = { "price", "volume",
		"{\"id\":", "\"name\":\"", "euro", "},", "1234567890", " " };
	char noise;

	b->len = 0;
	while (b->len < len) {
		noise = (char)chance(256);
		if (chance(8) == 0)
			wm_buf_put(b, &noise, 1);
		else
			wm_buf_puts(b, words[chance(8)]);
	}
	b->len = len;
}

/* Fed in pieces of at most `piece` bytes. */
static int
inflate_in(struct wm__inflater *i, const struct wm_buf *in, size_t piece,
    struct wm_buf *out, size_t max)
{
	struct wm_span s;
	size_t at = 0, n;
	int r = 0;

	while (at < in->len && r == 0 && out->len < max) {
		n = in->len - at < piece ? in->len - at : piece;
		s = (struct wm_span){ in->data + at, n };
		r = wm__inflate(i, &s, out, max);
		at += n - s.len;
	}
	return r == 0 && out->len < max ? wm__inflate_end(i, out, max) : r;
}

/* ---- the examples of RFC 7692 section 7.2.3 ---- */

static void
inflate_to(const char *in, size_t len, const char *want)
{
	struct wm_buf packed = WM_BUF_INIT, out = WM_BUF_INIT;
	struct wm__inflater *i;
	size_t piece;

	wm_buf_put(&packed, in, len);
	for (piece = 1; piece <= len; piece++) {
		i = wm__inflater_take(NULL, 0);
		assert_non_null(i);
		out.len = 0;
		assert_int_equal(inflate_in(i, &packed, piece, &out, PLENTY),
		    0);
		assert_int_equal(out.len, strlen(want));
		assert_memory_equal(out.data, want, out.len);
		wm__inflater_give(&i);
		assert_null(i);
	}
	wm_buf_fini(&packed);
	wm_buf_fini(&out);
}

static void
reads_the_examples_of_the_rfc(void **state)
{
	(void)state;
	inflate_to("\xf2\x48\xcd\xc9\xc9\x07\x00", 7, "Hello");
	inflate_to("\x00\x05\x00\xfa\xff"
		   "Hello\x00",
	    11, "Hello");
	inflate_to("\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8, "Hello");
	inflate_to("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 13,
	    "Hello");
	inflate_to("\x00", 1, "");
	/* not as section 7.2.1 wants it, but clear enough */
	inflate_to("\xf3\x48\xcd\xc9\xc9\x07\x00", 7, "Hello");
}

static void
refers_to_the_message_before(void **state)
{
	static const char second[] = "\xf2\x00\x11\x00\x00";
	unsigned char window[WS_WINDOW_MAX];
	struct wm_buf out = WM_BUF_INIT;
	struct wm_span s = { second, 5 };
	struct wm__inflater *i;

	(void)state;
	i = wm__inflater_take((const unsigned char *)"Hello", 5);
	assert_non_null(i);
	assert_int_equal(wm__inflate(i, &s, &out, PLENTY), 0);
	assert_int_equal(wm__inflate_end(i, &out, PLENTY), 0);
	assert_int_equal(out.len, 5);
	assert_memory_equal(out.data, "Hello", 5);
	assert_int_equal(wm__inflater_window(i, window), 10);
	assert_memory_equal(window, "HelloHello", 10);
	wm__inflater_give(&i);
	/* without it, it refers to nothing */
	i = wm__inflater_take(NULL, 0);
	s = (struct wm_span){ second, 5 };
	assert_int_equal(wm__inflate(i, &s, &out, PLENTY), WM_E_DATA);
	wm__inflater_give(&i);
	wm_buf_fini(&out);
}

/* ---- there and back ---- */

/* Messages of all sizes through one window, with or without context. */
static void
converse(const struct wm__deflate_how *how, bool keeps)
{
	static unsigned char window[WS_WINDOW_MAX];
	struct wm__deflater *own = wm__deflater_new(how), *d;
	struct wm_buf in = WM_BUF_INIT, packed = WM_BUF_INIT, out = WM_BUF_INIT;
	struct wm__inflater *i;
	size_t n, len = 0;

	for (n = 0; n < 25; n++) {
		invent(&in, n == 24 ? 150000 : chance(n < 12 ? 40 : 9000));
		d = keeps ? own : wm__deflater_shared(how);
		packed.len = out.len = 0;
		assert_int_equal(wm__deflate(d,
				     (struct wm_span){ in.data, in.len }, true,
				     &packed),
		    0);
		assert_true(packed.len > 0);
		i = wm__inflater_take(window, keeps ? len : 0);
		assert_int_equal(inflate_in(i, &packed, 1 + chance(2000), &out,
				     PLENTY),
		    0);
		assert_int_equal(out.len, in.len);
		assert_memory_equal(out.data, in.data, in.len);
		len = wm__inflater_window(i, window);
		if (len > (size_t)1 << how->bits) { /* no more is needed */
			memmove(window, window + len - (1 << how->bits),
			    (size_t)1 << how->bits);
			len = (size_t)1 << how->bits;
		}
		wm__inflater_give(&i);
	}
	wm__deflater_free(&own);
	wm_buf_fini(&in);
	wm_buf_fini(&packed);
	wm_buf_fini(&out);
}

static void
comes_back_through_every_window_level_and_memory(void **state)
{
	static const uint8_t memories[] = { 1, 8, 9 }, levels[] = { 1, 6, 9 };
	struct wm__deflate_how how;
	unsigned m, l;

	(void)state;
	for (how.bits = 9; how.bits <= 15; how.bits++)
		for (m = 0; m < 3; m++)
			for (l = 0; l < 3; l++) {
				how.memory = memories[m];
				how.level = levels[l];
				converse(&how, true);
				converse(&how, false);
			}
}

static void
makes_the_same_of_a_message_whoever_asks(void **state)
{
	static const struct wm__deflate_how how = { 15, 6, 8 };
	struct wm_buf a = WM_BUF_INIT, b = WM_BUF_INIT;
	struct wm_span s = { "the same the same the same", 26 };

	(void)state;
	wm__deflate(wm__deflater_shared(&how), s, true, &a);
	wm__deflate(wm__deflater_shared(&how), s, true, &b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, a.len);
	wm_buf_fini(&a);
	wm_buf_fini(&b);
}

static void
ends_an_empty_message_as_the_rfc_says(void **state)
{
	static const struct wm__deflate_how how = { 15, 6, 8 };
	struct wm__deflater *d = wm__deflater_new(&how);
	struct wm_span none = { NULL, 0 }, some = { "abc", 3 };
	struct wm_buf out = WM_BUF_INIT;

	(void)state;
	assert_int_equal(wm__deflate(d, none, true, &out), 0);
	assert_int_equal(out.len, 1);
	assert_int_equal(out.data[0], 0);
	/* and a last part without anything, behind another */
	out.len = 0;
	assert_int_equal(wm__deflate(d, some, false, &out), 0);
	assert_int_equal(wm__deflate(d, none, true, &out), 0);
	inflate_to(out.data, out.len, "abc");
	wm__deflater_free(&d);
	wm_buf_fini(&out);
}

/* ---- what peers should not send ---- */

static void
stops_at_the_bound(void **state)
{
	static const struct wm__deflate_how how = { 15, 9, 9 };
	struct wm_buf in = WM_BUF_INIT, bomb = WM_BUF_INIT, out = WM_BUF_INIT;
	struct wm__inflater *i = wm__inflater_take(NULL, 0);
	size_t len = (size_t)64 << 20, max = 100000;
	struct wm_span s;

	(void)state;
	memset(wm_buf_reserve(&in, len), 'a', len);
	wm_buf_commit(&in, len);
	wm__deflate(wm__deflater_shared(&how), (struct wm_span){ in.data, len },
	    true, &bomb);
	assert_true(bomb.len < 70000);
	s = (struct wm_span){ bomb.data, bomb.len };
	assert_int_equal(wm__inflate(i, &s, &out, max), 0);
	assert_int_equal(out.len, max);
	assert_true(out.cap <= 4 * max);
	assert_true(s.len > bomb.len - 200);
	wm__inflater_give(&i);
	wm_buf_fini(&in);
	wm_buf_fini(&bomb);
	wm_buf_fini(&out);
}

/* Behind the bound, what is held back fits into the slack. */
static void
holds_back_no_more_than_the_slack(void **state)
{
	static const struct wm__deflate_how how = { 15, 9, 9 };
	struct wm_buf in = WM_BUF_INIT, packed = WM_BUF_INIT, out = WM_BUF_INIT;
	struct wm__inflater *i;
	struct wm_span s;
	size_t len = 3000000, max, most = 0;

	(void)state;
	memset(wm_buf_reserve(&in, len), 'a', len);
	wm_buf_commit(&in, len);
	wm__deflate(wm__deflater_shared(&how), (struct wm_span){ in.data, len },
	    true, &packed);
	for (max = 1000; max < 30000; max += 7) {
		i = wm__inflater_take(NULL, 0);
		out.len = 0;
		s = (struct wm_span){ packed.data, 20 };
		assert_int_equal(wm__inflate(i, &s, &out, max), 0);
		if (s.len == 0)
			assert_int_equal(wm__inflate(i, &s, &out,
					     max + WS_INFLATE_SLACK),
			    0);
		assert_true(out.len < max + WS_INFLATE_SLACK);
		if (s.len == 0 && out.len > max + most)
			most = out.len - max;
		wm__inflater_give(&i);
	}
	assert_true(most < WS_INFLATE_SLACK / 2);
	wm_buf_fini(&in);
	wm_buf_fini(&packed);
	wm_buf_fini(&out);
}

static int
outcome(const char *data, size_t len)
{
	struct wm__inflater *i = wm__inflater_take(NULL, 0);
	struct wm_buf out = WM_BUF_INIT;
	struct wm_span s = { data, len };
	int r = wm__inflate(i, &s, &out, PLENTY);

	if (r == 0)
		r = wm__inflate_end(i, &out, PLENTY);
	wm__inflater_give(&i);
	wm_buf_fini(&out);
	return r;
}

static void
tells_bad_data(void **state)
{
	static const char good[] = "\xf2\x48\xcd\xc9\xc9\x07\x00";
	size_t i;

	(void)state;
	assert_int_equal(outcome(good, 7), 0);
	for (i = 0; i < 6; i++) /* all but the last are the middle */
		assert_int_equal(outcome(good, i), WM_E_DATA);
	assert_int_equal(outcome("\x07", 1), WM_E_DATA); /* block type 3 */
	assert_int_equal(outcome("\x00\x05\x00\xfa\xfe", 5), WM_E_DATA);
	assert_int_equal(outcome("\x05\xff\xff\xff", 4), WM_E_DATA);
	assert_int_equal(outcome("\xf2\x00\x11\x00\x00", 5), WM_E_DATA);
}

static void
survives_any_bytes(void **state)
{
	char data[64];
	size_t i, n;
	int r;

	(void)state;
	for (n = 0; n < 20000; n++) {
		for (i = 0; i < sizeof(data); i++)
			data[i] = (char)chance(256);
		r = outcome(data, chance(sizeof(data)));
		assert_true(r == 0 || r == WM_E_DATA);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_examples_of_the_rfc),
		cmocka_unit_test(refers_to_the_message_before),
		cmocka_unit_test(
		    comes_back_through_every_window_level_and_memory),
		cmocka_unit_test(makes_the_same_of_a_message_whoever_asks),
		cmocka_unit_test(ends_an_empty_message_as_the_rfc_says),
		cmocka_unit_test(stops_at_the_bound),
		cmocka_unit_test(holds_back_no_more_than_the_slack),
		cmocka_unit_test(tells_bad_data),
		cmocka_unit_test(survives_any_bytes),
	};

	return UNIT_RUN(tests);
}
