/* SPDX-License-Identifier: MIT */
#include "framework/kit/wire.h"
#include "tests/support/unit.h"

static int
tick(struct wire *w, uint64_t key, const char *value)
{
	return wm_conn_send_latest(wire_conn(w), key,
	    &(struct wm_msg){ .data = value, .len = strlen(value) });
}

/* A peer that has stopped reading behind one line. */
static struct wire *
stalled(const struct wm_limits *limits)
{
	struct wire *w = wire_new(&wm_protocol_text, limits, NULL);

	wire_stall(w, true);
	assert_int_equal(tick(w, 1, "first"), WM_SENT);
	wire_turn(w);
	return w;
}

static void
assert_sent(struct wire *w, const char *lines)
{
	wire_stall(w, false);
	wire_turn(w);
	assert_int_equal(wire_output(w).len, strlen(lines));
	assert_memory_equal(wire_output(w).data, lines, strlen(lines));
}

static void
sends_at_once_while_the_peer_reads(void **state)
{
	struct wire *w = wire_new(&wm_protocol_text, NULL, NULL);

	(void)state;
	assert_int_equal(tick(w, 1, "a"), WM_SENT);
	assert_int_equal(tick(w, 1, "b"), WM_SENT);
	wire_turn(w);
	assert_int_equal(tick(w, 1, "c"), WM_SENT);
	assert_sent(w, "a\nb\nc\n");
	wire_free(&w);
}

static void
keeps_the_newest_of_each_key(void **state)
{
	struct wire *w = stalled(NULL);

	(void)state;
	assert_int_equal(tick(w, 7, "seven"), WM_QUEUED);
	assert_int_equal(tick(w, 1, "one"), WM_QUEUED);
	assert_int_equal(tick(w, 7, "seven again, and longer"), WM_QUEUED);
	assert_int_equal(tick(w, 1, ""), WM_QUEUED);
	wire_turn(w);
	assert_int_equal(wire_output(w).len, 0);
	assert_sent(w, "first\nseven again, and longer\n\n");
	/* and then nothing is kept any more */
	assert_int_equal(tick(w, 7, "x"), WM_SENT);
	assert_sent(w, "first\nseven again, and longer\n\nx\n");
	wire_free(&w);
}

static void
lets_other_messages_wait_in_their_order(void **state)
{
	struct wire *w = stalled(NULL);

	(void)state;
	tick(w, 1, "kept");
	assert_int_equal(wm_conn_send(wire_conn(w), "second", 6), WM_QUEUED);
	assert_sent(w, "first\nsecond\nkept\n");
	wire_free(&w);
}

static void
bounds_what_it_keeps(void **state)
{
	static const struct wm_limits limits = { .unsent = 10000 };
	struct wire *w = stalled(&limits);
	char value[900] = "";
	uint64_t key;
	int r = WM_QUEUED;

	(void)state;
	memset(value, 'v', sizeof(value) - 1);
	for (key = 0; key < 100 && r == WM_QUEUED; key++)
		r = tick(w, key, value);
	assert_int_equal(r, WM_E_FULL);
	assert_in_range(key, 5, 11);
	assert_int_equal(tick(w, 0, value), WM_QUEUED); /* no larger */
	wire_turn(w);
	assert_int_equal(wire_calls(w)->last_error, WM_E_FULL);
	wire_free(&w);
}

static void
drops_what_it_keeps_at_the_end(void **state)
{
	struct wire *w = stalled(NULL);

	(void)state;
	tick(w, 1, "kept");
	wm_conn_close(wire_conn(w));
	assert_int_equal(tick(w, 1, "late"), WM_E_CLOSED);
	assert_sent(w, "first\n");
	assert_true(wire_is_closed(w));
	wire_free(&w);
	w = stalled(NULL);
	tick(w, 1, "kept");
	wire_free(&w);
}

static void
keeps_no_view(void **state)
{
	struct wire *w = stalled(NULL);
	struct wm_msg m = { .data = "x", .len = 1, .view = w };

	(void)state;
	assert_int_equal(wm_conn_send_latest(wire_conn(w), 1, &m),
	    WM_E_INVALID);
	wire_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_at_once_while_the_peer_reads),
		cmocka_unit_test(keeps_the_newest_of_each_key),
		cmocka_unit_test(lets_other_messages_wait_in_their_order),
		cmocka_unit_test(bounds_what_it_keeps),
		cmocka_unit_test(drops_what_it_keeps_at_the_end),
		cmocka_unit_test(keeps_no_view),
	};

	return UNIT_RUN(tests);
}
