/* SPDX-License-Identifier: MIT */
#include "tests/support/unit.h"
#include "tests/support/ws_case.h"

#define BAD_PROTOCOL "closed protocol 1006 \nsent 88 02 03 ea\n"
#define BAD_DATA     "closed data 1006 \nsent 88 02 03 ef\n"

static void
feed_frame(struct wire *w, unsigned b0, const void *data, size_t len)
{
	struct wm_buf b = WM_BUF_INIT;

	ws_put(&b, b0, data, len);
	ws_feed(w, b.data, b.len);
	wm_buf_fini(&b);
}

static void
assert_output(struct wire *w, const char *bytes, size_t len)
{
	wire_turn(w);
	assert_int_equal(wire_output(w).len, len);
	assert_memory_equal(wire_output(w).data, bytes, len);
}

static void
answers_each_ping_with_its_payload(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_put(&b, 0x89, "", 0);
	ws_put(&b, 0x89, "\x00\xff", 2);
	ws_put(&b, 0x81, "t", 1);
	ws_put(&b, 0x89, "z", 1);
	ws_check(&b, NULL,
	    "text[1] t\nsent 8a 00 8a 02 00 ff 8a 01 7a\nopen\n");
}

static void
ignores_pongs(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_put(&b, 0x8a, "", 0);
	ws_put(&b, 0x8a, "never asked for", 15);
	ws_check(&b, NULL, "open\n");
}

static void
bounds_the_pongs_that_one_read_can_cause(void **state)
{
	static const struct wm_limits limits = { .unsent = 1000 };
	struct wire *w = ws_open(&limits, &ws_scribe);
	struct wm_buf b = WM_BUF_INIT;
	char data[125];
	unsigned i;

	(void)state;
	memset(data, 'p', sizeof(data));
	for (i = 0; i < 1000; i++)
		ws_put(&b, 0x89, data, sizeof(data));
	ws_feed(w, b.data, b.len);
	assert_int_equal(wire_output(w).len, 8 * 127);
	assert_false(wm_conn_closing(wire_conn(w)));
	wire_take_output(w);
	feed_frame(w, 0x89, "x", 1);
	assert_output(w, "\x8a\x01x", 3);
	wm_buf_fini(&b);
	wire_free(&w);
}

static void
leaves_the_pings_of_a_peer_that_does_not_read(void **state)
{
	static const struct wm_limits limits = { .unsent = 1000 };
	struct wire *w = ws_open(&limits, &ws_scribe);
	char data[125];
	unsigned i;

	(void)state;
	memset(data, 'p', sizeof(data));
	wire_stall(w, true);
	for (i = 0; i < 10; i++)
		feed_frame(w, 0x89, data, sizeof(data));
	assert_int_equal(wm_conn_unsent(wire_conn(w)), 4 * 127);
	wire_stall(w, false);
	wire_turn(w);
	assert_int_equal(wire_output(w).len, 10 * 127);
	assert_int_equal(wire_unread(w), 0);
	wire_free(&w);
}

static void
answers_every_close_code_as_it_deserves(void **state)
{
	struct wm_buf b = WM_BUF_INIT;
	unsigned char body[2];
	char expected[100];
	unsigned code;
	bool ok;

	(void)state;
	for (code = 0; code < 5100; code++) {
		ok = (code >= 1000 && code <= 1014 && code != 1004 &&
			 code != 1005 && code != 1006) ||
		    (code >= 3000 && code <= 4999);
		body[0] = (unsigned char)(code >> 8);
		body[1] = (unsigned char)code;
		ws_put(&b, 0x88, body, 2);
		snprintf(expected, sizeof(expected),
		    ok ? "closed peer %u \nsent 88 02 %02x %02x\n" :
			 BAD_PROTOCOL,
		    code, body[0], body[1]);
		ws_check(&b, NULL, expected);
	}
}

static void
keeps_the_reason_that_the_peer_gave(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_put(&b, 0x88, "", 0);
	ws_check(&b, NULL, "closed peer 1005 \nsent 88 00\n");
	ws_put(&b, 0x88,
	    "\x0f\xa0"
	    "good night",
	    12);
	ws_check(&b, NULL,
	    "closed peer 4000 good night\n"
	    "sent 88 02 0f a0\n");
}

static void
refuses_bad_close_frames(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_put(&b, 0x88, "\x03", 1);
	ws_check(&b, NULL, BAD_PROTOCOL);
	ws_put(&b, 0x88, "\x03\xe8\xed\xa0\x80", 5);
	ws_check(&b, NULL, BAD_DATA);
	ws_put(&b, 0x88, "\x03\xe8\xe2\x82", 4);
	ws_check(&b, NULL, BAD_DATA);
}

