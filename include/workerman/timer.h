/* SPDX-License-Identifier: MIT */
/*
 * Timers of a worker: milliseconds on the monotonic clock, one-shot or
 * repeating, and times of the day. One that waits costs memory and nothing
 * else, be there 100,000 of them.
 */
#ifndef WORKERMAN_TIMER_H
#define WORKERMAN_TIMER_H

#include <workerman/api.h>

WM_BEGIN_DECLS

struct wm_proc;

typedef void wm_timer_fn(struct wm_proc *p, void *arg);

/*
 * Calls fn(p, arg) once in `ms` milliseconds. Returns the timer's id, never
 * reused, or 0 when memory ran out. `arg` stays the caller's.
 */
WM_API uint64_t wm_timer_once(struct wm_proc *p, uint64_t ms, wm_timer_fn *fn,
    void *arg);

/*
 * Calls fn(p, arg) every `ms` milliseconds (at least 1), the first time in
 * `ms`. Due times are multiples of the period from now: a late call does not
 * shift the next ones, and periods missed entirely are skipped.
 */
WM_API uint64_t wm_timer_every(struct wm_proc *p, uint64_t ms, wm_timer_fn *fn,
    void *arg);

/*
 * Calls fn(p, arg) whenever the clock on the wall shows a time that
 * `expression` means, at the beginning of that minute: five fields as in
 * crontab(5), of minutes (0-59), hours (0-23), days of the month (1-31), months
 * (1-12 or JAN-DEC) and days of the week (0-7, both ends are Sunday, or
 * SUN-SAT). A field is a star, a value, a range 1-5, any of these with a step,
 * such as a star with "/15", or several with commas; a value with a step
 * begins there. When neither field of days begins with a star, a day need only
 * satisfy one of them.
 *
 * The time zone is the process's. A time that summer time skips comes when the
 * clock changes; of one that comes twice the first counts; but what is to
 * happen in every hour happens in each that passes. A clock that is set
 * forwards makes up for one call, one set back by less than three hours
 * repeats none.
 *
 * Returns the timer's id, or 0 when memory ran out or the expression is none:
 * then the log says what is wrong with it, as does wm_cron_next().
 */
WM_API uint64_t wm_timer_cron(struct wm_proc *p, const char *expression,
    wm_timer_fn *fn, void *arg);

/*
 * The first time after `after` that the expression means, both in seconds since
 * 1970; or WM_E_INVALID, with one static line in *error_r that says why.
 */
WM_API int64_t wm_cron_next(const char *expression, int64_t after,
    const char **error_r);

/*
 * Cancels a timer; it is not called again, also when cancelled from its own
 * callback. Returns 0, or WM_E_NOT_FOUND when it is over or unknown.
 */
WM_API int wm_timer_cancel(struct wm_proc *p, uint64_t id);

WM_END_DECLS

#endif
