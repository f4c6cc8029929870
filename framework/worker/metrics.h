/* SPDX-License-Identifier: MIT */
/* Whoever waits for metrics in this process, and who is asked for them. */
#ifndef WORKER_METRICS_H
#define WORKER_METRICS_H

#include <workerman/metrics.h>

#define WM__METRICS_WAITING 64   /* calls at a time */
#define WM__METRICS_MS      5000 /* then they are told that there are none */

/*
 * Makes wm_metrics() work: `ask` is called with the process when the first
 * one waits; wm__metrics_answer() must follow, but not from within. Returns 0
 * or WM_E_NOMEM.
 */
int wm__metrics_init(struct wm_proc *p, int (*ask)(struct wm_proc *));

/* Tells all who wait; text null: there are none. */
void wm__metrics_answer(struct wm_proc *p, const char *text, size_t len);

/* The same from a sealed memory file, which stays the caller's. */
void wm__metrics_answer_file(struct wm_proc *p, int fd);

/* Those who still wait are told that there are none; no more can ask. */
void wm__metrics_fini(struct wm_proc *p);

#endif
