/* SPDX-License-Identifier: MIT */
/* The process's timers of <workerman/timer.h>: their end. */
#ifndef NET_TIMER_H
#define NET_TIMER_H

#include <stdint.h>

struct wm_proc;

/* Where the time of the day comes from, in milliseconds since 1970; for
   timers that are made from now on. */
void wm__timers_set_clock(struct wm_proc *p, int64_t (*real_ms)(void));

/* Ends the repeating ones; those that fire once still do. */
void wm__timers_stop_repeating(struct wm_proc *p);
void wm__timers_fini(struct wm_proc *p);

#endif
