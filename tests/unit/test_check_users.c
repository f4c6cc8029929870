/* SPDX-License-Identifier: MIT */
/* check_users.c: the table's users. */
#include "tests/support/unit.h"

#include "framework/cli/check_users.h"

static struct wm__finding found;

static struct wm__finding *
fresh(void)
{
	found = (struct wm__finding){ 0 };
	return &found;
}

/* All is well. */
static const struct wm__user_facts good = {
	.worker = "w",
	.user = "www",
	.group = "web",
	.program = "/bin/p",
	.user_exists = true,
	.group_exists = true,
	.me_root = true,
	.may_change = true,
	.may_execute = true,
};

static void
root_becomes_who_the_table_says(void **state)
{
	wm__judge_user(&good, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
	assert_string_equal(found.text,
	    "worker w would run as user www, group web");
}

static void
users_and_groups_must_exist(void **state)
{
	struct wm__user_facts facts = good;

	facts.user_exists = false;
	wm__judge_user(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_MISSING);
	assert_string_equal(found.text, "worker w: there is no user www");
	assert_string_equal(found.mend,
	    "useradd --system --no-create-home www");
	facts = good;
	facts.group_exists = false;
	wm__judge_user(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_MISSING);
	assert_string_equal(found.mend, "groupadd --system web");
	facts.group = NULL;
	wm__judge_user(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
}

static void
only_root_can_change(void **state)
{
	struct wm__user_facts facts = good;

	facts.me_root = facts.may_change = false;
	wm__judge_user(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_WARN);
	assert_string_equal(found.mend, "sudo /bin/p start -d");
	facts.is_me = true;
	wm__judge_user(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
	facts = good;
	facts.may_change = false;
	wm__judge_user(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_MISSING);
	assert_non_null(strstr(found.text, "setuid"));
}

static void
the_user_must_be_able_to_execute_the_program(void **state)
{
	struct wm__user_facts facts = good;
	const struct wm__user user = { .uid = 5, .gids = { 50, 51 }, .n = 2 };
	const struct wm__user root = { .uid = 0 };

	facts.may_execute = false;
	wm__judge_user(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_MISSING);
	assert_string_equal(found.mend, "chmod a+rx /bin/p");
	assert_true(wm__user_may_execute(&user, 5, 9, 0100));
	assert_false(wm__user_may_execute(&user, 5, 9, 0011));
	assert_true(wm__user_may_execute(&user, 6, 51, 0010));
	assert_false(wm__user_may_execute(&user, 6, 51, 0101));
	assert_true(wm__user_may_execute(&user, 6, 9, 0001));
	assert_false(wm__user_may_execute(&user, 6, 9, 0110));
	assert_true(wm__user_may_execute(&root, 6, 9, 0010));
	assert_false(wm__user_may_execute(&root, 6, 9, 0644));
}

static void
workers_of_root_are_a_warning(void **state)
{
	wm__judge_unnamed(2, true, fresh());
	assert_int_equal(found.level, WM__CHECK_WARN);
	wm__judge_unnamed(2, false, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_becomes_who_the_table_says),
		cmocka_unit_test(users_and_groups_must_exist),
		cmocka_unit_test(only_root_can_change),
		cmocka_unit_test(the_user_must_be_able_to_execute_the_program),
		cmocka_unit_test(workers_of_root_are_a_warning),
	};

	return UNIT_RUN(tests);
}
