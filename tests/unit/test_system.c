/* SPDX-License-Identifier: MIT */
/* system.c: facts about the system that runs the test. */
#include "tests/support/unit.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <unistd.h>

#include "framework/base/system.h"

static void
settings_that_are_not_there_are_unknown(void **state)
{
	char buf[8];

	assert_false(wm__system_text("no/such/setting", buf, sizeof(buf)));
	assert_int_equal(wm__system_number("no/such/setting"),
	    WM__SYSTEM_UNKNOWN);
}

static void
settings_are_read_where_the_kernel_has_them(void **state)
{
	char text[64];

	if (access("/proc/sys/kernel/pid_max", R_OK) < 0)
		skip();
	assert_true(wm__system_text("kernel/pid_max", text, sizeof(text)));
	assert_int_equal(wm__system_number("kernel/pid_max"),
	    strtoll(text, NULL, 10));
	assert_int_equal(wm__system_number("kernel/ostype"),
	    WM__SYSTEM_UNKNOWN);
}

static void
ranges_hold_their_ends(void **state)
{
	assert_true(wm__system_in_ranges("80", 80));
	assert_true(wm__system_in_ranges("80,8000-8010", 8000));
	assert_true(wm__system_in_ranges("80,8000-8010", 8010));
	assert_false(wm__system_in_ranges("80,8000-8010", 8011));
	assert_false(wm__system_in_ranges("80,8000-8010", 81));
	assert_false(wm__system_in_ranges("", 0));
	assert_false(wm__system_in_ranges("x", 0));
}

static void
of_open_files_the_hard_limit_counts(void **state)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_true(wm__system_limit(WM__LIMIT_FILES) == limit.rlim_max);
	limit.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_true(wm__system_limit(WM__LIMIT_FILES) == limit.rlim_max);
}

static void
of_core_dumps_the_soft_limit_counts(void **state)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
	limit.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_CORE, &limit), 0);
	assert_true(wm__system_limit(WM__LIMIT_CORE) == 0);
}

static void
the_loaded_c_library_is_found_and_no_other(void **state)
{
	char path[4096];

	if (!wm__system_loaded("libcmocka", path, sizeof(path)))
		skip();
	assert_non_null(strstr(path, "libcmocka"));
	assert_false(wm__system_loaded("libnosuch", path, sizeof(path)));
}

/* Asked by a child that gave up root. */
static void
who_gave_up_root_may_do_none_of_it(void **state)
{
	pid_t child;
	int status;

	if (geteuid() != 0)
		skip();
	assert_true(wm__system_may(WM__MAY_CHANGE_USER));
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int may = setuid(65534) < 0;

		for (int i = 0; i <= WM__MAY_RAISE_LIMITS; i++)
			may += wm__system_may((enum wm__system_ability)i);
		_exit(may);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void
what_this_machine_has_is_found(void **state)
{
	assert_true(wm__system_has(WM__SYSTEM_REUSEPORT));
	assert_int_equal(wm__system_has(WM__SYSTEM_PROC),
	    access("/proc/self/stat", R_OK) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_that_are_not_there_are_unknown),
		cmocka_unit_test(settings_are_read_where_the_kernel_has_them),
		cmocka_unit_test(ranges_hold_their_ends),
		cmocka_unit_test(of_open_files_the_hard_limit_counts),
		cmocka_unit_test(of_core_dumps_the_soft_limit_counts),
		cmocka_unit_test(the_loaded_c_library_is_found_and_no_other),
		cmocka_unit_test(who_gave_up_root_may_do_none_of_it),
		cmocka_unit_test(what_this_machine_has_is_found),
	};

	return UNIT_RUN(tests);
}
