/* SPDX-License-Identifier: MIT */
/*
 * Messages whose payload is taken as it arrives: compressed ones (RFC 7692)
 * and those that are delivered in parts.
 */
#include <stdint.h>
#include <stdlib.h>

#include "protocols/websocket/deflate.h"
#include "tests/support/unit.h"
#include "tests/support/ws_case.h"

#define OFFER        "permessage-deflate"
#define BAD_PROTOCOL "closed protocol 1006 \nsent 88 02 03 ea\n"
#define BAD_DATA     "closed data 1006 \nsent 88 02 03 ef\n"
#define TOO_BIG      "closed too-big 1006 \nsent 88 02 03 f1\n"
#define TOO_MANY     "closed policy 1006 \nsent 88 02 03 f0\n"

static const struct wm_websocket_options plain = { .deflate.on = true };
static const struct wm_websocket_options keeping = {
	.deflate = { .on = true, .client_takeover = true }
};
static const struct wm_websocket_options streaming = { .deflate.on = true,
	.part = 16384 };

/* A compressed message in one frame. */
static void
put_packed(struct wm_buf *b, unsigned b0, const void *data, size_t len)
{
	struct wm_buf packed = WM_BUF_INIT;

	ws_pack(&packed, data, len);
	ws_put(b, b0 | 0x40, packed.data, packed.len);
	wm_buf_fini(&packed);
}

/* A compressed piece of a message that goes on. */
static void
pack_middle(struct wm_buf *b, const void *data, size_t len)
{
	static const struct wm__deflate_how how = { 15, 6, 8 };

	assert_int_equal(wm__deflate(wm__deflater_shared(&how),
			     (struct wm_span){ data, len }, false, b),
	    0);
}

static void
delivers_compressed_text_and_binary(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_use(&plain, OFFER);
	put_packed(&b, 0x81, "hello hello hello", 17);
	put_packed(&b, 0x82, "\xff\x00\xff", 3);
	put_packed(&b, 0x81, "", 0);
	ws_put(&b, 0x81, "as it is", 8);
	put_packed(&b, 0x81, "and again", 9);
	ws_check(&b, NULL,
	    "text[17] hello hello hello\nbinary[3] ff 00 ff\ntext[0] \n"
	    "text[8] as it is\ntext[9] and again\nopen\n");
}

static void
delivers_the_examples_of_the_rfc(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_use(&plain, OFFER);
	ws_put(&b, 0xc1, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7);
	ws_put(&b, 0x41, "\xf2\x48\xcd", 3);
	ws_put(&b, 0x80, "\xc9\xc9\x07\x00", 4);
	ws_put(&b, 0xc1,
	    "\x00\x05\x00\xfa\xff"
	    "Hello\x00",
	    11);
	ws_put(&b, 0xc1, "\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8);
	ws_put(&b, 0xc1, "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00",
	    13);
	ws_check(&b, NULL,
	    "text[5] Hello\ntext[5] Hello\ntext[5] Hello\n"
	    "text[5] Hello\ntext[5] Hello\nopen\n");
}

static void
lets_control_frames_between_compressed_fragments(void **state)
{
	struct wm_buf b = WM_BUF_INIT, packed = WM_BUF_INIT;

	(void)state;
	ws_use(&plain, OFFER);
	ws_pack(&packed, "abcabcabcabc \xe2\x82\xac", 16);
	ws_put(&b, 0x41, packed.data, 1);
	ws_put(&b, 0x89, "ping", 4);
	ws_put(&b, 0x00, "", 0);
	ws_put(&b, 0x00, packed.data + 1, 3);
	ws_put(&b, 0x8a, "pong", 4);
	ws_put(&b, 0x80, packed.data + 4, packed.len - 4);
	ws_check(&b, NULL,
	    "text[16] 61 62 63 61 62 63 61 62 63 61 62 63 20 e2 82 ac\n"
	    "sent 8a 04 70 69 6e 67\nopen\n");
	wm_buf_fini(&packed);
}

static void
wants_rsv1_on_the_first_frame_alone(void **state)
{
	static const unsigned bad[] = { 0xc0, 0xc8, 0xc9, 0xca, 0xa1, 0x91,
		0xe1, 0xd2, 0xf1, 0x20, 0x10 };
	struct wm_buf b = WM_BUF_INIT;
	unsigned i;

	(void)state;
	ws_use(&plain, OFFER);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ws_put(&b, bad[i], "", 0);
		ws_check(&b, NULL, BAD_PROTOCOL);
	}
	ws_put(&b, 0x41, "\xf2\x48\xcd", 3);
	ws_put(&b, 0xc0, "\xc9\xc9\x07\x00", 4);
	ws_check(&b, NULL, BAD_PROTOCOL);
	ws_put(&b, 0x41, "\xf2\x48\xcd", 3);
	ws_put(&b, 0xc1, "\xc9\xc9\x07\x00", 4);
	ws_check(&b, NULL, BAD_PROTOCOL);
	ws_use(&plain, NULL);
	ws_put(&b, 0xc1, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7);
	ws_check(&b, NULL, BAD_PROTOCOL);
}

