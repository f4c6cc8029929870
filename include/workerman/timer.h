/* SPDX-License-Identifier: MIT */
/*
 * Timers of a worker: milliseconds on the monotonic clock, one-shot or
 * repeating.
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
 * Cancels a timer; it is not called again, also when cancelled from its own
 * callback. Returns 0, or WM_E_NOT_FOUND when it is over or unknown.
 */
WM_API int wm_timer_cancel(struct wm_proc *p, uint64_t id);

WM_END_DECLS

#endif
