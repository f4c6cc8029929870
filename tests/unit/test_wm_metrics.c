/* SPDX-License-Identifier: MIT */
/* wm_metrics(): who waits, who is asked, who is told. */
#include <unistd.h>

#include <workerman/error.h>

#include "framework/base/fd.h"
#include "framework/net/proc.h"
#include "framework/worker/metrics.h"
#include "tests/support/unit.h"

static const struct wm_worker row = { .name = "test" };
static struct wm_proc proc;
static unsigned asked, told, nothing;
static int refusal; /* what asking returns */
static char last[64];
static bool again; /* whoever is told asks once more */

static int
ask(struct wm_proc *p)
{
	assert_ptr_equal(p, &proc);
	if (refusal == 0)
		asked++;
	return refusal;
}

static void
done(struct wm_proc *p, const char *text, size_t len, void *arg)
{
	assert_ptr_equal(arg, &told);
	told++;
	if (text == NULL)
		nothing++;
	else
		snprintf(last, sizeof(last), "%.*s", (int)len, text);
	if (again)
		wm_metrics(p, done, arg);
}

static int
set_up(void **state)
{
	const char *error;

	(void)state;
	asked = told = nothing = 0;
	refusal = 0;
	again = false;
	last[0] = '\0';
	assert_int_equal(wm__proc_init(&proc, &row, NULL, &error), 0);
	return wm__metrics_init(&proc, ask);
}

static int
tear_down(void **state)
{
	(void)state;
	again = false;
	wm__metrics_fini(&proc);
	wm__proc_fini(&proc);
	return 0;
}

static void
all_who_wait_are_told_after_one_question(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(wm_metrics(&proc, done, &told), 0);
	assert_int_equal(asked, 1);
	assert_int_equal(told, 0);
	wm__metrics_answer(&proc, "text", 4);
	assert_int_equal(told, 3);
	assert_string_equal(last, "text");
	wm__metrics_answer(&proc, "late", 4);
	assert_int_equal(told, 3);
}

static void
who_is_told_may_ask_again(void **state)
{
	(void)state;
	again = true;
	wm_metrics(&proc, done, &told);
	wm__metrics_answer(&proc, "one", 3);
	assert_int_equal(told, 1);
	assert_int_equal(asked, 2);
	wm__metrics_answer(&proc, "two", 3);
	assert_int_equal(told, 2);
	assert_string_equal(last, "two");
}

static void
waiting_has_a_bound(void **state)
{
	(void)state;
	for (int i = 0; i < WM__METRICS_WAITING; i++)
		assert_int_equal(wm_metrics(&proc, done, &told), 0);
	assert_int_equal(wm_metrics(&proc, done, &told), WM_E_BUSY);
	wm__metrics_answer(&proc, NULL, 0);
	assert_int_equal(nothing, WM__METRICS_WAITING);
	assert_int_equal(wm_metrics(&proc, done, &told), 0);
}

static void
who_cannot_ask_does_not_wait(void **state)
{
	(void)state;
	refusal = WM_E_CLOSED;
	assert_int_equal(wm_metrics(&proc, done, &told), WM_E_CLOSED);
	refusal = 0;
	assert_int_equal(wm_metrics(&proc, done, &told), 0);
	wm__metrics_answer(&proc, "text", 4);
	assert_int_equal(told, 1);
}

static void
a_file_is_read_to_its_nul(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(wm__fd_memory_with("test", "a file", 7, &fd), 0);
	assert_true(pwrite(fd, "x", 1, 0) < 0);
	wm_metrics(&proc, done, &told);
	wm__metrics_answer_file(&proc, fd);
	assert_string_equal(last, "a file");
	wm__fd_close(&fd);
	assert_int_equal(wm__fd_memory_with("test", "no end", 6, &fd), 0);
	wm_metrics(&proc, done, &told);
	wm__metrics_answer_file(&proc, fd);
	assert_int_equal(nothing, 1);
	wm__fd_close(&fd);
}

static void
the_end_tells_those_who_wait(void **state)
{
	(void)state;
	again = true;
	wm_metrics(&proc, done, &told);
	wm__metrics_fini(&proc);
	assert_int_equal(nothing, 1);
	assert_int_equal(wm_metrics(&proc, done, &told), WM_E_UNSUPPORTED);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(all_who_wait_are_told_after_one_question),
		CASE(who_is_told_may_ask_again),
		CASE(waiting_has_a_bound),
		CASE(who_cannot_ask_does_not_wait),
		CASE(a_file_is_read_to_its_nul),
		CASE(the_end_tells_those_who_wait),
	};

	return UNIT_RUN(tests);
}