static void
refuses_what_is_not_compressed_as_it_says(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_use(&plain, OFFER);
	ws_put(&b, 0xc1, "\x07rest", 5);
	ws_check(&b, NULL, BAD_DATA);
	ws_put(&b, 0xc2, "", 0);
	ws_check(&b, NULL, BAD_DATA);
	ws_put(&b, 0xc1, "\xf2\x48\xcd\xc9\xc9\x07", 6);
	ws_check(&b, NULL, BAD_DATA);
	ws_put(&b, 0xc1, "\xf2\x00\x11\x00\x00", 5); /* refers to nothing */
	ws_check(&b, NULL, BAD_DATA);
	put_packed(&b, 0x81, "\xe2\x82", 2);
	ws_check(&b, NULL, BAD_DATA);
	put_packed(&b, 0x81, "abc\xff", 4);
	ws_check(&b, NULL, BAD_DATA);
	put_packed(&b, 0x82, "abc\xff", 4);
	ws_check(&b, NULL, "binary[4] 61 62 63 ff\nopen\n");
}

/* Both sides of limits.message, compressible or not. */
static void
limits_what_comes_out(void **state)
{
	static const struct wm_limits limits = { .message = 5000 };
	static char same[5001], noise[5001];
	struct wm_buf b = WM_BUF_INIT;
	uint32_t seed = 3;
	size_t i;

	(void)state;
	ws_use(&plain, OFFER);
	memset(same, 'x', sizeof(same));
	for (i = 0; i < sizeof(noise); i++) {
		seed = seed * 1664525 + 1013904223;
		noise[i] = (char)(seed >> 24);
	}
	put_packed(&b, 0x82, same, 5000);
	ws_check(&b, &limits, "binary[5000] #616035e5\nopen\n");
	put_packed(&b, 0x82, same, 5001);
	ws_check(&b, &limits, TOO_BIG);
	put_packed(&b, 0x82, noise, 5000);
	assert_true(b.len > 5000 + 8);
	assert_null(strstr(ws_play(&b, &limits, b.len, b.len), "closed"));
	wm_buf_fini(&b);
	put_packed(&b, 0x82, noise, 5001);
	ws_check(&b, &limits, TOO_BIG);
}

static void
takes_a_limit_that_is_none(void **state)
{
	static const struct wm_limits limits = { .message = SIZE_MAX };
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_use(&plain, OFFER);
	put_packed(&b, 0x81, "packed", 6);
	ws_put(&b, 0x01, "pla", 3);
	ws_put(&b, 0x80, "in", 2);
	ws_check(&b, &limits, "text[6] packed\ntext[5] plain\nopen\n");
}

static void
ends_a_bomb_before_it_costs_memory(void **state)
{
	static char data[1 << 20];
	struct wm_limits limits = { .message = 1 << 20 };
	struct wm_buf b = WM_BUF_INIT, packed = WM_BUF_INIT;
	struct wire *w;
	unsigned i;

	(void)state;
	ws_use(&plain, OFFER);
	pack_middle(&packed, data, sizeof(data));
	ws_put(&b, 0x42, packed.data, packed.len);
	for (i = 0; i < 1000; i++)
		ws_put(&b, 0x00, packed.data, packed.len);
	w = ws_open(&limits, &ws_scribe);
	for (i = 0; !wire_is_closed(w); i++)
		ws_feed(w, b.data + (size_t)i * 100, 100);
	/* over the limit with the second megabyte's beginning */
	assert_true(i < 2 * packed.len / 100);
	assert_int_equal(wire_reason(w), WM_CLOSE_TOO_BIG);
	wire_free(&w);
	wm_buf_fini(&b);
	wm_buf_fini(&packed);
}

