/* SPDX-License-Identifier: MIT */
/*
 * Expressions of five fields that say when something is to happen, as
 * crontab(5) has them: <workerman/timer.h> has the language. Knows neither
 * timers nor what the time is now; the time zone is the process's.
 */
#ifndef BASE_CRON_H
#define BASE_CRON_H

#include <stdbool.h>
#include <stdint.h>

/* Bit n is set for the value n. */
struct wm__cron {
	uint64_t minutes;
	uint32_t hours, days, months, weekdays; /* Sunday is 0 */
	bool any_hour;                          /* all of them */
	bool any_day, any_weekday;              /* begins with a star */
};

/* Returns 0, or WM_E_INVALID with one static line in *error_r. */
int wm__cron_parse(struct wm__cron *cron, const char *expression,
    const char **error_r);

/* The first time after `after`, both in seconds since 1970; 0: none that the
   calendar has. */
int64_t wm__cron_next(const struct wm__cron *cron, int64_t after);

#endif
