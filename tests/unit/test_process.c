/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "framework/base/clock.h"
#include "framework/base/process.h"
#include "tests/support/unit.h"

static void
a_process_sees_itself(void **state)
{
	struct wm__process me;

	(void)state;
	assert_true(wm__process_look(getpid(), &me));
	assert_true(me.rss > 100u << 10);
	assert_false(me.stopped);
}

static void
cpu_time_is_that_of_the_clock(void **state)
{
	int64_t before = wm__clock_cpu_us();
	volatile unsigned n = 0;
	struct wm__process me;

	(void)state;
	while (wm__clock_cpu_us() - before < 200000)
		n++;
	assert_true(wm__process_look(getpid(), &me));
	assert_in_range(me.cpu_ms, 150,
	    (uint64_t)wm__clock_cpu_us() / 1000 + 20);
}

static void
a_stopped_one_is_seen(void **state)
{
	struct wm__process process;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		for (;;)
			pause();
	kill(pid, SIGSTOP);
	assert_int_equal(waitpid(pid, NULL, WUNTRACED), pid);
	assert_true(wm__process_look(pid, &process));
	assert_true(process.stopped);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(wm__process_look(pid, &process));
	assert_int_equal(process.rss, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_sees_itself),
		cmocka_unit_test(cpu_time_is_that_of_the_clock),
		cmocka_unit_test(a_stopped_one_is_seen),
	};

	return UNIT_RUN(tests);
}