static void
looks_at_nothing_behind_the_peers_close(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	ws_put(&b, 0x01, "half a mess", 11);
	ws_put(&b, 0x88, "\x03\xe8", 2);
	ws_put(&b, 0x80, "age", 3);
	ws_put(&b, 0x89, "", 0);
	ws_put(&b, 0x88, "\x03\xe9", 2);
	wm_buf_put(&b, "\xff\xff\xff", 3);
	ws_check(&b, NULL, "closed peer 1000 \nsent 88 02 03 e8\n");
}

/* ---- closes that begin here ---- */

static void
says_code_and_reason_and_waits_for_the_answer(void **state)
{
	struct wire *w = ws_open(NULL, &ws_scribe);

	(void)state;
	assert_int_equal(wm_websocket_close(wire_conn(w), 4001, "bye"), 0);
	assert_output(w,
	    "\x88\x05\x0f\xa1"
	    "bye",
	    7);
	assert_false(wire_is_closed(w));
	feed_frame(w, 0x88, "\x0f\xa1", 2);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_APPLICATION);
	assert_output(w,
	    "\x88\x05\x0f\xa1"
	    "bye",
	    7);
	wire_free(&w);
}

static void
drops_what_comes_before_the_answer(void **state)
{
	static const struct wm_limits limits = { .message = 100 };
	struct wire *w = ws_open(&limits, &ws_scribe);
	struct wm_buf b = WM_BUF_INIT;
	static char data[70000];
	size_t i;

	(void)state;
	feed_frame(w, 0x01, "begun", 5);
	wm_conn_close(wire_conn(w));
	assert_output(w, "\x88\x02\x03\xe8", 4);
	ws_put(&b, 0x80, " and ended", 10);
	ws_put(&b, 0x81, "\xff\xff", 2);
	ws_put(&b, 0x82, data, sizeof(data)); /* over the limit, unheard */
	ws_put(&b, 0x89, "ping", 4);
	ws_put(&b, 0x02, "", 0);
	for (i = 0; i < b.len; i += 7)
		ws_feed(w, b.data + i, b.len - i < 7 ? b.len - i : 7);
	assert_false(wire_is_closed(w));
	feed_frame(w, 0x88, "", 0);
	assert_true(wire_is_closed(w));
	assert_output(w, "\x88\x02\x03\xe8", 4);
	wm_buf_fini(&b);
	wire_free(&w);
}

static void
ends_at_an_error_after_its_close_frame(void **state)
{
	struct wire *w = ws_open(NULL, &ws_scribe);

	(void)state;
	wm_conn_close(wire_conn(w));
	feed_frame(w, 0xf1, "x", 1);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_APPLICATION);
	assert_output(w, "\x88\x02\x03\xe8", 4);
	wire_free(&w);
}

static void
says_the_code_of_each_close_reason(void **state)
{
	static const struct {
		enum wm_close_reason why;
		const char *sent;
		size_t len;
		bool waits;
	} cases[] = {
		{ WM_CLOSE_SHUTDOWN, "\x88\x02\x03\xe9", 4, true },
		{ WM_CLOSE_RESTART, "\x88\x02\x03\xf4", 4, true },
		{ WM_CLOSE_APPLICATION, "\x88\x02\x03\xe8", 4, true },
		{ WM_CLOSE_TIMEOUT, "\x88\x02\x03\xf0", 4, false },
		{ WM_CLOSE_BUG, "\x88\x02\x03\xf3", 4, false },
		{ WM_CLOSE_OVERFLOW, "\x88\x02\x03\xf1", 4, false },
		{ WM_CLOSE_WRITE_TIMEOUT, "", 0, false },
		{ WM_CLOSE_RESET, "", 0, false },
	};
	struct wire *w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		w = ws_open(NULL, &ws_scribe);
		wm_conn_close_reason(wire_conn(w), cases[i].why);
		assert_output(w, cases[i].sent, cases[i].len);
		assert_int_equal(wire_is_closed(w), !cases[i].waits);
		wire_free(&w);
	}
}

static void
never_sends_two_close_frames(void **state)
{
	struct wire *w = ws_open(NULL, &ws_scribe);

	(void)state;
	assert_int_equal(wm_websocket_close(wire_conn(w), 1001, NULL), 0);
	assert_int_equal(wm_websocket_close(wire_conn(w), 1000, NULL),
	    WM_E_CLOSED);
	wm_conn_close(wire_conn(w));
	wm_conn_close_reason(wire_conn(w), WM_CLOSE_SHUTDOWN);
	assert_int_equal(wm_conn_send(wire_conn(w), "x", 1), WM_E_CLOSED);
	assert_int_equal(wm_websocket_ping(wire_conn(w), "x", 1), WM_E_CLOSED);
	feed_frame(w, 0x88, "\x03\xe9", 2);
	assert_true(wire_is_closed(w));
	assert_output(w, "\x88\x02\x03\xe9", 4);
	wire_free(&w);
}

