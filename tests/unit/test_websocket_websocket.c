/* SPDX-License-Identifier: MIT */
#include "tests/support/unit.h"
#include "tests/support/ws_case.h"

#define BAD_PROTOCOL "closed protocol 1006 \nsent 88 02 03 ea\n"
#define BAD_DATA     "closed data 1006 \nsent 88 02 03 ef\n"
#define TOO_BIG      "closed too-big 1006 \nsent 88 02 03 f1\n"

static void
check_bytes(const void *bytes, size_t len, const char *expected)
{
	struct wm_buf b = WM_BUF_INIT;

	wm_buf_put(&b, bytes, len);
	ws_check(&b, NULL, expected);
}

static void
check_frame(unsigned b0, const void *data, size_t len, const char *expected)
{
	struct wm_buf b = WM_BUF_INIT;

	ws_put(&b, b0, data, len);
	ws_check(&b, NULL, expected);
}

static void
delivers_text_and_binary(void **state)
{
	(void)state;
	check_frame(0x81, "hello", 5, "text[5] hello\nopen\n");
	check_frame(0x82, "hello", 5, "binary[5] hello\nopen\n");
	check_frame(0x81, "", 0, "text[0] \nopen\n");
	check_frame(0x82, "", 0, "binary[0] \nopen\n");
}

static void
delivers_messages_that_arrive_together(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_put(&b, 0x81, "one", 3);
	ws_put(&b, 0x82, "two", 3);
	ws_put(&b, 0x81, "", 0);
	ws_put(&b, 0x81, "three", 5);
	ws_check(&b, NULL,
	    "text[3] one\nbinary[3] two\ntext[0] \n"
	    "text[5] three\nopen\n");
}

static uint32_t
hash(const char *data, size_t len)
{
	uint32_t h = 2166136261u;
	size_t i;

	for (i = 0; i < len; i++)
		h = (h ^ (unsigned char)data[i]) * 16777619u;
	return h;
}

/* What has to come of one frame of `len` letters, alone. */
static void
expect_alone(unsigned b0, const char *data, size_t len, char *to, size_t size)
{
	unsigned op = b0 & 15;
	bool fin = (b0 & 0x80) != 0;
	size_t i, n;

	if ((b0 & 0x70) != 0 || op == 0 || (op > 2 && op < 8) || op > 10 ||
	    (op >= 8 && (!fin || len > 125)))
		snprintf(to, size, BAD_PROTOCOL);
	else if (op == 8 && len == 0)
		snprintf(to, size, "closed peer 1005 \nsent 88 00\n");
	else if (op == 8) /* "aa" is no code */
		snprintf(to, size, BAD_PROTOCOL);
	else if (op == 9) {
		n = (size_t)snprintf(to, size, "sent 8a %02x", (unsigned)len);
		for (i = 0; i < len; i++)
			n += (size_t)snprintf(to + n, size - n, " %02x",
			    (unsigned char)data[i]);
		snprintf(to + n, size - n, "\nopen\n");
	} else if (op == 10 || !fin)
		snprintf(to, size, "open\n");
	else if (len == 0)
		snprintf(to, size, "%s[0] \nopen\n",
		    op == 1 ? "text" : "binary");
	else
		snprintf(to, size, "%s[%zu] #%08x\nopen\n",
		    op == 1 ? "text" : "binary", len, hash(data, len));
}

static void
judges_every_opcode_fin_rsv_and_size(void **state)
{
	static const size_t sizes[] = { 0, 125, 126, 127, 65535, 65536 };
	static char data[65536], expected[1024];
	struct wm_buf b;
	unsigned b0;
	size_t i, cut;

	(void)state;
	memset(data, 'a', sizeof(data));
	for (b0 = 0; b0 < 256; b0++)
		for (i = 0; i < 6; i++) {
			b = (struct wm_buf)WM_BUF_INIT;
			ws_put(&b, b0, data, sizes[i]);
			expect_alone(b0, data, sizes[i], expected,
			    sizeof(expected));
			if (b.len < 140) {
				ws_check(&b, NULL, expected);
				continue;
			}
			for (cut = 0; cut < 20; cut++)
				assert_string_equal(ws_play(&b, NULL, cut,
							b.len - 1),
				    expected);
			wm_buf_fini(&b);
		}
}

