/* SPDX-License-Identifier: MIT */
/* check_limits.c: what the system bounds, against the table's needs. */
#include "tests/support/unit.h"

#include "framework/base/system.h"
#include "framework/cli/check_limits.h"
#include "framework/ipc/table.h"

static const struct wm__needs few = { .processes = 5,
	.master_files = 60,
	.reload_files = 80,
	.worker_files = 40 };

static struct wm__finding found;

static struct wm__finding *
fresh(void)
{
	found = (struct wm__finding){ 0 };
	return &found;
}

static void
a_bigger_table_needs_more(void **state)
{
	char *urls[] = { NULL, NULL };
	struct wm__row row = { .count = 2, .urls = urls, .n_urls = 2 };
	struct wm__table table = { .rows = &row, .n_rows = 1 };
	struct wm__needs small = wm__check_needs(&table), big;

	assert_int_equal(small.processes, 3);
	row.count = 8;
	big = wm__check_needs(&table);
	assert_int_equal(big.processes, 9);
	assert_int_equal(big.master_files, small.master_files + 6 * 5 + 12);
	assert_int_equal(big.reload_files, small.reload_files + 6 * 10 + 12);
	assert_true(big.worker_files >= small.worker_files + 6 + 12);
}

static void
files_are_missing_when_not_even_the_sockets_fit(void **state)
{
	wm__judge_files(&few, 59, fresh());
	assert_int_equal(found.level, WM__CHECK_MISSING);
	assert_non_null(strstr(found.text, "59 open files"));
	assert_string_equal(found.mend, "prlimit --nofile=65536 --pid $$");
	assert_true(found.as_root);
}