static void
says_the_code_even_when_the_send_buffer_is_full(void **state)
{
	static const struct wm_limits limits = { .unsent = 3 };
	struct wire *w = ws_open(&limits, &ws_scribe);

	(void)state;
	assert_int_equal(wm_conn_send(wire_conn(w), "x", 1), WM_SENT);
	assert_int_equal(wm_websocket_close(wire_conn(w), 4321, "gone"), 0);
	assert_output(w, "\x81\x01x\x88\x02\x10\xe1", 7);
	wire_free(&w);
}

static void
refuses_codes_and_reasons_that_may_not_travel(void **state)
{
	struct wire *w = ws_open(NULL, &ws_scribe);
	char reason[126];

	(void)state;
	memset(reason, 'r', sizeof(reason));
	reason[124] = '\0';
	assert_int_equal(wm_websocket_close(wire_conn(w), 1005, NULL),
	    WM_E_INVALID);
	assert_int_equal(wm_websocket_close(wire_conn(w), 999, NULL),
	    WM_E_INVALID);
	assert_int_equal(wm_websocket_close(wire_conn(w), 2999, NULL),
	    WM_E_INVALID);
	assert_int_equal(wm_websocket_close(wire_conn(w), 5000, NULL),
	    WM_E_INVALID);
	assert_int_equal(wm_websocket_close(wire_conn(w), 70536, NULL),
	    WM_E_INVALID);
	assert_int_equal(wm_websocket_close(wire_conn(w), 1000, reason),
	    WM_E_INVALID);
	assert_int_equal(wm_websocket_close(wire_conn(w), 1000, "\xff"),
	    WM_E_INVALID);
	assert_false(wm_conn_closing(wire_conn(w)));
	reason[123] = '\0';
	assert_int_equal(wm_websocket_close(wire_conn(w), 1000, reason), 0);
	wire_turn(w);
	assert_int_equal(wire_output(w).len, 127);
	wire_free(&w);
}

static void
pings(void **state)
{
	struct wire *w = ws_open(NULL, &ws_scribe);
	char data[126] = "";

	(void)state;
	assert_int_equal(wm_websocket_ping(wire_conn(w), NULL, 0), WM_SENT);
	assert_int_equal(wm_websocket_ping(wire_conn(w), "abc", 3), WM_SENT);
	assert_int_equal(wm_websocket_ping(wire_conn(w), data, 126),
	    WM_E_INVALID);
	assert_output(w,
	    "\x89\x00\x89\x03"
	    "abc",
	    7);
	assert_int_equal(wm_websocket_ping(wire_conn(w), data, 125), WM_SENT);
	wire_free(&w);
}

static void
leaves_connections_of_other_protocols_alone(void **state)
{
	struct wire *w = wire_new(&wm_protocol_http, NULL, &ws_scribe);

	(void)state;
	assert_int_equal(wm_websocket_ping(wire_conn(w), NULL, 0),
	    WM_E_INVALID);
	assert_int_equal(wm_websocket_close(wire_conn(w), 1000, NULL),
	    WM_E_INVALID);
	assert_int_equal(wm_websocket_close_code(wire_conn(w)), 1006);
	assert_int_equal(wm_websocket_close_reason(wire_conn(w)).len, 0);
	wire_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_each_ping_with_its_payload),
		cmocka_unit_test(ignores_pongs),
		cmocka_unit_test(bounds_the_pongs_that_one_read_can_cause),
		cmocka_unit_test(leaves_the_pings_of_a_peer_that_does_not_read),
		cmocka_unit_test(answers_every_close_code_as_it_deserves),
		cmocka_unit_test(keeps_the_reason_that_the_peer_gave),
		cmocka_unit_test(refuses_bad_close_frames),
		cmocka_unit_test(looks_at_nothing_behind_the_peers_close),
		cmocka_unit_test(says_code_and_reason_and_waits_for_the_answer),
		cmocka_unit_test(drops_what_comes_before_the_answer),
		cmocka_unit_test(ends_at_an_error_after_its_close_frame),
		cmocka_unit_test(says_the_code_of_each_close_reason),
		cmocka_unit_test(never_sends_two_close_frames),
		cmocka_unit_test(
		    says_the_code_even_when_the_send_buffer_is_full),
		cmocka_unit_test(refuses_codes_and_reasons_that_may_not_travel),
		cmocka_unit_test(pings),
		cmocka_unit_test(leaves_connections_of_other_protocols_alone),
	};

	return UNIT_RUN(tests);
}
