/* SPDX-License-Identifier: MIT */
/* What protocols may ask of a connection: that time stands still while it is
   paused, word of its drained output, patience of a worker that leaves. */
#include "framework/net/drain.h"
#include "framework/kit/wire.h"
#include "tests/support/toys.h"
#include "tests/support/unit.h"

static void
feed(struct wire *w, const char *text)
{
	wire_feed(w, text, strlen(text));
	wire_turn(w);
}

static void
the_deadline_does_not_run_while_it_is_paused(void **state)
{
	struct wire *w = wire_new(&toy_polite, NULL, NULL);

	(void)state;
	feed(w, "slow\n");
	wire_advance(w, 2);
	wm_conn_pause(wire_conn(w));
	wire_advance(w, 300);
	wm_conn_set_deadline(wire_conn(w), 7, 1000);
	wire_advance(w, 300);
	wm_conn_resume(wire_conn(w));
	wire_turn(w);
	wire_advance(w, 1);
	assert_span(wire_output(w), "");
	wire_advance(w, 1);
	assert_span(wire_output(w), "late\n");
	wm_conn_pause(wire_conn(w));
	wm_conn_resume(wire_conn(w));
	wire_advance(w, 300);
	assert_span(wire_output(w), "late\n");
	wire_free(&w);
}

static unsigned drains;

static bool
count_drain(struct wm_conn *c, void *st)
{
	(void)c;
	(void)st;
	return ++drains == 2;
}

static void
tells_the_protocol_when_all_output_has_left(void **state)
{
	struct wm_protocol toy = wm_protocol_text;
	struct wire *w;

	(void)state;
	drains = 0;
	toy.drained = count_drain;
	w = wire_new(&toy, NULL, NULL);
	wire_stall(w, true);
	wm_conn_send(wire_conn(w), "a", 1);
	wm_conn_await_drain(wire_conn(w));
	wm_conn_await_drain(wire_conn(w));
	wire_turn(w);
	assert_int_equal(drains, 0);
	wire_stall(w, false);
	wire_turn(w);
	assert_int_equal(drains, 1);
	assert_int_equal(wire_calls(w)->drain, 0);
	wm_conn_await_drain(wire_conn(w)); /* there is none */
	assert_int_equal(drains, 1);
	wire_turn(w);
	assert_int_equal(drains, 2);
	assert_int_equal(wire_calls(w)->drain, 1); /* as it returned true */
	wm_conn_send(wire_conn(w), "b", 1);        /* nobody waits any more */
	wire_turn(w);
	assert_int_equal(drains, 2);
	wire_free(&w);
}

static void
is_not_idle_while_it_is_busy(void **state)
{
	struct wire *w = wire_new(&wm_protocol_text, NULL, NULL);

	(void)state;
	wm_conn_set_busy(wire_conn(w), true);
	wm__proc_drain(wire_proc(w), WM_CLOSE_SHUTDOWN, false);
	wire_advance(w, 2);
	assert_false(wire_is_closed(w));
	wm_conn_set_busy(wire_conn(w), false);
	wire_advance(w, 1);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_SHUTDOWN);
	wire_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_deadline_does_not_run_while_it_is_paused),
		cmocka_unit_test(tells_the_protocol_when_all_output_has_left),
		cmocka_unit_test(is_not_idle_while_it_is_busy),
	};

	return UNIT_RUN(tests);
}
