/* SPDX-License-Identifier: MIT */
/* check_kernel.c and check_libraries.c: kernel, event loop, libraries. */
#include "tests/support/unit.h"

#include "framework/cli/check_kernel.h"

static struct wm__finding found;

static struct wm__finding *
fresh(void)
{
	found = (struct wm__finding){ 0 };
	return &found;
}

static void
a_kernel_with_everything_is_ok(void **state)
{
	bool has[WM__SYSTEM_FEATURE_COUNT];

	memset(has, 1, sizeof(has));
	wm__judge_kernel("Linux 9", has, true, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
	assert_string_equal(found.text,
	    "Linux 9: SO_REUSEPORT, /proc, memfd, pidfd");
}

static void
each_missing_feature_is_named(void **state)
{
	for (int i = 0; i < WM__SYSTEM_FEATURE_COUNT; i++) {
		bool has[WM__SYSTEM_FEATURE_COUNT];

		memset(has, 1, sizeof(has));
		has[i] = false;
		wm__judge_kernel("Linux 3", has, false, fresh());
		assert_int_equal(found.level, WM__CHECK_WARN);
		assert_non_null(strstr(found.text, "Linux 3 has no "));
	}
}

static void
without_shared_ports_no_worker_can_have_two_processes(void **state)
{
	bool has[WM__SYSTEM_FEATURE_COUNT];

	memset(has, 1, sizeof(has));
	has[WM__SYSTEM_REUSEPORT] = false;
	wm__judge_kernel("Linux 3", has, true, fresh());
	assert_int_equal(found.level, WM__CHECK_MISSING);
	assert_non_null(strstr(found.text, "SO_REUSEPORT"));
}

static void
the_event_loop_says_what_there_is(void **state)
{
	struct wm__loop_facts facts = { "aio", NULL, "epoll select", 0 };

	wm__judge_event_loop(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_MISSING);
	assert_string_equal(found.text,
	    "there is no aio here; there is: epoll select");
	facts = (struct wm__loop_facts){ NULL, "epoll", "epoll select", 0 };
	wm__judge_event_loop(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
	facts = (struct wm__loop_facts){ "select", "select", "select", 1024 };
	wm__judge_event_loop(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_WARN);
	assert_non_null(strstr(found.text, "1024"));
	facts = (struct wm__loop_facts){ "poll", "poll", "poll", 0 };
	wm__judge_event_loop(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_WARN);
}

static void
migration_is_only_told_of(void **state)
{
	for (int i = -1; i < 2; i++) {
		wm__judge_migration(i, fresh());
		assert_int_equal(found.level, WM__CHECK_OK);
	}
}

static void
libraries_warn_when_older_than_their_headers(void **state)
{
	static const struct {
		const char *compiled, *loaded;
		enum wm__check_level level;
	} cases[] = {
		{ "3.0.11", "3.0.11", WM__CHECK_OK },
		{ "3.0.9", "3.0.11", WM__CHECK_OK },
		{ "3.0.11", "3.0.9", WM__CHECK_WARN },
		{ "3.2.0", "3.0.11", WM__CHECK_WARN },
		{ "2.1.12-stable", "2.1.12-stable", WM__CHECK_OK },
		{ "2.1.12-stable", "2.1.8-stable", WM__CHECK_WARN },
		{ "1.2.13", "1.3", WM__CHECK_OK },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct wm__library_facts facts = { "x", cases[i].compiled,
			cases[i].loaded, NULL };

		wm__judge_library(&facts, fresh());
		assert_int_equal(found.level, cases[i].level);
		assert_non_null(strstr(found.text, cases[i].compiled));
		assert_non_null(strstr(found.text, cases[i].loaded));
	}
}

static void
libraries_that_tell_no_version_are_named_by_their_file(void **state)
{
	struct wm__library_facts facts = { "w", NULL, NULL, "/lib/w.so.1" };

	wm__judge_library(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
	assert_non_null(strstr(found.text, "/lib/w.so.1"));
	facts.file = NULL;
	facts.compiled = "8.1.0";
	wm__judge_library(&facts, fresh());
	assert_string_equal(found.text, "w 8.1.0, linked in or not used");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kernel_with_everything_is_ok),
		cmocka_unit_test(each_missing_feature_is_named),
		cmocka_unit_test(
		    without_shared_ports_no_worker_can_have_two_processes),
		cmocka_unit_test(the_event_loop_says_what_there_is),
		cmocka_unit_test(migration_is_only_told_of),
		cmocka_unit_test(libraries_warn_when_older_than_their_headers),
		cmocka_unit_test(
		    libraries_that_tell_no_version_are_named_by_their_file),
	};

	return UNIT_RUN(tests);
}
