/* SPDX-License-Identifier: MIT */
/*
 * What is sent compressed and in parts: read back by zlib as RFC 7692 section
 * 7.2.2 says, not by our own decompressor.
 */
#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>

#include "tests/support/unit.h"
#include "tests/support/ws_case.h"

#define OFFER "permessage-deflate"

static const struct wm_websocket_options plain = { .deflate = { .on = true,
						       .threshold = 32 } };
static const struct wm_websocket_options keeping = {
	.deflate = { .on = true, .server_takeover = true, .threshold = 32 }
};

static const char text[] = "compress me, compress me, compress me, yes";

/* ---- the client ---- */

struct frame {
	unsigned b0;
	const unsigned char *data;
	size_t len;
};

/* The frame at *at of the output; moves behind it. */
static struct frame
take_frame(struct wire *w, size_t *at)
{
	struct wm_span out = wire_output(w);
	const unsigned char *p = (const unsigned char *)out.data + *at;
	size_t header = 2, i, bytes;
	struct frame f;

	assert_true(*at + 2 <= out.len);
	f.b0 = p[0];
	f.len = p[1];
	bytes = f.len < 126 ? 0 : f.len == 126 ? 2 : 8;
	if (bytes > 0)
		f.len = 0;
	for (i = 0; i < bytes; i++)
		f.len = f.len << 8 | p[2 + i];
	header += bytes;
	f.data = p + header;
	*at += header + f.len;
	assert_true(*at <= out.len);
	return f;
}

static z_stream client;

static void
client_begin(int bits)
{
	memset(&client, 0, sizeof(client));
	assert_int_equal(inflateInit2(&client, -bits), Z_OK);
}

static size_t
client_read(const unsigned char *data, size_t len, char *out, size_t max)
{
	client.next_in = data;
	client.avail_in = (uInt)len;
	client.next_out = (Bytef *)out;
	client.avail_out = (uInt)max;
	assert_true(inflate(&client, Z_SYNC_FLUSH) >= 0 || len == 0);
	assert_int_equal(client.avail_in, 0);
	return max - client.avail_out;
}

/* Checks the message in one compressed frame, and drops it. */
static size_t
expect_packed(struct wire *w, unsigned b0, const char *data, size_t len)
{
	char *out = malloc(len + 100);
	size_t at = 0, n;
	struct frame f;

	assert_non_null(out);
	wire_turn(w);
	f = take_frame(w, &at);
	assert_int_equal(f.b0, b0 | 0x40);
	n = client_read(f.data, f.len, out, len + 100);
	n += client_read((const unsigned char *)"\0\0\xff\xff", 4, out + n,
	    len + 100 - n);
	assert_int_equal(n, len);
	assert_memory_equal(out, data, len);
	assert_int_equal(wire_output(w).len, at);
	wire_take_output(w);
	free(out);
	return f.len;
}

static void
expect_plain(struct wire *w, unsigned b0, const char *data, size_t len)
{
	size_t at = 0;
	struct frame f;

	wire_turn(w);
	f = take_frame(w, &at);
	assert_int_equal(f.b0, b0);
	assert_int_equal(f.len, len);
	assert_memory_equal(f.data, data, len);
	wire_take_output(w);
}

static int
send_part(struct wire *w, unsigned flags, const void *data, size_t len)
{
	struct wm_msg m = { .data = data,
		.len = len,
		.flags = flags | WM_WEBSOCKET_PART };

	return wm_conn_send_msg(wire_conn(w), &m);
}

/* ---- whole messages ---- */

static void
compresses_from_the_threshold_on(void **state)
{
	struct wire *w;

	(void)state;
	ws_use(&plain, OFFER);
	w = ws_open(NULL, NULL);
	client_begin(15);
	wm_conn_send(wire_conn(w), text, 31);
	expect_plain(w, 0x81, text, 31);
	wm_conn_send(wire_conn(w), text, 32);
	assert_true(expect_packed(w, 0x81, text, 32) < 32);
	inflateEnd(&client);
	wire_free(&w);
	ws_use(&plain, NULL);
	w = ws_open(NULL, NULL);
	wm_conn_send(wire_conn(w), text, 32);
	expect_plain(w, 0x81, text, 32);
	wire_free(&w);
}

