/* SPDX-License-Identifier: MIT */
#include "framework/master/policy.h"
#include "tests/support/unit.h"

static void
the_first_death_is_forgiven(void **state)
{
	struct wm__policy policy = { 0 };

	(void)state;
	assert_int_equal(wm__policy_died(&policy, 5), 0);
}

static void
the_delay_doubles_up_to_half_a_minute(void **state)
{
	static const unsigned expected[] = { 0, 100, 200, 400, 800, 1600, 3200,
		6400, 12800, 25600, 30000, 30000, 30000 };
	struct wm__policy policy = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++)
		assert_int_equal(wm__policy_died(&policy, 0), expected[i]);
}

static void
a_minute_of_life_starts_over(void **state)
{
	struct wm__policy policy = { 0 };

	(void)state;
	for (int i = 0; i < 20; i++)
		wm__policy_died(&policy, 59999);
	assert_int_equal(wm__policy_died(&policy, 59999), 30000);
	assert_int_equal(wm__policy_died(&policy, 60000), 0);
	assert_int_equal(wm__policy_died(&policy, 1), 100);
}

/* A worker that dies after `life` ms, on a clock that only numbers move:
   births within an hour. */
static unsigned
births_in_an_hour(int64_t life)
{
	struct wm__policy policy = { 0 };
	int64_t now = 0;
	unsigned births = 0;

	while (now < 3600 * 1000) {
		births++;
		now += life;
		now += (int64_t)wm__policy_died(&policy, life);
	}
	return births;
}

static void
a_crash_loop_is_slow_and_a_sound_worker_comes_back(void **state)
{
	(void)state;
	assert_in_range(births_in_an_hour(1), 100, 140);
	assert_int_equal(births_in_an_hour(60000), 60);
}

static void
a_very_long_loop_does_not_overflow(void **state)
{
	struct wm__policy policy = { .failures = 1000000 };

	(void)state;
	assert_int_equal(wm__policy_died(&policy, 0), 30000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_death_is_forgiven),
		cmocka_unit_test(the_delay_doubles_up_to_half_a_minute),
		cmocka_unit_test(a_minute_of_life_starts_over),
		cmocka_unit_test(
		    a_crash_loop_is_slow_and_a_sound_worker_comes_back),
		cmocka_unit_test(a_very_long_loop_does_not_overflow),
	};

	return UNIT_RUN(tests);
}
