/* SPDX-License-Identifier: MIT */
/*
 * When a dead worker is born again: at once after a first death, then after
 * 100 ms, doubling to 30 s (or less) while it keeps dying young. A worker that
 * lived for a minute starts over. Knows no clock, no process: only numbers.
 */
#ifndef MASTER_POLICY_H
#define MASTER_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#define WM__POLICY_FIRST_MS 100
#define WM__POLICY_MOST_MS  30000
#define WM__POLICY_SOUND_MS 60000 /* a life this long forgives all */

#define WM__POLICY_LOOP 3 /* short lives in a row: a crash loop */

/* Of one slot; begins as zeroes. */
struct wm__policy {
	unsigned failures; /* short lives in a row */
	uint64_t most_ms;  /* 0: WM__POLICY_MOST_MS */
};

/* Notes the end of a life of `age_ms` (0: it could not even be born) and
   returns the milliseconds until the next birth. */
uint64_t wm__policy_died(struct wm__policy *policy, int64_t age_ms);

/* Whether it is in a crash loop, when the present life has lasted `age_ms`. */
bool wm__policy_loops(const struct wm__policy *policy, int64_t age_ms);

#endif