static void
keeps_the_type_of_what_it_compresses(void **state)
{
	struct wm_msg m = { .data = text,
		.len = sizeof(text),
		.flags = WM_WEBSOCKET_BINARY };
	struct wire *w;

	(void)state;
	ws_use(&plain, OFFER);
	w = ws_open(NULL, NULL);
	client_begin(15);
	assert_int_equal(wm_conn_send_msg(wire_conn(w), &m), WM_SENT);
	expect_packed(w, 0x82, text, sizeof(text));
	inflateEnd(&client);
	wire_free(&w);
}

static void
sends_what_does_not_get_smaller_as_it_is(void **state)
{
	static char noise[5000];
	struct wire *w;
	uint32_t seed = 5;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(noise); i++) {
		seed = seed * 1664525 + 1013904223;
		noise[i] = (char)(seed >> 24);
	}
	ws_use(&plain, OFFER);
	w = ws_open(NULL, NULL);
	wm_conn_send(wire_conn(w), noise, sizeof(noise));
	expect_plain(w, 0x81, noise, sizeof(noise));
	wire_free(&w);
	/* but not where the next message refers to it */
	ws_use(&keeping, OFFER);
	w = ws_open(NULL, NULL);
	client_begin(15);
	wm_conn_send(wire_conn(w), noise, sizeof(noise));
	expect_packed(w, 0x81, noise, sizeof(noise));
	wm_conn_send(wire_conn(w), noise, sizeof(noise));
	assert_true(expect_packed(w, 0x81, noise, sizeof(noise)) < 100);
	inflateEnd(&client);
	wire_free(&w);
}

static void
refers_to_earlier_messages_only_where_agreed(void **state)
{
	struct wire *w;
	size_t first;

	(void)state;
	ws_use(&plain, OFFER);
	w = ws_open(NULL, NULL);
	client_begin(15);
	wm_conn_send(wire_conn(w), text, sizeof(text));
	first = expect_packed(w, 0x81, text, sizeof(text));
	inflateReset(&client); /* keeps nothing either */
	wm_conn_send(wire_conn(w), text, sizeof(text));
	assert_int_equal(expect_packed(w, 0x81, text, sizeof(text)), first);
	inflateEnd(&client);
	wire_free(&w);
	ws_use(&keeping, OFFER);
	w = ws_open(NULL, NULL);
	client_begin(15);
	wm_conn_send(wire_conn(w), text, sizeof(text));
	expect_packed(w, 0x81, text, sizeof(text));
	wm_conn_send(wire_conn(w), text, sizeof(text));
	assert_true(expect_packed(w, 0x81, text, sizeof(text)) < first / 2);
	inflateEnd(&client);
	wire_free(&w);
}

/* The client has a window of that size and no more. */
static void
stays_inside_the_window_that_was_agreed(void **state)
{
	char *data = malloc(100000), offer[80];
	struct wire *w;
	unsigned bits, i;

	(void)state;
	assert_non_null(data);
	for (i = 0; i < 100000; i++)
		data[i] = (char)('a' + i * i / 700 % 20);
	for (bits = 9; bits <= 15; bits++) {
		snprintf(offer, sizeof(offer),
		    OFFER "; server_max_window_bits=%u", bits);
		ws_use(&keeping, offer);
		w = ws_open(NULL, NULL);
		client_begin((int)bits);
		for (i = 0; i < 3; i++) {
			wm_conn_send(wire_conn(w), data, 100000);
			expect_packed(w, 0x81, data, 100000);
		}
		inflateEnd(&client);
		wire_free(&w);
	}
	free(data);
}