/* Blocks without content, so that nothing comes of any number of them. */
static void
ends_a_message_that_never_gets_anywhere(void **state)
{
	static const char empty[] = "\x00\x00\x00\xff\xff";
	static const struct wm_limits limits = { .message = 1000 };
	struct wm_buf b = WM_BUF_INIT;
	unsigned i;

	(void)state;
	ws_use(&plain, OFFER);
	ws_put(&b, 0x42, empty, 5);
	for (i = 0; i < 428; i++)
		ws_put(&b, 0x00, empty, 5);
	assert_string_equal(ws_play(&b, &limits, b.len, b.len), "open\n");
	ws_put(&b, 0x00, empty, 5);
	assert_string_equal(ws_play(&b, &limits, b.len, b.len), TOO_BIG);
	wm_buf_fini(&b);
	/* said in advance, it is refused at once */
	wm_buf_put(&b, "\xc2\xfe\x10\x00", 4);
	ws_check(&b, &limits, TOO_BIG);
}

static void
limits_compressed_fragments(void **state)
{
	static const struct wm_limits limits = { .fragments = 3 };
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_use(&plain, OFFER);
	ws_put(&b, 0x41, "\xf2\x48\xcd", 3);
	ws_put(&b, 0x00, "", 0);
	ws_put(&b, 0x80, "\xc9\xc9\x07\x00", 4);
	ws_check(&b, &limits, "text[5] Hello\nopen\n");
	ws_put(&b, 0x41, "\xf2\x48\xcd", 3);
	ws_put(&b, 0x00, "", 0);
	ws_put(&b, 0x00, "", 0);
	ws_put(&b, 0x80, "\xc9\xc9\x07\x00", 4);
	ws_check(&b, &limits, TOO_MANY);
}

/* ---- context ---- */

static void
refers_to_earlier_messages_where_that_was_agreed(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_use(&keeping, OFFER);
	ws_put(&b, 0xc1, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7);
	ws_put(&b, 0x81, "plain", 5); /* no part of the context */
	ws_put(&b, 0xc1, "\xf2\x00\x11\x00\x00", 5);
	ws_put(&b, 0x41, "\xf2\x00", 2);
	ws_put(&b, 0x80, "\x11\x00\x00", 3);
	ws_check(&b, NULL,
	    "text[5] Hello\ntext[5] plain\ntext[5] Hello\n"
	    "text[5] Hello\nopen\n");
	ws_use(&plain, OFFER);
	ws_put(&b, 0xc1, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7);
	ws_put(&b, 0xc1, "\xf2\x00\x11\x00\x00", 5);
	ws_check(&b, NULL, "text[5] Hello\n" BAD_DATA);
}

static void
keeps_a_window_of_each_size(void **state)
{
	struct wm__deflate_how how = { 0, 6, 8 };
	struct wm_buf b = WM_BUF_INIT, packed = WM_BUF_INIT;
	struct wm__deflater *d;
	char offer[80], text[900];
	unsigned i;

	(void)state;
	for (how.bits = 9; how.bits <= 15; how.bits++) {
		snprintf(offer, sizeof(offer),
		    OFFER "; client_max_window_bits=%u", how.bits);
		ws_use(&keeping, offer);
		d = wm__deflater_new(&how);
		for (i = 0; i < 60; i++) {
			memset(text, 'a' + (int)(i % 26), sizeof(text));
			snprintf(text, sizeof(text), "number %u of many", i);
			packed.len = 0;
			wm__deflate(d, (struct wm_span){ text, sizeof(text) },
			    true, &packed);
			ws_put(&b, 0xc2, packed.data, packed.len);
		}
		assert_null(strstr(ws_play(&b, NULL, b.len, b.len), "closed"));
		wm__deflater_free(&d);
		b.len = 0;
	}
	wm_buf_fini(&b);
	wm_buf_fini(&packed);
}

/* ---- parts ---- */

