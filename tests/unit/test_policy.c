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
the_most_may_be_less(void **state)
{
	static const struct {
		uint64_t most_ms;
		unsigned expected[8];
	} cases[] = {
		{ 100, { 0, 100, 100, 100, 100, 100, 100, 100 } },
		{ 250, { 0, 100, 200, 250, 250, 250, 250, 250 } },
		{ 400, { 0, 100, 200, 400, 400, 400, 400, 400 } },
		{ 1, { 0, 1, 1, 1, 1, 1, 1, 1 } },
		{ 60000, { 0, 100, 200, 400, 800, 1600, 3200, 6400 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct wm__policy policy = { .most_ms = cases[i].most_ms };

		for (size_t k = 0; k < 8; k++)
			assert_int_equal(wm__policy_died(&policy, 3),
			    cases[i].expected[k]);
	}
}

static void
the_most_may_be_more(void **state)
{
	struct wm__policy policy = { .failures = 1000000,
		.most_ms = UINT64_MAX / 2 };
	uint64_t delay = wm__policy_died(&policy, 0);

	(void)state;
	assert_int_equal(delay, policy.most_ms);
	policy = (struct wm__policy){ .failures = 9, .most_ms = 120000 };
	assert_int_equal(wm__policy_died(&policy, 0), 25600);
	assert_int_equal(wm__policy_died(&policy, 0), 51200);
	assert_int_equal(wm__policy_died(&policy, 0), 102400);
	assert_int_equal(wm__policy_died(&policy, 0), 120000);
}

/* On a clock that only numbers move: in a loop from the third short life in
   a row until the present one has lasted for a minute. */
static void
three_short_lives_are_a_crash_loop(void **state)
{
	struct wm__policy policy = { 0 };

	(void)state;
	assert_false(wm__policy_loops(&policy, 0));
	for (unsigned deaths = 1; deaths < 10; deaths++) {
		wm__policy_died(&policy, 10);
		for (int64_t age = 0; age < 60000; age += 59999)
			assert_int_equal(wm__policy_loops(&policy, age),
			    deaths >= WM__POLICY_LOOP);
		assert_false(wm__policy_loops(&policy, 60000));
	}
	wm__policy_died(&policy, 60000);
	assert_false(wm__policy_loops(&policy, 0));
}

/* Twenty crashes in a row: how long they take at least. */
static void
a_bound_bounds_the_whole(void **state)
{
	struct wm__policy policy = { .most_ms = 100 };
	uint64_t now = 0;

	(void)state;
	for (int i = 0; i < 20; i++)
		now += wm__policy_died(&policy, 0);
	assert_int_equal(now, 1900);
}

/* Slots know nothing of each other: one that fails costs others no time. */
static void
one_slot_is_not_another(void **state)
{
	struct wm__policy bad = { 0 }, good = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		wm__policy_died(&bad, 0);
	assert_int_equal(wm__policy_died(&good, 0), 0);
	assert_false(wm__policy_loops(&good, 0));
	assert_true(wm__policy_loops(&bad, 0));
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
		cmocka_unit_test(the_most_may_be_less),
		cmocka_unit_test(the_most_may_be_more),
		cmocka_unit_test(three_short_lives_are_a_crash_loop),
		cmocka_unit_test(a_bound_bounds_the_whole),
		cmocka_unit_test(one_slot_is_not_another),
		cmocka_unit_test(a_very_long_loop_does_not_overflow),
	};

	return UNIT_RUN(tests);
}
