/* SPDX-License-Identifier: MIT */
/* Leaving: how a process ends its connections without breaking what is in
   flight. */
#ifndef NET_DRAIN_H
#define NET_DRAIN_H

#include "framework/net/proc.h"

/*
 * No new connections. Those that owe nothing end at once, the others when
 * they have answered; patient: only those whose protocol is one of exchanges
 * (WM_P_EXCHANGE), the others are waited for. For WM_CLOSE_RESTART such a
 * connection ends by an answer that says so, or when it has been idle for a
 * second.
 */
void wm__proc_drain(struct wm_proc *p, enum wm_close_reason reason,
    bool patient);

/* The same, and the others are closed one by one within `ms`. */
void wm__proc_drain_over(struct wm_proc *p, enum wm_close_reason reason,
    uint32_t ms);

/* The spreading begins again, for those that were to move until now. */
void wm__drain_again(struct wm_proc *p);

/* Once a second: whoever has become idle ends. */
void wm__drain_tick(struct wm_proc *p);

void wm__drain_fini(struct wm_proc *p);

#endif