static void
refuses_a_frame_without_mask(void **state)
{
	(void)state;
	check_bytes("\x81\x05hello", 7, BAD_PROTOCOL);
	check_bytes("\x89\x00", 2, BAD_PROTOCOL);
	check_bytes("\x88\x02\x03\xe8", 4, BAD_PROTOCOL);
}

static void
refuses_lengths_that_are_not_minimal(void **state)
{
	(void)state;
	check_bytes("\x81\xfe\x00\x7d"
		    "1234",
	    8, BAD_PROTOCOL);
	check_bytes("\x81\xff\0\0\0\0\0\0\0\x05"
		    "1234",
	    14, BAD_PROTOCOL);
	check_bytes("\x81\xff\0\0\0\0\0\0\xff\xff"
		    "1234",
	    14, BAD_PROTOCOL);
}

static void
refuses_a_length_of_2_to_the_63_before_any_payload(void **state)
{
	(void)state;
	check_bytes("\x82\xff\x80\0\0\0\0\0\0\0", 10, BAD_PROTOCOL);
	check_bytes("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10,
	    BAD_PROTOCOL);
	check_bytes("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 10, TOO_BIG);
}

static void
refuses_what_is_announced_too_big(void **state)
{
	static const struct wm_limits limits = { .message = 1000 };
	struct wm_buf b = WM_BUF_INIT;
	static char data[1001];

	(void)state;
	memset(data, 'a', sizeof(data));
	ws_put(&b, 0x82, data, 1000);
	ws_put(&b, 0x82, data, 1001);
	b.len -= 1001 + 4;
	ws_check(&b, &limits, "binary[1000] #1dd9658d\n" TOO_BIG);
}

static void
takes_control_frames_whatever_the_message_limit(void **state)
{
	static const struct wm_limits limits = { .message = 1 };
	struct wm_buf b = WM_BUF_INIT;
	char data[125];

	(void)state;
	memset(data, 'a', sizeof(data));
	ws_put(&b, 0x8a, data, sizeof(data));
	ws_put(&b, 0x81, "a", 1);
	ws_check(&b, &limits, "text[1] a\nopen\n");
}

static void
refuses_text_that_is_not_utf8(void **state)
{
	char text[80];

	(void)state;
	check_frame(0x81, "\xce\xba\xe1\xbd\xb9", 5,
	    "text[5] ce ba e1 bd b9\nopen\n");
	check_frame(0x81, "\xed\xa0\x80", 3, BAD_DATA);
	check_frame(0x81, "abc\xe2\x82", 5, BAD_DATA);
	check_frame(0x81, "\xf4\x90\x80\x80", 4, BAD_DATA);
	check_frame(0x82, "\xed\xa0\x80", 3, "binary[3] ed a0 80\nopen\n");
	memset(text, 'a', sizeof(text));
	text[79] = (char)0xff;
	check_frame(0x81, text, 80, BAD_DATA);
}

static void
ignores_everything_behind_an_error(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_put(&b, 0x81, "a", 1);
	ws_put(&b, 0xc1, "b", 1);
	ws_put(&b, 0x81, "c", 1);
	ws_put(&b, 0x88, "\x03\xe8", 2);
	ws_check(&b, NULL, "text[1] a\n" BAD_PROTOCOL);
}

static void
closes_quietly_when_the_peer_just_leaves(void **state)
{
	static const struct wm_limits limits = { 0 };
	struct wire *w;
	size_t len;

	(void)state;
	for (len = 0; len < 8; len++) {
		w = ws_open(&limits, &ws_scribe);
		ws_feed(w,
		    "\x81\x85"
		    "1234"
		    "x",
		    len);
		wire_eof(w);
		wire_turn(w);
		assert_true(wire_is_closed(w));
		assert_int_equal(wire_reason(w), WM_CLOSE_PEER);
		assert_int_equal(wire_output(w).len, 0);
		wire_free(&w);
	}
}

/* ---- what is sent ---- */

static void
sends_text_unless_told_otherwise(void **state)
{
	struct wire *w = ws_open(NULL, &ws_scribe);
	struct wm_msg m = { .data = "abc", .len = 3 };

	(void)state;
	assert_int_equal(wm_conn_send(wire_conn(w), "abc", 3), WM_SENT);
	assert_int_equal(wm_conn_send(wire_conn(w), NULL, 0), WM_SENT);
	m.flags = WM_WEBSOCKET_BINARY;
	assert_int_equal(wm_conn_send_msg(wire_conn(w), &m), WM_SENT);
	m.flags = WM_WEBSOCKET_TEXT | WM_MSG_WHOLE;
	assert_int_equal(wm_conn_send_msg(wire_conn(w), &m), WM_SENT);
	wire_turn(w);
	assert_int_equal(wire_output(w).len, 17);
	assert_memory_equal(wire_output(w).data,
	    "\x81\x03"
	    "abc"
	    "\x81\x00"
	    "\x82\x03"
	    "abc"
	    "\x81\x03"
	    "abc",
	    17);
	wire_free(&w);
}

static void
sends_long_messages_in_one_frame(void **state)
{
	struct wire *w = ws_open(NULL, &ws_scribe);
	struct wm_span out;
	char *data = calloc(1, 70000);

	(void)state;
	assert_non_null(data);
	wm_conn_send(wire_conn(w), data, 70000);
	wire_turn(w);
	out = wire_output(w);
	assert_int_equal(out.len, 70010);
	assert_memory_equal(out.data, "\x81\x7f\0\0\0\0\0\x01\x11\x70", 10);
	assert_memory_equal(out.data + 10, data, 70000);
	free(data);
	wire_free(&w);
}

static unsigned
variant_of(struct wire *w)
{
	struct wm_conn *c = wire_conn(w);
	const struct wm_protocol *p = wm_conn_protocol(c);

	return p->variant(c, wm_conn_state(c, p));
}

static void
shares_one_encoding_among_open_connections(void **state)
{
	struct wire *a = ws_open(NULL, &ws_scribe);
	struct wire *b = ws_open(NULL, &ws_scribe);

	(void)state;
	assert_int_not_equal(variant_of(a), 0);
	assert_int_equal(variant_of(a), variant_of(b));
	wm_conn_close(wire_conn(b));
	assert_int_equal(variant_of(b), 0);
	wire_free(&a);
	wire_free(&b);
}

static void
keeps_little_per_connection(void **state)
{
	(void)state;
	assert_true(wm_protocol_websocket.state_size <= 32);
	assert_int_equal(wm_protocol_websocket.overhead, 14);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delivers_text_and_binary),
		cmocka_unit_test(delivers_messages_that_arrive_together),
		cmocka_unit_test(judges_every_opcode_fin_rsv_and_size),
		cmocka_unit_test(refuses_a_frame_without_mask),
		cmocka_unit_test(refuses_lengths_that_are_not_minimal),
		cmocka_unit_test(
		    refuses_a_length_of_2_to_the_63_before_any_payload),
		cmocka_unit_test(refuses_what_is_announced_too_big),
		cmocka_unit_test(
		    takes_control_frames_whatever_the_message_limit),
		cmocka_unit_test(refuses_text_that_is_not_utf8),
		cmocka_unit_test(ignores_everything_behind_an_error),
		cmocka_unit_test(closes_quietly_when_the_peer_just_leaves),
		cmocka_unit_test(sends_text_unless_told_otherwise),
		cmocka_unit_test(sends_long_messages_in_one_frame),
		cmocka_unit_test(shares_one_encoding_among_open_connections),
		cmocka_unit_test(keeps_little_per_connection),
	};

	return UNIT_RUN(tests);
}
