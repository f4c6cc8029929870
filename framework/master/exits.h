/* SPDX-License-Identifier: MIT */
/*
 * What remains of workers that ended: how they ended, and what they had
 * counted, so that a service's totals do not fall when one of its processes
 * is replaced.
 */
#ifndef MASTER_EXITS_H
#define MASTER_EXITS_H

#include <stddef.h>

#include <workerman/buf.h>

#define WM__EXITS_CAUSES  16   /* told apart, of one worker */
#define WM__EXITS_WORKERS 1024 /* names, of all generations */

struct wm__counters;
struct wm__exits_worker;
struct wm__totals;

/* Zeroed at first. */
struct wm__exits {
	struct wm__exits_worker *all;
	size_t n;
};

void wm__exits_fini(struct wm__exits *exits);

/*
 * A process of that worker ended so. Causes beyond the bound are counted
 * together. Returns 0, or WM_E_NOMEM or WM_E_FULL when the name is one too
 * many: then it is not counted.
 */
int wm__exits_note(struct wm__exits *exits, const char *worker,
    int wait_status);

/* What it had counted, from its page. Returns likewise. */
int wm__exits_keep(struct wm__exits *exits, const char *worker,
    const struct wm__counters *page);

/* What all its ended processes counted; null when none has ended. */
const struct wm__totals *wm__exits_past(const struct wm__exits *exits,
    const char *worker);

/* "ROW exit worker=... count=... cause=...", the most frequent first. */
void wm__exits_rows(const struct wm__exits *exits, struct wm_buf *out);

#endif
