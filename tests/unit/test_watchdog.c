/* SPDX-License-Identifier: MIT */
/* The clock is ours: nothing waits here. */
#include "framework/master/watchdog.h"
#include "tests/support/unit.h"

#define LIMIT 5000
#define BORN  100000

static struct wm__watchdog watch;
static struct wm__watchdog_facts facts;

static int
begin(void **state)
{
	(void)state;
	watch = (struct wm__watchdog){ 0 };
	facts = (struct wm__watchdog_facts){ .limit_ms = LIMIT,
		.ready_ms = BORN,
		.beat_ms = BORN };
	return 0;
}

/* A look at `ms` after the birth. */
static enum wm__watchdog_verdict
look(int64_t ms)
{
	facts.now_ms = BORN + ms;
	return wm__watchdog_judge(&watch, &facts);
}

static void
beat(int64_t ms)
{
	facts.beat_ms = (uint64_t)(BORN + ms);
}

static void
a_loop_that_turns_is_left_alone(void **state)
{
	(void)state;
	for (int64_t ms = 0; ms < 3600000; ms += 1000) {
		beat(ms);
		assert_int_equal(look(ms + 3), WM__WATCHDOG_FINE);
		assert_int_equal(look(ms + 999), WM__WATCHDOG_FINE);
	}
}

/* Beats come once a second: this much may be missing without any delay. */
static void
one_interval_is_not_counted(void **state)
{
	(void)state;
	facts.now_ms = BORN + LIMIT + 999;
	assert_false(wm__watchdog_is_late(&watch, &facts));
	facts.now_ms++;
	assert_true(wm__watchdog_is_late(&watch, &facts));
}

static void
a_late_one_is_asked_at_the_second_look(void **state)
{
	(void)state;
	assert_int_equal(look(LIMIT + 999), WM__WATCHDOG_FINE);
	assert_int_equal(look(LIMIT + 1000), WM__WATCHDOG_FINE);
	assert_int_equal(look(LIMIT + 2000), WM__WATCHDOG_ASK);
	assert_int_equal(look(LIMIT + 3000), WM__WATCHDOG_FINE);
}

static void
a_beat_in_between_acquits(void **state)
{
	(void)state;
	assert_int_equal(look(60000), WM__WATCHDOG_FINE); /* all overslept */
	beat(60001);
	assert_int_equal(look(61000), WM__WATCHDOG_FINE);
	assert_int_equal(look(60001 + LIMIT + 1000), WM__WATCHDOG_FINE);
	assert_int_equal(look(60001 + LIMIT + 2000), WM__WATCHDOG_ASK);
}

static void
one_that_does_not_die_is_killed(void **state)
{
	(void)state;
	look(10000);
	assert_int_equal(look(11000), WM__WATCHDOG_ASK);
	assert_int_equal(look(12999), WM__WATCHDOG_FINE);
	assert_int_equal(look(13000), WM__WATCHDOG_KILL);
}

static void
one_that_dumps_core_gets_time(void **state)
{
	(void)state;
	look(10000);
	assert_int_equal(look(11000), WM__WATCHDOG_ASK);
	facts.written = true;
	assert_int_equal(look(13000), WM__WATCHDOG_FINE);
	assert_int_equal(look(70999), WM__WATCHDOG_FINE);
	assert_int_equal(look(71000), WM__WATCHDOG_KILL);
}

static void
a_stopped_one_is_not_touched(void **state)
{
	(void)state;
	facts.stopped = true;
	for (int64_t ms = 0; ms < 3600000; ms += 1000)
		assert_int_equal(look(ms), WM__WATCHDOG_FINE);
}

static void
and_gets_its_whole_time_when_it_goes_on(void **state)
{
	(void)state;
	facts.stopped = true;
	look(10000);
	facts.stopped = false;
	assert_int_equal(look(10000 + LIMIT), WM__WATCHDOG_FINE);
	assert_int_equal(look(10000 + LIMIT + 1000), WM__WATCHDOG_FINE);
	assert_int_equal(look(10000 + LIMIT + 2000), WM__WATCHDOG_ASK);
}

static void
a_suspect_that_is_stopped_is_no_suspect(void **state)
{
	(void)state;
	look(10000);
	facts.stopped = true;
	assert_int_equal(look(11000), WM__WATCHDOG_FINE);
	facts.stopped = false;
	assert_int_equal(look(12000), WM__WATCHDOG_FINE);
}

static void
beats_that_cannot_be_are_harmless(void **state)
{
	(void)state;
	facts.beat_ms = UINT64_MAX;
	assert_int_equal(look(100000), WM__WATCHDOG_FINE);
	assert_int_equal(look(101000), WM__WATCHDOG_FINE);
	facts.beat_ms = 0; /* as old as can be: counts from when it served */
	begin(state);
	facts.beat_ms = 0;
	assert_int_equal(look(LIMIT), WM__WATCHDOG_FINE);
	assert_int_equal(look(LIMIT + 1000), WM__WATCHDOG_FINE);
	assert_int_equal(look(LIMIT + 2000), WM__WATCHDOG_ASK);
}

int
main(void)
{
#define WATCH_TEST(f) cmocka_unit_test_setup(f, begin)
	const struct CMUnitTest tests[] = {
		WATCH_TEST(a_loop_that_turns_is_left_alone),
		WATCH_TEST(one_interval_is_not_counted),
		WATCH_TEST(a_late_one_is_asked_at_the_second_look),
		WATCH_TEST(a_beat_in_between_acquits),
		WATCH_TEST(one_that_does_not_die_is_killed),
		WATCH_TEST(one_that_dumps_core_gets_time),
		WATCH_TEST(a_stopped_one_is_not_touched),
		WATCH_TEST(and_gets_its_whole_time_when_it_goes_on),
		WATCH_TEST(a_suspect_that_is_stopped_is_no_suspect),
		WATCH_TEST(beats_that_cannot_be_are_harmless),
	};

	return UNIT_RUN(tests);
}
