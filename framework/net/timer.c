/* SPDX-License-Identifier: MIT */
/*
 * The application's timers: by id in a hash, each on one timer of the loop.
 * A repeating timer computes its next due time from the first, never from
 * "now", so that it does not drift. One of the time of day looks at that clock
 * once a minute, as somebody may set it.
 */
#include "config.h"

#include <stdlib.h>

#include <workerman/error.h>
#include <workerman/log.h>
#include <workerman/timer.h>

#include "framework/base/clock.h"
#include "framework/base/cron.h"
#include "framework/base/hash.h"
#include "framework/base/running.h"
#include "framework/net/proc.h"
#include "framework/net/timer.h"

#define TIMER_LOOK_MS 60000                  /* at the time of day, at least */
#define TIMER_SET_MS  (3 * INT64_C(3600000)) /* back: the clock was wrong */
#define TIMER_MAX_MS  ((uint64_t)1 << 50)    /* 35,000 years: no overflow */

struct timer {
	uint64_t id;
	struct wm_proc *proc;
	struct wm__timer *timer;
	wm_timer_fn *fn;
	void *arg;
	int64_t due;           /* monotonic milliseconds; cron: since 1970 */
	uint64_t period;       /* 0: once */
	struct wm__cron *cron; /* of the time of day; mostly null */
	int64_t seen;          /* what that clock showed last */
	UT_hash_handle hh;
};

struct wm__timers {
	struct timer *by_id;
	uint64_t last_id;
	int64_t (*real_ms)(void);
};

static void
timer_end(struct timer *t)
{
	struct wm_proc *p = t->proc;

	HASH_DEL(p->timers->by_id, t);
	wm__gauge(&p->counters->timers, HASH_COUNT(p->timers->by_id));
	wm__timer_free(&t->timer);
	free(t->cron);
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
timer_call(struct wm_proc *p, wm_timer_fn *fn, void *arg)
{
	struct wm__outer outer = wm__running_begin(WM__RUNNING_TIMER, 0);

	fn(p, arg);
	wm__running_end(outer);
}

/* ---- the time of day ---- */

/* The next due time and a look at the clock until then. */
static void
timer_wait_for_day_time(struct timer *t, int64_t now)
{
	int64_t wait;

	if (t->due <= now)
		t->due = wm__cron_next(t->cron, now / 1000) * 1000;
	wait = t->due - now;
	t->seen = now;
	wm__timer_start(t->timer,
	    wait < TIMER_LOOK_MS ? (uint64_t)wait : TIMER_LOOK_MS);
}

static void
timer_look(void *arg)
{
	struct timer *t = arg;
	int64_t now = t->proc->timers->real_ms();
	bool is_due = now >= t->due;
	struct wm_proc *p = t->proc;
	wm_timer_fn *fn = t->fn;
	void *fn_arg = t->arg;

	if (now < t->seen - TIMER_SET_MS)
		t->due = now;
	timer_wait_for_day_time(t, now);
	if (is_due)
		timer_call(p, fn, fn_arg);
}

/* ---- milliseconds ---- */

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
	timer_call(p, fn, fn_arg);
}

/* ---- making them ---- */

static struct wm__timers *
timers_of(struct wm_proc *p)
{
	if (p->timers == NULL) {
		p->timers = calloc(1, sizeof(*p->timers));
		if (p->timers != NULL)
			p->timers->real_ms = wm__clock_real_ms;
	}
	return p->timers;
}

/* One that is not started yet; null: no memory. */
static struct timer *
timer_new(struct wm_proc *p, wm__timer_fn *fire, wm_timer_fn *fn, void *arg)
{
	struct timer *t = timers_of(p) != NULL ? calloc(1, sizeof(*t)) : NULL;

	if (t == NULL)
		return NULL;
	t->timer = wm__timer_new(p->loop, fire, t);
	if (t->timer == NULL) {
		free(t);
		return NULL;
	}
	t->id = ++p->timers->last_id;
	t->proc = p;
	t->fn = fn;
	t->arg = arg;
	HASH_ADD(hh, p->timers->by_id, id, sizeof(t->id), t);
	if (!hash_has(t)) {
		wm__timer_free(&t->timer);
		free(t);
		return NULL;
	}
	wm__gauge(&p->counters->timers, HASH_COUNT(p->timers->by_id));
	return t;
}

static uint64_t
timer_add(struct wm_proc *p, uint64_t ms, uint64_t period, wm_timer_fn *fn,
    void *arg)
{
	struct timer *t = timer_new(p, timer_fire, fn, arg);

	if (t == NULL)
		return 0;
	if (ms > TIMER_MAX_MS)
		ms = TIMER_MAX_MS;
	t->period = period < TIMER_MAX_MS ? period : TIMER_MAX_MS;
	t->due = wm__clock_ms() + (int64_t)ms;
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

uint64_t
wm_timer_cron(struct wm_proc *p, const char *expression, wm_timer_fn *fn,
    void *arg)
{
	struct wm__cron cron;
	struct timer *t;
	const char *error;

	if (wm__cron_parse(&cron, expression, &error) < 0) {
		wm_log(WM_LOG_ERROR, "timer \"%s\": %s", expression, error);
		return 0;
	}
	t = timer_new(p, timer_look, fn, arg);
	if (t == NULL)
		return 0;
	t->cron = malloc(sizeof(cron));
	if (t->cron == NULL) {
		timer_end(t);
		return 0;
	}
	*t->cron = cron;
	t->due = INT64_MIN;
	timer_wait_for_day_time(t, p->timers->real_ms());
	return t->id;
}

int64_t
wm_cron_next(const char *expression, int64_t after, const char **error_r)
{
	struct wm__cron cron;

	if (wm__cron_parse(&cron, expression, error_r) < 0)
		return WM_E_INVALID;
	return wm__cron_next(&cron, after);
}

void
wm__timers_set_clock(struct wm_proc *p, int64_t (*real_ms)(void))
{
	if (timers_of(p) != NULL)
		p->timers->real_ms = real_ms;
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
		if (t->period > 0 || t->cron != NULL)
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
