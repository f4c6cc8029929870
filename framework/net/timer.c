/* SPDX-License-Identifier: MIT */
/*
 * The application's timers: by id in a hash, each on one timer of the loop.
 * A repeating timer computes its next due time from the first, never from
 * "now", so that it does not drift.
 */
#include "config.h"

#include <stdlib.h>

#include <uthash.h>

#include <workerman/error.h>
#include <workerman/timer.h>

#include "framework/base/clock.h"
#include "framework/net/proc.h"
#include "framework/net/timer.h"

#define TIMER_MAX_MS ((uint64_t)1 << 50) /* 35,000 years: no overflow */

struct timer {
	uint64_t id;
	struct wm_proc *proc;
	struct wm__timer *timer;
	wm_timer_fn *fn;
	void *arg;
	int64_t due;     /* monotonic milliseconds */
	uint64_t period; /* 0: once */
	UT_hash_handle hh;
};

struct wm__timers {
	struct timer *by_id;
	uint64_t last_id;
};

static void
timer_end(struct timer *t)
{
	struct wm_proc *p = t->proc;

	HASH_DEL(p->timers->by_id, t);
	wm__gauge(&p->counters->timers, HASH_COUNT(p->timers->by_id));
	wm__timer_free(&t->timer);
	free(t);
}

/* Whether the loop woke up before the time: its clock is coarser. */
static bool
timer_is_early(struct timer *t, int64_t now)
{
	if (now >= t->due)
		return false;
	wm__timer_start(t->timer, (uint64_t)(t->due - now));
	return true;
}

static void
timer_fire(void *arg)
{
	struct timer *t = arg;
	struct wm_proc *p = t->proc;
	wm_timer_fn *fn = t->fn;
	void *fn_arg = t->arg;
	int64_t now = wm__clock_ms();

	if (timer_is_early(t, now))
		return;
	if (t->period == 0)
		timer_end(t);
	else {
		uint64_t missed = (uint64_t)(now - t->due) / t->period;

		t->due += (int64_t)((missed + 1) * t->period);
		wm__timer_start(t->timer, (uint64_t)(t->due - now));
	}
	fn(p, fn_arg);
}

static uint64_t
timer_add(struct wm_proc *p, uint64_t ms, uint64_t period, wm_timer_fn *fn,
    void *arg)
{
	struct timer *t = calloc(1, sizeof(*t));

	if (p->timers == NULL)
		p->timers = calloc(1, sizeof(*p->timers));
	if (t != NULL)
		t->timer = wm__timer_new(p->loop, timer_fire, t);
	if (p->timers == NULL || t == NULL || t->timer == NULL) {
		if (t != NULL)
			wm__timer_free(&t->timer);
		free(t);
		return 0;
	}
	if (ms > TIMER_MAX_MS)
		ms = TIMER_MAX_MS;
	t->id = ++p->timers->last_id;
	t->proc = p;
	t->fn = fn;
	t->arg = arg;
	t->period = period < TIMER_MAX_MS ? period : TIMER_MAX_MS;
	t->due = wm__clock_ms() + (int64_t)ms;
	HASH_ADD(hh, p->timers->by_id, id, sizeof(t->id), t);
	wm__gauge(&p->counters->timers, HASH_COUNT(p->timers->by_id));
	wm__timer_start(t->timer, ms);
	return t->id;
}

uint64_t
wm_timer_once(struct wm_proc *p, uint64_t ms, wm_timer_fn *fn, void *arg)
{
	return timer_add(p, ms, 0, fn, arg);
}

uint64_t
wm_timer_every(struct wm_proc *p, uint64_t ms, wm_timer_fn *fn, void *arg)
{
	if (ms == 0)
		ms = 1;
	return timer_add(p, ms, ms, fn, arg);
}

int
wm_timer_cancel(struct wm_proc *p, uint64_t id)
{
	struct timer *t = NULL;

	if (p->timers != NULL)
		HASH_FIND(hh, p->timers->by_id, &id, sizeof(id), t);
	if (t == NULL)
		return WM_E_NOT_FOUND;
	timer_end(t);
	return 0;
}

void
wm__timers_stop_repeating(struct wm_proc *p)
{
	struct timer *t, *next;

	if (p->timers == NULL)
		return;
	HASH_ITER(hh, p->timers->by_id, t, next)
		if (t->period > 0)
			timer_end(t);
}

void
wm__timers_fini(struct wm_proc *p)
{
	struct timer *t, *next;

	if (p->timers == NULL)
		return;
	HASH_ITER(hh, p->timers->by_id, t, next)
		timer_end(t);
	free(p->timers);
	p->timers = NULL;
}
