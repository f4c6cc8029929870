/* SPDX-License-Identifier: MIT */
/* The process's timers of <workerman/timer.h>: their end. */
#ifndef NET_TIMER_H
#define NET_TIMER_H

struct wm_proc;

/* Ends the repeating ones; those that fire once still do. */
void wm__timers_stop_repeating(struct wm_proc *p);
void wm__timers_fini(struct wm_proc *p);

#endif
