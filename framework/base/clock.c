/* SPDX-License-Identifier: MIT */
/* The clocks of clock.h, by clock_gettime(2). */
#include "config.h"

#include <time.h>

#include "framework/base/clock.h"

int64_t
wm__clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
wm__clock_real_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
wm__clock_time(void)
{
	return (int64_t)time(NULL);
}

int64_t
wm__clock_cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