static void
gives_back_its_compressor_when_idle(void **state)
{
	struct wm_websocket_options o = keeping;
	struct wire *w;
	size_t at = 0;

	(void)state;
	o.ping_ms = 5000;
	ws_use(&o, OFFER);
	w = ws_open(NULL, NULL);
	client_begin(15);
	wm_conn_send(wire_conn(w), text, sizeof(text));
	expect_packed(w, 0x81, text, sizeof(text));
	wire_advance(w, 6);
	assert_int_equal(take_frame(w, &at).b0, 0x89);
	wire_take_output(w);
	/* the client, which goes on, understands one that begins afresh */
	wm_conn_send(wire_conn(w), text, sizeof(text));
	expect_packed(w, 0x81, text, sizeof(text));
	inflateEnd(&client);
	wire_free(&w);
}

/* ---- variants ---- */

static unsigned
variant_with(const struct wm_websocket_options *o, const char *offer)
{
	const struct wm_protocol *p = &wm_protocol_websocket;
	struct wire *w;
	unsigned v;

	ws_use(o, offer);
	w = ws_open(NULL, NULL);
	v = p->variant(wire_conn(w), wm_conn_state(wire_conn(w), p));
	wire_free(&w);
	return v;
}

static void
shares_encodings_where_the_bytes_are_the_same(void **state)
{
	unsigned none = variant_with(&plain, NULL);
	unsigned packed = variant_with(&plain, OFFER);
	unsigned small =
	    variant_with(&plain, OFFER "; server_max_window_bits=10");

	(void)state;
	assert_true(none != 0 && packed != 0 && small != 0);
	assert_true(none != packed && packed != small && none != small);
	assert_int_equal(variant_with(&plain,
			     OFFER "; client_max_window_bits=9"),
	    packed);
	assert_int_equal(variant_with(&keeping, OFFER), 0);
	assert_int_equal(variant_with(&keeping,
			     OFFER "; server_no_context_takeover"),
	    packed);
}

/* ---- parts ---- */

static void
sends_a_message_in_parts(void **state)
{
	struct wire *w;
	size_t at = 0;
	struct frame f;

	(void)state;
	ws_use(&plain, NULL);
	w = ws_open(NULL, NULL);
	assert_int_equal(send_part(w, WM_MSG_FIRST, "one ", 4), WM_SENT);
	assert_int_equal(wm_websocket_ping(wire_conn(w), "p", 1), WM_SENT);
	assert_int_equal(send_part(w, 0, "two ", 4), WM_SENT);
	assert_int_equal(send_part(w, WM_MSG_LAST, "three", 5), WM_SENT);
	assert_int_equal(send_part(w, WM_MSG_WHOLE | WM_WEBSOCKET_BINARY, "x",
			     1),
	    WM_SENT);
	wire_turn(w);
	f = take_frame(w, &at);
	assert_int_equal(f.b0, 0x01);
	assert_memory_equal(f.data, "one ", 4);
	assert_int_equal(take_frame(w, &at).b0, 0x89);
	assert_int_equal(take_frame(w, &at).b0, 0x00);
	f = take_frame(w, &at);
	assert_int_equal(f.b0, 0x80);
	assert_memory_equal(f.data, "three", 5);
	assert_int_equal(take_frame(w, &at).b0, 0x82);
	assert_int_equal(wire_output(w).len, at);
	wire_free(&w);
}

static void
lets_nothing_between_the_parts(void **state)
{
	const struct wm_protocol *p = &wm_protocol_websocket;
	struct wire *w;

	(void)state;
	ws_use(&plain, NULL);
	w = ws_open(NULL, NULL);
	assert_int_equal(send_part(w, 0, "x", 1), WM_E_INVALID);
	assert_int_equal(send_part(w, WM_MSG_LAST, "x", 1), WM_E_INVALID);
	assert_int_equal(send_part(w, WM_MSG_FIRST, "x", 1), WM_SENT);
	assert_int_equal(send_part(w, WM_MSG_FIRST, "x", 1), WM_E_INVALID);
	assert_int_equal(send_part(w, WM_MSG_WHOLE, "x", 1), WM_E_INVALID);
	assert_int_equal(wm_conn_send(wire_conn(w), "x", 1), WM_E_BUSY);
	assert_int_equal(p->variant(wire_conn(w),
			     wm_conn_state(wire_conn(w), p)),
	    0);
	assert_int_equal(send_part(w, WM_MSG_LAST, "x", 1), WM_SENT);
	assert_int_equal(wm_conn_send(wire_conn(w), "x", 1), WM_SENT);
	wm_conn_close(wire_conn(w));
	assert_int_equal(send_part(w, WM_MSG_FIRST, "x", 1), WM_E_CLOSED);
	wire_free(&w);
}

