/* SPDX-License-Identifier: MIT */
/* Application timers. They run in real time, tens of milliseconds each. */
#include <workerman/error.h>
#include <workerman/timer.h>

#include "framework/base/clock.h"
#include "framework/base/log.h"
#include "framework/net/proc.h"
#include "framework/net/timer.h"
#include "tests/support/unit.h"
#include "framework/kit/wire.h"

static struct wire *wire;
static unsigned calls, wanted;
static uint64_t ids[4];
static int64_t times[8];

static int
set_up(void **state)
{
	(void)state;
	wire = wire_new(&wm_protocol_text, NULL, NULL);
	calls = 0;
	memset(ids, 0, sizeof(ids));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	wire_free(&wire);
	return 0;
}

static bool
called_enough(struct wire *w)
{
	(void)w;
	return calls >= wanted;
}

static void
wait_for_calls(unsigned n)
{
	wanted = n;
	wire_run(wire, called_enough);
}

static void
count(struct wm_proc *p, void *arg)
{
	assert_ptr_equal(p, wire_proc(wire));
	if (calls < 8)
		times[calls] = wm__clock_ms();
	calls++;
	if (arg != NULL)
		wm_timer_cancel(p, *(uint64_t *)arg);
}

static uint64_t
live(void)
{
	return wm__counter(&wire_proc(wire)->counters->timers);
}

static void
calls_once_and_not_before_its_time(void **state)
{
	int64_t begin = wm__clock_ms();

	(void)state;
	ids[0] = wm_timer_once(wire_proc(wire), 30, count, NULL);
	assert_int_not_equal(ids[0], 0);
	assert_int_equal(live(), 1);
	wait_for_calls(1);
	assert_true(times[0] - begin >= 30);
	assert_int_equal(live(), 0);
	assert_int_equal(wm_timer_cancel(wire_proc(wire), ids[0]),
	    WM_E_NOT_FOUND);
	wm_timer_once(wire_proc(wire), 20, count, NULL);
	wait_for_calls(2);
	assert_int_equal(calls, 2);
}

static void
calls_in_the_order_of_the_times(void **state)
{
	(void)state;
	ids[0] = wm_timer_once(wire_proc(wire), 40, count, &ids[1]);
	ids[1] = wm_timer_once(wire_proc(wire), 60, count, NULL);
	ids[2] = wm_timer_once(wire_proc(wire), 80, count, NULL);
	ids[3] = wm_timer_once(wire_proc(wire), 0, count, NULL);
	wait_for_calls(3); /* the second was cancelled by the first */
	assert_int_equal(calls, 3);
	assert_int_equal(live(), 0);
}

/* The first call is late on purpose: the others keep to the grid. */
static void
repeats_without_drift(void **state)
{
	int64_t begin = wm__clock_ms();

	(void)state;
	ids[0] = wm_timer_every(wire_proc(wire), 20, count, NULL);
	while (wm__clock_ms() < begin + 50)
		;
	wait_for_calls(4);
	assert_true(times[0] - begin >= 50);
	/* due at 60, 80, 100: 20 and 40 were missed, one call made for both */
	for (int i = 1; i < 4; i++)
		assert_true(times[i] - begin >= 40 + 20 * i);
	assert_int_equal(wm_timer_cancel(wire_proc(wire), ids[0]), 0);
	assert_int_equal(live(), 0);
}

static void
is_cancelled_from_inside_its_own_callback(void **state)
{
	(void)state;
	ids[0] = wm_timer_every(wire_proc(wire), 1, count, &ids[0]);
	ids[1] = wm_timer_once(wire_proc(wire), 30, count, &ids[1]);
	wait_for_calls(2);
	assert_int_equal(calls, 2);
	assert_int_equal(live(), 0);
}

static void
knows_nothing_of_other_ids(void **state)
{
	(void)state;
	assert_int_equal(wm_timer_cancel(wire_proc(wire), 0), WM_E_NOT_FOUND);
	assert_int_equal(wm_timer_cancel(wire_proc(wire), 77), WM_E_NOT_FOUND);
	ids[0] = wm_timer_every(wire_proc(wire), 0, count, NULL);
	ids[1] = wm_timer_once(wire_proc(wire), 5, count, NULL);
	assert_int_not_equal(ids[0], ids[1]);
	wait_for_calls(5);
	/* those that are left end with the process */
}

static void
waits_for_ever_rather_than_not_at_all(void **state)
{
	static const uint64_t far[] = { INT64_MAX, UINT64_MAX,
		(uint64_t)INT64_MAX - 5 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		wm_timer_once(wire_proc(wire), far[i], count, NULL);
		wm_timer_every(wire_proc(wire), far[i], count, NULL);
	}
	wm_timer_once(wire_proc(wire), 20, count, NULL);
	wait_for_calls(1);
	assert_int_equal(calls, 1);
	assert_int_equal(live(), 6);
}

