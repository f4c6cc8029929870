/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <sys/wait.h>

#include "framework/base/counters.h"
#include "framework/master/exits.h"
#include "tests/support/unit.h"

static struct wm__exits exits;
static struct wm_buf rows;

#define EXITED(code) W_EXITCODE(code, 0)
#define KILLED(sig)  W_EXITCODE(0, sig)

static int
set_up(void **state)
{
	(void)state;
	memset(&exits, 0, sizeof(exits));
	rows = (struct wm_buf)WM_BUF_INIT;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	wm__exits_fini(&exits);
	wm_buf_fini(&rows);
	return 0;
}

static void
note(const char *worker, int wait_status, unsigned times)
{
	while (times-- > 0)
		assert_int_equal(wm__exits_note(&exits, worker, wait_status),
		    0);
}

static const char *
text(void)
{
	rows.len = 0;
	wm__exits_rows(&exits, &rows);
	wm_buf_put(&rows, "", 1);
	assert_false(rows.failed);
	return rows.data;
}

static void
nothing_has_ended_at_first(void **state)
{
	(void)state;
	assert_string_equal(text(), "");
	assert_null(wm__exits_past(&exits, "echo"));
}

static void
causes_are_counted_by_worker_in_words(void **state)
{
	(void)state;
	note("echo", EXITED(3), 2);
	note("chat", KILLED(SIGKILL), 1);
	note("echo", EXITED(0), 1);
	assert_string_equal(text(),
	    "ROW exit worker=echo count=2 cause=exited%20with%20status%203\n"
	    "ROW exit worker=echo count=1 cause=exited%20with%20status%200\n"
	    "ROW exit worker=chat count=1 cause=was%20killed%20by%20SIGKILL"
	    "%20(kill%20-9%20or%20out%20of%20memory)\n");
}

static void
the_most_frequent_comes_first(void **state)
{
	(void)state;
	note("echo", EXITED(1), 1);
	note("echo", EXITED(2), 1);
	note("echo", EXITED(3), 3);
	note("echo", EXITED(2), 1);
	assert_string_equal(text(),
	    "ROW exit worker=echo count=3 cause=exited%20with%20status%203\n"
	    "ROW exit worker=echo count=2 cause=exited%20with%20status%202\n"
	    "ROW exit worker=echo count=1 cause=exited%20with%20status%201\n");
}

static void
causes_beyond_the_bound_are_counted_together(void **state)
{
	const char *found;

	(void)state;
	for (int i = 0; i < WM__EXITS_CAUSES + 5; i++)
		note("echo", EXITED(i + 1), 2);
	found = strstr(text(), "ended%20in%20other%20ways");
	assert_non_null(found);
	assert_non_null(strstr(text(), "count=10 cause=ended"));
	note("echo", EXITED(1), 1);
	assert_non_null(strstr(text(), "count=3 cause=exited"));
}

static void
names_have_a_bound(void **state)
{
	char name[32];

	(void)state;
	for (int i = 0; i < WM__EXITS_WORKERS; i++) {
		snprintf(name, sizeof(name), "worker-%d", i);
		note(name, EXITED(0), 1);
	}
	assert_int_equal(wm__exits_note(&exits, "one-more", 0), WM_E_FULL);
	note("worker-7", EXITED(0), 1);
	assert_non_null(strstr(text(), "worker=worker-7 count=2"));
}

static void
what_they_counted_is_kept(void **state)
{
	struct wm__counters page = { .requests = 5, .connections = 3 };
	const struct wm__totals *past;

	(void)state;
	page.closed[WM_CLOSE_TIMEOUT] = 2;
	wm__exits_keep(&exits, "echo", &page);
	page.requests = 7;
	wm__exits_keep(&exits, "echo", &page);
	past = wm__exits_past(&exits, "echo");
	assert_non_null(past);
	assert_int_equal(past->requests, 12);
	assert_int_equal(past->closed[WM_CLOSE_TIMEOUT], 4);
	assert_int_equal(past->connections, 0);
	assert_null(wm__exits_past(&exits, "chat"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_has_ended_at_first,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    causes_are_counted_by_worker_in_words, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_most_frequent_comes_first,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    causes_beyond_the_bound_are_counted_together, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(names_have_a_bound, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(what_they_counted_is_kept,
		    set_up, tear_down),
	};

	return UNIT_RUN(tests);
}
