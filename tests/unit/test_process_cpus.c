/* SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/base/process.h"
#include "tests/support/unit.h"

static void
lists_of_cpus_are_told_from_others(void **state)
{
	static const char *const good[] = { "0", "7", "0-3", "3-3", "0,2,4",
		"0-3,8", "8,0-3,8", "4095", "0-4095", "007" };
	static const char *const bad[] = { "", ",", "0,", ",0", "-", "-1", "1-",
		"3-1", "1--2", "1-2-3", "0,,1", "a", "0x1", " 0", "0 ", "0;1",
		"4096", "0-4096", "99999999999999999999",
		"0-99999999999999999999", "18446744073709551616", "+1", "1.0",
		"all", "\xd9\xa1" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (wm__process_check_cpus(good[i]) != 0)
			fail_msg("%s is a list", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (wm__process_check_cpus(bad[i]) != WM_E_INVALID)
			fail_msg("%s is no list", bad[i]);
		assert_int_equal(wm__process_pin(bad[i], 0), WM_E_INVALID);
	}
}

#ifdef __linux__

/* The one CPU that this process is bound to; -1: several. */
static int
bound_to(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	if (CPU_COUNT(&set) != 1)
		return -1;
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			return i;
	return -1;
}

/* The first and the last CPU that this process may use. */
static void
ends_of(const cpu_set_t *set, int *first_r, int *last_r)
{
	*first_r = *last_r = -1;
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, set)) {
			*last_r = i;
			if (*first_r < 0)
				*first_r = i;
		}
}

static void
a_process_is_bound_to_the_kth_round_and_round(void **state)
{
	cpu_set_t before;
	int first, last;
	char list[64];

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	ends_of(&before, &first, &last);
	snprintf(list, sizeof(list), "%d,%d-%d,%d", first, last, last, first);
	for (uint32_t k = 0; k < 9; k++) {
		assert_int_equal(wm__process_pin(list, k), 0);
		assert_int_equal(bound_to(), k % 3 == 1 ? last : first);
		sched_setaffinity(0, sizeof(before), &before);
	}
	assert_int_equal(wm__process_pin(list, UINT32_MAX), 0);
	assert_int_equal(bound_to(), first);
	sched_setaffinity(0, sizeof(before), &before);
}

static void
a_cpu_that_is_not_there_cannot_be_had(void **state)
{
	cpu_set_t before, after;

	(void)state;
	sched_getaffinity(0, sizeof(before), &before);
	errno = 0;
	assert_int_equal(wm__process_pin("4095", 0), WM_E_SYSTEM);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(wm__process_pin("0,4000-4095", 50), WM_E_SYSTEM);
	sched_getaffinity(0, sizeof(after), &after);
	assert_true(CPU_EQUAL(&before, &after));
}

static void
the_system_tells_of_a_process(void **state)
{
	struct wm__process process;
	pid_t pid = fork();
	struct pollfd p = { .events = POLLIN };

	(void)state;
	if (pid == 0)
		for (;;)
			pause();
	assert_true(wm__process_look(getpid(), &process));
	assert_true(process.rss > 0);
	assert_false(process.stopped);
	p.fd = wm__process_watch(pid);
	kill(pid, SIGSTOP);
	assert_int_equal(waitpid(pid, NULL, WUNTRACED), pid);
	assert_true(wm__process_look(pid, &process));
	assert_true(process.stopped);
	assert_int_equal(poll(&p, 1, 0), 0);
	kill(pid, SIGKILL);
	if (p.fd >= 0)
		assert_int_equal(poll(&p, 1, 10000), 1);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(wm__process_look(pid, &process));
	assert_int_equal(process.rss, 0);
	if (p.fd >= 0)
		close(p.fd);
	assert_int_equal(wm__process_watch(pid), -1);
}

#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_of_cpus_are_told_from_others),
#ifdef __linux__
		cmocka_unit_test(a_process_is_bound_to_the_kth_round_and_round),
		cmocka_unit_test(a_cpu_that_is_not_there_cannot_be_had),
		cmocka_unit_test(the_system_tells_of_a_process),
#endif
	};

	return UNIT_RUN(tests);
}
