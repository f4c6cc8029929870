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
	asked_add(&a, 10);
	asked_add(&a, 11);
	asked_add(&a, 11);
	asked_answered(&a, 11, HERE);
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
	asked_add(&a, 10);
	asked_add(&a, 11);
	assert_true(asked_gone(&a, 10));
	assert_false(asked_gone(&a, 10));
	assert_false(asked_gone(&a, 99));
	asked_answered(&a, 11, HERE);
	assert_true(asked_is_done(&a, 1));
}

static void
waits_for_who_was_asked_instead(void **state)
{
	(void)state;
	asked_add(&a, 10);
	asked_answered(&a, 10, HERE);
	asked_passed(&a, 10);
	asked_answered(&a, 20, HERE); /* for itself */
	assert_false(asked_is_done(&a, 0));
	asked_relayed(&a, 10);
	assert_true(asked_is_done(&a, 0));
}

static void
takes_the_passed_answer_before_it_knows_of_it(void **state)
{
	(void)state;
	asked_add(&a, 10);
	asked_relayed(&a, 10);
	assert_false(asked_is_done(&a, 0));
	asked_answered(&a, 10, HERE);
	assert_false(asked_is_done(&a, 0));
	asked_passed(&a, 10);
	assert_true(asked_is_done(&a, 0));
}

static void
waits_for_each_question_that_was_passed_on(void **state)
{
	(void)state;
	asked_answered(&a, 10, HERE);
	asked_passed(&a, 10); /* to 20, which */
	asked_answered(&a, 20, HERE);
	asked_passed(&a, 20); /* passes on what it heard itself, */
	asked_relayed(&a, 20);
	assert_false(asked_is_done(&a, 0));
	asked_relayed(&a, 10);
	asked_passed(&a, 20); /* and what 10 passed on to it */
	assert_false(asked_is_done(&a, 0));
	asked_relayed(&a, 20);
	assert_true(asked_is_done(&a, 2));
}

static void
waits_for_an_heir_that_it_does_not_know(void **state)
{
	(void)state;
	asked_add_heir(&a, 10, HERE);
	assert_false(asked_is_done(&a, 0));
	asked_answered(&a, 9, HERE); /* it was there before */
	asked_answered(&a, 30, THERE);
	assert_false(asked_is_done(&a, 0));
	asked_answered(&a, 20, HERE);
	assert_true(asked_is_done(&a, 0));
}

static void
does_not_ask_again_who_has_answered(void **state)
{
	(void)state;
	asked_answered(&a, 10, HERE);
	asked_answered(&a, 10, HERE);
	asked_add(&a, 10);
	assert_true(asked_is_done(&a, 1));
	assert_false(asked_is_done(&a, 2));
}

int
main(void)
{
#define T(test) cmocka_unit_test_teardown(test, end)
	const struct CMUnitTest tests[] = {
		T(waits_for_all_who_were_asked),
		T(waits_for_so_many_though_it_knows_nobody),
		T(does_not_wait_for_who_is_gone),
		T(waits_for_who_was_asked_instead),
		T(takes_the_passed_answer_before_it_knows_of_it),
		T(waits_for_each_question_that_was_passed_on),
		T(waits_for_an_heir_that_it_does_not_know),
		T(does_not_ask_again_who_has_answered),
	};
#undef T

	return UNIT_RUN(tests);
}