/* ---- times of the day ---- */

static int64_t day_time; /* what the clock on the wall shows */
static unsigned looks;

static int64_t
show_day_time(void)
{
	looks++;
	return day_time;
}

static bool
looked(struct wire *w)
{
	(void)w;
	return looks > 0;
}

/* 10 ms before a minute begins: that long it waits in real time, too. */
static void
calls_at_the_time_of_the_day(void **state)
{
	int64_t begin = wm__clock_ms();
	const int64_t noon = INT64_C(1709208000000); /* 2024-02-29 12:00 UTC */

	(void)state;
	setenv("TZ", "UTC0", 1);
	wm__timers_set_clock(wire_proc(wire), show_day_time);
	day_time = noon - 30;
	ids[0] = wm_timer_cron(wire_proc(wire), "0 12 29 2 *", count, &ids[0]);
	assert_int_not_equal(ids[0], 0);
	assert_int_equal(live(), 1);
	day_time = noon;
	wait_for_calls(1);
	assert_in_range(wm__clock_ms() - begin, 30, 20000);
	assert_int_equal(live(), 0); /* cancelled in its own callback */
}

/* Waits for one look at the clock, which then shows `now`. */
static void
look_at(int64_t now)
{
	day_time = now;
	looks = 0;
	wire_run(wire, looked);
}

static void
follows_a_clock_that_is_set(void **state)
{
	const int64_t hour = 3600000, t = INT64_C(1709208000000) - 20;

	(void)state;
	setenv("TZ", "UTC0", 1);
	wm__timers_set_clock(wire_proc(wire), show_day_time);
	day_time = t;
	ids[0] = wm_timer_cron(wire_proc(wire), "* * * * *", count, NULL);
	look_at(t + 5 * hour + hour - 10); /* forwards: one call for all */
	assert_int_equal(calls, 1);
	look_at(t + 5 * hour + hour - 70); /* back a little: none again */
	assert_int_equal(calls, 1);
	wm_timer_cancel(wire_proc(wire), ids[0]);
	day_time = t;
	ids[0] = wm_timer_cron(wire_proc(wire), "* * * * *", count, NULL);
	look_at(t - 4 * hour); /* it was wrong: due at the next minute */
	assert_int_equal(calls, 1);
	look_at(t - 4 * hour + 30);
	assert_int_equal(calls, 2);
}

static void
refuses_what_is_no_time_of_the_day(void **state)
{
	const char *why = "";

	(void)state;
	assert_int_equal(wm_timer_cron(wire_proc(wire), "0 0 30 2 *", count,
			     NULL),
	    0);
	assert_int_equal(live(), 0);
	assert_int_equal(wm_cron_next("60 * * * *", 0, &why), WM_E_INVALID);
	assert_non_null(strstr(why, "0 to 59"));
	assert_int_equal(wm_cron_next("* * * * *", 59, &why), 60);
}

static void
ends_with_the_repeating_ones(void **state)
{
	(void)state;
	wm_timer_cron(wire_proc(wire), "* * * * *", count, NULL);
	wm_timer_once(wire_proc(wire), 1000000, count, NULL);
	wm__timers_stop_repeating(wire_proc(wire));
	assert_int_equal(live(), 1);
}

/* ---- many ---- */

#define MANY 100000

static int64_t run_until;

static bool
time_is_over(struct wire *w)
{
	(void)w;
	return wm__clock_ms() >= run_until;
}

/* The loop turns for its own tick, once a second, and for nothing else. */
static void
many_that_wait_cost_nothing(void **state)
{
	static uint64_t many[MANY];
	unsigned turns;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		many[i] = i % 2 == 0 ?
		    wm_timer_once(wire_proc(wire), 600000 + i, count, NULL) :
		    wm_timer_every(wire_proc(wire), 600000 + i, count, NULL);
	assert_int_equal(live(), MANY);
	run_until = wm__clock_ms() + 1500;
	turns = wire_run(wire, time_is_over);
	assert_in_range(turns, 1, 5);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(wm_timer_cancel(wire_proc(wire), many[i]), 0);
	assert_int_equal(live(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(calls_once_and_not_before_its_time),
		TEST(calls_in_the_order_of_the_times),
		TEST(repeats_without_drift),
		TEST(is_cancelled_from_inside_its_own_callback),
		TEST(knows_nothing_of_other_ids),
		TEST(waits_for_ever_rather_than_not_at_all),
		TEST(calls_at_the_time_of_the_day),
		TEST(follows_a_clock_that_is_set),
		TEST(refuses_what_is_no_time_of_the_day),
		TEST(ends_with_the_repeating_ones),
		TEST(many_that_wait_cost_nothing),
#undef TEST
	};

	wm__log_set_level(WM_LOG_ERROR + 1);
	return UNIT_RUN(tests);
}