/* Each part can be read when it comes; the last one may be empty. */
static void
compress_in_parts(const struct wm_websocket_options *o, const char *last)
{
	static const char *const parts[] = { "a part that goes on, ", "",
		"and on, ", "a part that goes on, " };
	struct wire *w;
	char out[200];
	size_t i, n, at;
	struct frame f;

	ws_use(o, OFFER);
	w = ws_open(NULL, NULL);
	client_begin(15);
	for (i = 0; i < 8; i++) {
		at = 0;
		send_part(w,
		    WM_WEBSOCKET_BINARY | (i % 4 == 0 ? WM_MSG_FIRST : 0),
		    parts[i % 4], strlen(parts[i % 4]));
		wire_turn(w);
		f = take_frame(w, &at);
		assert_int_equal(f.b0, i % 4 == 0 ? 0x42 : 0x00);
		n = client_read(f.data, f.len, out, sizeof(out));
		assert_int_equal(n, strlen(parts[i % 4]));
		assert_memory_equal(out, parts[i % 4], n);
		wire_take_output(w);
		if (i % 4 != 3)
			continue;
		at = 0;
		send_part(w, WM_MSG_LAST, last, strlen(last));
		wire_turn(w);
		f = take_frame(w, &at);
		assert_int_equal(f.b0, 0x80);
		n = client_read(f.data, f.len, out, sizeof(out));
		n += client_read((const unsigned char *)"\0\0\xff\xff", 4,
		    out + n, sizeof(out) - n);
		assert_int_equal(n, strlen(last));
		assert_memory_equal(out, last, n);
		wire_take_output(w);
	}
	inflateEnd(&client);
	wire_free(&w);
}

static void
compresses_messages_in_parts(void **state)
{
	(void)state;
	compress_in_parts(&plain, "the end");
	compress_in_parts(&plain, "");
	compress_in_parts(&keeping, "the end");
	compress_in_parts(&keeping, "");
}

static void
pass_on(struct wm_conn *c, const struct wm_msg *m)
{
	assert_int_equal(wm_conn_send_msg(c, m), WM_SENT);
}

static void
sends_back_the_parts_that_it_gets(void **state)
{
	static const struct wm_websocket_options o = { .part = 16384 };
	static const struct wm_handlers h = { .on_message = pass_on };
	static const unsigned firsts[] = { 0x02, 0x00, 0x80 };
	static char data[40000];
	struct wm_buf b = WM_BUF_INIT;
	struct wire *w;
	struct frame f;
	size_t at = 0, i;

	(void)state;
	ws_use(&o, NULL);
	memset(data, 0xee, sizeof(data));
	ws_put(&b, 0x82, data, sizeof(data));
	w = ws_open(NULL, &h);
	ws_feed(w, b.data, b.len);
	for (i = 0; i < 3; i++) {
		f = take_frame(w, &at);
		assert_int_equal(f.b0, firsts[i]);
		assert_int_equal(f.len, i < 2 ? 16384 : 40000 - 2 * 16384);
	}
	wm_buf_fini(&b);
	wire_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compresses_from_the_threshold_on),
		cmocka_unit_test(keeps_the_type_of_what_it_compresses),
		cmocka_unit_test(sends_what_does_not_get_smaller_as_it_is),
		cmocka_unit_test(refers_to_earlier_messages_only_where_agreed),
		cmocka_unit_test(stays_inside_the_window_that_was_agreed),
		cmocka_unit_test(gives_back_its_compressor_when_idle),
		cmocka_unit_test(shares_encodings_where_the_bytes_are_the_same),
		cmocka_unit_test(sends_a_message_in_parts),
		cmocka_unit_test(lets_nothing_between_the_parts),
		cmocka_unit_test(compresses_messages_in_parts),
		cmocka_unit_test(sends_back_the_parts_that_it_gets),
	};

	return UNIT_RUN(tests);
}