static void
files_for_few_connections_are_a_warning(void **state)
{
	wm__judge_files(&few, 40 + WM__CHECK_CONNECTIONS - 1, fresh());
	assert_int_equal(found.level, WM__CHECK_WARN);
	assert_non_null(strstr(found.text, "room for 1023 connections"));
	assert_string_not_equal(found.mend, "");
	wm__judge_files(&few, 40 + WM__CHECK_CONNECTIONS, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
	assert_string_equal(found.mend, "");
	wm__judge_files(&few, WM__SYSTEM_UNLIMITED, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
}

static void
files_that_do_not_suffice_for_a_reload_are_a_warning(void **state)
{
	wm__judge_files(&few, 60, fresh());
	assert_int_equal(found.level, WM__CHECK_WARN);
	assert_non_null(strstr(found.text, "a reload needs 80"));
	wm__judge_files(&few, 80, fresh());
	assert_null(strstr(found.text, "reload"));
}

static void
a_huge_table_asks_for_more_than_the_usual(void **state)
{
	struct wm__needs many = { 2000, 90000, 100000, 4000 };

	wm__judge_files(&many, 4096, fresh());
	assert_int_equal(found.level, WM__CHECK_MISSING);
	assert_string_equal(found.mend, "prlimit --nofile=100000 --pid $$");
}

static void
a_row_may_ask_for_its_own_limit_of_files(void **state)
{
	struct wm__row_files facts = { "w", 1000, 50, 4096, false };

	wm__judge_row_files(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
	facts.wanted = 49;
	wm__judge_row_files(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_MISSING);
	facts.wanted = 5000;
	wm__judge_row_files(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_MISSING);
	assert_string_equal(found.mend, "prlimit --nofile=5000 --pid $$");
	facts.may_raise = true;
	wm__judge_row_files(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
}

static void
each_process_must_get_its_cpu(void **state)
{
	wm__judge_cpus("w", "0-3", -1, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
	wm__judge_cpus("w", "0-3", 2, fresh());
	assert_int_equal(found.level, WM__CHECK_MISSING);
	assert_non_null(strstr(found.text, "process 2"));
}

static void
processes_count_twice_because_of_reload(void **state)
{
	wm__judge_processes(&few, 10, WM__SYSTEM_UNLIMITED, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
	wm__judge_processes(&few, 9, WM__SYSTEM_UNLIMITED, fresh());
	assert_int_equal(found.level, WM__CHECK_WARN);
	assert_string_equal(found.mend, "prlimit --nproc=4096 --pid $$");
	wm__judge_processes(&few, 4, WM__SYSTEM_UNLIMITED, fresh());
	assert_int_equal(found.level, WM__CHECK_MISSING);
}

static void
the_control_group_counts_too(void **state)
{
	wm__judge_processes(&few, WM__SYSTEM_UNLIMITED, 4, fresh());
	assert_int_equal(found.level, WM__CHECK_MISSING);
	assert_non_null(strstr(found.text, "pids.max"));
	wm__judge_processes(&few, WM__SYSTEM_UNLIMITED, 9, fresh());
	assert_int_equal(found.level, WM__CHECK_WARN);
}

static void
memory_is_never_missing(void **state)
{
	wm__judge_memory(&few, 1 << 20, 0, fresh());
	assert_int_equal(found.level, WM__CHECK_WARN);
	wm__judge_memory(&few, 1ull << 32, 2, fresh());
	assert_int_equal(found.level, WM__CHECK_WARN);
	assert_string_equal(found.mend, "sysctl -w vm.overcommit_memory=0");
	wm__judge_memory(&few, 1ull << 32, WM__SYSTEM_UNKNOWN, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
	wm__judge_memory(&few, 0, 0, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
}

static void
core_dumps_are_only_told_of(void **state)
{
	wm__judge_core(0, "core", fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
	assert_string_equal(found.mend, "ulimit -c unlimited");
	wm__judge_core(0, "|/bin/catch %p", fresh());
	assert_string_equal(found.text, "a crash goes to /bin/catch %p");
	assert_string_equal(found.mend, "");
	wm__judge_core(WM__SYSTEM_UNLIMITED, "/var/core/%e", fresh());
	assert_string_equal(found.text, "a crash leaves /var/core/%e");
	wm__judge_core(1024, "", fresh());
	assert_string_equal(found.text, "a crash leaves core");
}

static void
a_shorter_backlog_is_a_warning(void **state)
{
	wm__judge_backlog(128, 4096, fresh());
	assert_int_equal(found.level, WM__CHECK_WARN);
	assert_string_equal(found.mend, "sysctl -w net.core.somaxconn=4096");
	wm__judge_backlog(4096, 4096, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
	wm__judge_backlog(128, 0, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
	wm__judge_backlog(WM__SYSTEM_UNKNOWN, 4096, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
}

static void
a_smaller_buffer_is_a_warning(void **state)
{
	(void)state;
	wm__judge_buffer("rmem_max", 1000, 1001, fresh());
	assert_int_equal(found.level, WM__CHECK_WARN);
	assert_string_equal(found.mend, "sysctl -w net.core.rmem_max=1001");
	wm__judge_buffer("rmem_max", 1001, 1001, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
	wm__judge_buffer("rmem_max", WM__SYSTEM_UNKNOWN, 1, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bigger_table_needs_more),
		cmocka_unit_test(
		    files_are_missing_when_not_even_the_sockets_fit),
		cmocka_unit_test(files_for_few_connections_are_a_warning),
		cmocka_unit_test(
		    files_that_do_not_suffice_for_a_reload_are_a_warning),
		cmocka_unit_test(a_huge_table_asks_for_more_than_the_usual),
		cmocka_unit_test(a_row_may_ask_for_its_own_limit_of_files),
		cmocka_unit_test(each_process_must_get_its_cpu),
		cmocka_unit_test(processes_count_twice_because_of_reload),
		cmocka_unit_test(the_control_group_counts_too),
		cmocka_unit_test(memory_is_never_missing),
		cmocka_unit_test(core_dumps_are_only_told_of),
		cmocka_unit_test(a_shorter_backlog_is_a_warning),
		cmocka_unit_test(a_smaller_buffer_is_a_warning),
	};

	return UNIT_RUN(tests);
}
