/* SPDX-License-Identifier: MIT */
#include "tests/support/unit.h"
#include "tests/support/ws_case.h"

static const struct wm_websocket_options options = { .ping_ms = 5000,
	.pong_ms = 3000 };

static struct wire *
begin(void)
{
	ws_use(&options, NULL);
	return ws_open(NULL, NULL);
}

static void
say(struct wire *w, unsigned b0, const void *data, size_t len)
{
	struct wm_buf b = WM_BUF_INIT;

	ws_put(&b, b0, data, len);
	ws_feed(w, b.data, b.len);
	wm_buf_fini(&b);
}

static void
assert_pinged(struct wire *w)
{
	assert_int_equal(wire_output(w).len, 10);
	assert_memory_equal(wire_output(w).data, "\x89\x08", 2);
}

static void
pings_a_peer_that_says_nothing(void **state)
{
	struct wire *w = begin();

	(void)state;
	wire_advance(w, 5);
	assert_int_equal(wire_output(w).len, 0);
	wire_advance(w, 1);
	assert_pinged(w);
	wire_free(&w);
}

static void
closes_when_nothing_comes_back(void **state)
{
	struct wire *w = begin();

	(void)state;
	wire_advance(w, 6);
	assert_pinged(w);
	wire_advance(w, 3);
	assert_false(wire_is_closed(w));
	wire_advance(w, 1);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_TIMEOUT);
	/* 1008 behind the ping */
	assert_int_equal(wire_output(w).len, 14);
	wire_free(&w);
}

static void
measures_the_round_trip(void **state)
{
	struct wire *w = begin();
	char payload[8];

	(void)state;
	assert_int_equal(wm_websocket_rtt(wire_conn(w)), 0);
	wire_advance(w, 6);
	assert_pinged(w);
	memcpy(payload, wire_output(w).data + 2, 8);
	say(w, 0x8a, "wrong !!", 8); /* alive, but tells no time */
	assert_int_equal(wm_websocket_rtt(wire_conn(w)), 0);
	say(w, 0x8a, payload, 8);
	assert_int_not_equal(wm_websocket_rtt(wire_conn(w)), 0);
	assert_true(wm_websocket_rtt(wire_conn(w)) < 60000000);
	wire_free(&w);
}

/* Minutes go by; it is pinged again and again. */
static void
stays_open_as_long_as_pings_are_answered(void **state)
{
	struct wire *w = begin();
	unsigned i, pings = 0;
	char payload[8];

	(void)state;
	for (i = 0; i < 300; i++) {
		wire_advance(w, 1);
		assert_false(wire_is_closed(w));
		if (wire_output(w).len == 0)
			continue;
		assert_pinged(w);
		memcpy(payload, wire_output(w).data + 2, 8);
		wire_take_output(w);
		say(w, 0x8a, payload, 8);
		pings++;
	}
	assert_in_range(pings, 30, 60);
	wire_free(&w);
}

static void
takes_any_byte_for_a_sign_of_life(void **state)
{
	struct wire *w = begin();
	unsigned i;

	(void)state;
	for (i = 0; i < 60; i++) { /* never idle for long enough */
		wire_advance(w, 2);
		say(w, 0x81, "x", 1);
	}
	assert_int_equal(wire_output(w).len, 0);
	wire_advance(w, 6);
	assert_pinged(w);
	wire_advance(w, 2);
	ws_feed(w, "\x81", 1); /* no pong, but it lives */
	wire_advance(w, 4);
	assert_false(wire_is_closed(w));
	wire_free(&w);
}

static void
leaves_alone_a_connection_that_it_does_not_read(void **state)
{
	struct wire *w = begin();
	unsigned i;

	(void)state;
	wm_conn_pause(wire_conn(w));
	wire_advance(w, 100);
	assert_int_equal(wire_output(w).len, 0);
	assert_false(wire_is_closed(w));
	wm_conn_resume(wire_conn(w));
	for (i = 0; i < 11 && wire_output(w).len == 0; i++)
		wire_advance(w, 1);
	assert_pinged(w);
	wire_advance(w, 4);
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
has_ten_seconds_of_patience_unless_told(void **state)
{
	static const struct wm_websocket_options o = { .ping_ms = 1000 };
	struct wire *w;

	(void)state;
	ws_use(&o, NULL);
	w = ws_open(NULL, NULL);
	wire_advance(w, 2);
	assert_pinged(w);
	wire_advance(w, 10);
	assert_false(wire_is_closed(w));
	wire_advance(w, 1);
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
never_pings_unless_told(void **state)
{
	static const struct wm_websocket_options o = { .ping_ms = 0 };
	struct wire *w;

	(void)state;
	ws_use(&o, NULL);
	w = ws_open(NULL, NULL);
	wire_advance(w, 1000);
	assert_int_equal(wire_output(w).len, 0);
	assert_false(wire_is_closed(w));
	wire_free(&w);
}

static void
pings_no_more_once_the_end_has_begun(void **state)
{
	static const struct wm_limits limits = { .close_ms = 100000 };
	struct wire *w;

	(void)state;
	ws_use(&options, NULL);
	w = ws_open(&limits, NULL);
	wm_conn_close(wire_conn(w));
	wire_advance(w, 20);
	assert_int_equal(wire_output(w).len, 4);
	assert_false(wire_is_closed(w));
	wire_free(&w);
}

static void
knows_how_long_nothing_came(void **state)
{
	struct wire *w = begin();

	(void)state;
	wire_advance(w, 3);
	assert_int_equal(wm_conn_idle_ms(wire_conn(w)), 3000);
	say(w, 0x81, "x", 1);
	assert_int_equal(wm_conn_idle_ms(wire_conn(w)), 0);
	wire_advance(w, 2);
	wm_conn_pause(wire_conn(w));
	assert_int_equal(wm_conn_idle_ms(wire_conn(w)), 0);
	wire_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pings_a_peer_that_says_nothing),
		cmocka_unit_test(closes_when_nothing_comes_back),
		cmocka_unit_test(measures_the_round_trip),
		cmocka_unit_test(stays_open_as_long_as_pings_are_answered),
		cmocka_unit_test(takes_any_byte_for_a_sign_of_life),
		cmocka_unit_test(
		    leaves_alone_a_connection_that_it_does_not_read),
		cmocka_unit_test(has_ten_seconds_of_patience_unless_told),
		cmocka_unit_test(never_pings_unless_told),
		cmocka_unit_test(pings_no_more_once_the_end_has_begun),
		cmocka_unit_test(knows_how_long_nothing_came),
	};

	return UNIT_RUN(tests);
}