/* Plain and compressed; in one frame and in several. */
static void
play_parts(size_t len, const char *expected)
{
	char *data = malloc(len + 1);
	struct wm_buf b = WM_BUF_INIT;
	size_t i;

	assert_non_null(data);
	for (i = 0; i < len; i++)
		data[i] = (char)('a' + i * i / 7 % 26);
	ws_put(&b, 0x81, data, len);
	ws_check(&b, NULL, expected);
	put_packed(&b, 0x81, data, len);
	ws_check(&b, NULL, expected);
	ws_put(&b, 0x01, data, len / 3);
	ws_put(&b, 0x00, data + len / 3, len / 3);
	ws_put(&b, 0x80, data + len / 3 * 2, len - len / 3 * 2);
	ws_check(&b, NULL, expected);
	free(data);
}

static void
cuts_long_messages_into_parts(void **state)
{
	(void)state;
	ws_use(&streaming, OFFER);
	play_parts(0, "text[0] \nopen\n");
	play_parts(16383, "text[16383] #6fcd7396\nopen\n");
	play_parts(16385, "text[16385] (2) #476f72ed\nopen\n");
	play_parts(32769, "text[32769] (3) #21f30969\nopen\n");
	play_parts(100000, "text[100000] (7) #0b02a160\nopen\n");
}

static void
checks_text_across_parts(void **state)
{
	static char text[20000];
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_use(&streaming, OFFER);
	memset(text, 'a', sizeof(text));
	memcpy(text + 16383, "\xe2\x82\xac", 3);
	ws_put(&b, 0x81, text, sizeof(text));
	ws_check(&b, NULL, "text[20000] (2) #523fa9fc\nopen\n");
	text[16385] = 'x';
	ws_put(&b, 0x81, text, sizeof(text));
	ws_check(&b, NULL, BAD_DATA);
	put_packed(&b, 0x81, text, sizeof(text));
	ws_check(&b, NULL, BAD_DATA);
}

static size_t heard;
static size_t longest;

static void
hear(struct wm_conn *c, const struct wm_msg *m)
{
	(void)c;
	heard += m->len;
	if (m->len > longest)
		longest = m->len;
}

/* 100 MB through limits.message of 64 KiB. */
static void
takes_a_message_without_end_in_constant_memory(void **state)
{
	static const struct wm_limits limits = { .message = 65536,
		.fragments = 5 };
	static const struct wm_handlers h = { .on_message = hear };
	static char data[100000];
	struct wm_buf b = WM_BUF_INIT, packed = WM_BUF_INIT;
	struct wire *w;
	unsigned i, b0;

	(void)state;
	ws_use(&streaming, OFFER);
	pack_middle(&packed, data, sizeof(data));
	for (b0 = 0x02; b0 <= 0x42; b0 += 0x40) {
		heard = longest = 0;
		w = ws_open(&limits, &h);
		for (i = 0; i < 1000; i++) {
			b.len = 0;
			ws_put(&b, i == 0 ? b0 : 0x00,
			    b0 == 0x02 ? data : packed.data,
			    b0 == 0x02 ? sizeof(data) : packed.len);
			ws_feed(w, b.data, b.len);
			wire_take_messages(w);
			assert_int_equal(wire_unread(w), 0);
		}
		assert_true(heard > (size_t)1000 * sizeof(data) - 16384);
		assert_true(longest <= 16384);
		assert_false(wire_is_closed(w));
		wire_free(&w);
	}
	wm_buf_fini(&b);
	wm_buf_fini(&packed);
}

static void
counts_empty_fragments_of_a_long_message(void **state)
{
	static const struct wm_limits limits = { .fragments = 4 };
	struct wm_buf b = WM_BUF_INIT;
	unsigned i;

	(void)state;
	ws_use(&streaming, OFFER);
	ws_put(&b, 0x01, "a", 1);
	for (i = 0; i < 20; i++)
		ws_put(&b, 0x00, "b", 1);
	ws_put(&b, 0x80, "c", 1);
	ws_check(&b, &limits, "text[22] abbbbbbbbbbbbbbbbbbbbc\nopen\n");
	ws_put(&b, 0x01, "", 0);
	for (i = 0; i < 4; i++)
		ws_put(&b, 0x00, "", 0);
	ws_check(&b, &limits, TOO_MANY);
}

