/* SPDX-License-Identifier: MIT */
#include "tests/support/unit.h"

#include "apps/mqtt/asked.h"

enum { HERE = 1, THERE = 2 };

static struct asked a;

static int
end(void **state)
{
	(void)state;
	asked_clear(&a);
	return a.all == NULL && a.n == 0 ? 0 : -1;
}

static void
waits_for_all_who_were_asked(void **state)
{
	(void)state;
	assert_true(asked_is_done(&a, 0));
	asked_add(&a, 10, HERE);
	asked_add(&a, 11, THERE);
	asked_add(&a, 11, THERE);
	asked_answered(&a, 11, THERE);
	asked_answered(&a, 11, THERE);
	assert_false(asked_is_done(&a, 0));
	asked_answered(&a, 10, HERE);
	assert_true(asked_is_done(&a, 2));
	assert_false(asked_is_done(&a, 3));
}

static void
waits_for_so_many_though_it_knows_nobody(void **state)
{
	(void)state;
	assert_false(asked_is_done(&a, 1));
	asked_answered(&a, 10, HERE);
	assert_true(asked_is_done(&a, 1));
}

static void
does_not_wait_for_who_is_gone(void **state)
{
	(void)state;
	asked_add(&a, 10, HERE);
	asked_add(&a, 11, THERE);
	asked_gone(&a, 10);
	asked_gone(&a, 99);
	asked_answered(&a, 11, THERE);
	assert_true(asked_is_done(&a, 1));
}

static void
waits_for_the_successor_of_who_has_passed_all_on(void **state)
{
	(void)state;
	asked_add(&a, 10, HERE);
	asked_answered(&a, 10, HERE);
	asked_add_later(&a, 10, HERE);
	assert_false(asked_is_done(&a, 0));
	asked_answered(&a, 9, HERE); /* one that began before */
	asked_answered(&a, 30, THERE);
	assert_false(asked_is_done(&a, 0));
	asked_answered(&a, 20, HERE);
	assert_true(asked_is_done(&a, 0));
}

static void
knows_the_successor_that_answered_first(void **state)
{
	(void)state;
	asked_add(&a, 10, HERE);
	asked_answered(&a, 20, HERE);
	asked_answered(&a, 10, HERE);
	asked_add_later(&a, 10, HERE);
	assert_true(asked_is_done(&a, 0));
}

static void
waits_for_the_last_of_several_successors(void **state)
{
	(void)state;
	asked_answered(&a, 10, HERE);
	asked_add_later(&a, 10, HERE);
	asked_answered(&a, 20, HERE);
	asked_add_later(&a, 20, HERE);
	assert_false(asked_is_done(&a, 0));
	asked_answered(&a, 30, HERE);
	assert_true(asked_is_done(&a, 3));
}

int
main(void)
{
#define T(test) cmocka_unit_test_teardown(test, end)
	const struct CMUnitTest tests[] = {
		T(waits_for_all_who_were_asked),
		T(waits_for_so_many_though_it_knows_nobody),
		T(does_not_wait_for_who_is_gone),
		T(waits_for_the_successor_of_who_has_passed_all_on),
		T(knows_the_successor_that_answered_first),
		T(waits_for_the_last_of_several_successors),
	};
#undef T

	return UNIT_RUN(tests);
}