/* A part larger than what may be delivered at all is no part. */
static void
keeps_messages_whole_where_they_are_small_anyway(void **state)
{
	static const struct wm_limits limits = { .message = 20000 };
	static char data[20001];
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_use(&streaming, OFFER);
	memset(data, 'd', sizeof(data));
	ws_put(&b, 0x81, data, 20000);
	ws_check(&b, &limits, "text[20000] #1ef39cc5\nopen\n");
	ws_put(&b, 0x81, data, 20001);
	ws_check(&b, &limits, TOO_BIG);
}

/* ---- ends in the middle ---- */

static void
close_at_once(struct wm_conn *c, const struct wm_msg *m)
{
	(void)m;
	assert_int_equal(wm_websocket_close(c, 1000, NULL), 0);
}

static void
drops_the_rest_of_a_message_after_its_own_close(void **state)
{
	static const struct wm_handlers h = { .on_message = close_at_once };
	static char data[200000];
	struct wm_buf b = WM_BUF_INIT;
	struct wire *w;
	size_t i;

	(void)state;
	ws_use(&streaming, OFFER);
	for (i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7 + i / 251);
	for (unsigned b0 = 0x82; b0 <= 0xc2; b0 += 0x40) {
		w = ws_open(NULL, &h);
		b.len = 0;
		if (b0 == 0x82)
			ws_put(&b, b0, data, sizeof(data));
		else
			put_packed(&b, 0x82, data, sizeof(data));
		ws_put(&b, 0x89, "ping", 4);
		for (i = 0; i < b.len; i += 999)
			ws_feed(w, b.data + i,
			    b.len - i < 999 ? b.len - i : 999);
		assert_int_equal(wire_messages(w), 1);
		assert_false(wire_is_closed(w));
		b.len = 0;
		ws_put(&b, 0x88, "\x03\xe8", 2);
		ws_feed(w, b.data, b.len);
		assert_true(wire_is_closed(w));
		assert_int_equal(wire_reason(w), WM_CLOSE_APPLICATION);
		assert_int_equal(wire_output(w).len, 4);
		wire_free(&w);
	}
	wm_buf_fini(&b);
}

static void
leaves_nothing_behind_when_the_peer_goes(void **state)
{
	struct wm_buf b = WM_BUF_INIT;
	struct wire *w;

	(void)state;
	ws_use(&keeping, OFFER);
	ws_put(&b, 0xc1, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7);
	ws_put(&b, 0x41, "\xf2\x48\xcd", 3);
	w = ws_open(NULL, &ws_scribe);
	ws_feed(w, b.data, b.len - 1);
	wire_eof(w);
	wire_turn(w);
	assert_true(wire_is_closed(w));
	wire_free(&w);
	wm_buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delivers_compressed_text_and_binary),
		cmocka_unit_test(delivers_the_examples_of_the_rfc),
		cmocka_unit_test(
		    lets_control_frames_between_compressed_fragments),
		cmocka_unit_test(wants_rsv1_on_the_first_frame_alone),
		cmocka_unit_test(refuses_what_is_not_compressed_as_it_says),
		cmocka_unit_test(limits_what_comes_out),
		cmocka_unit_test(takes_a_limit_that_is_none),
		cmocka_unit_test(ends_a_bomb_before_it_costs_memory),
		cmocka_unit_test(ends_a_message_that_never_gets_anywhere),
		cmocka_unit_test(limits_compressed_fragments),
		cmocka_unit_test(
		    refers_to_earlier_messages_where_that_was_agreed),
		cmocka_unit_test(keeps_a_window_of_each_size),
		cmocka_unit_test(cuts_long_messages_into_parts),
		cmocka_unit_test(checks_text_across_parts),
		cmocka_unit_test(
		    takes_a_message_without_end_in_constant_memory),
		cmocka_unit_test(counts_empty_fragments_of_a_long_message),
		cmocka_unit_test(
		    keeps_messages_whole_where_they_are_small_anyway),
		cmocka_unit_test(
		    drops_the_rest_of_a_message_after_its_own_close),
		cmocka_unit_test(leaves_nothing_behind_when_the_peer_goes),
	};

	return UNIT_RUN(tests);
}
