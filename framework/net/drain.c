/* SPDX-License-Identifier: MIT */
/*
 * Leaving: who may still stay when a worker stops, and closing conversations
 * spread over time, so that their clients do not all come back at once.
 */
#include "config.h"

#include <sys/ioctl.h>

#include <stdlib.h>

#include "framework/base/clock.h"
#include "framework/net/conn.h"
#include "framework/net/drain.h"
#include "framework/net/listener.h"

#define DRAIN_STEP_MS 20

/* Whether bytes have come that nobody has looked at yet. */
static bool
drain_has_input(const struct wm_conn *c)
{
	int fd = wm__conn_fd(c), n = 0;

	return fd >= 0 && wm__conn_can_decode(c) &&
	    ioctl(fd, FIONREAD, &n) == 0 && n > 0;
}

/*
 * A successor serves, so there is time: a client that was heard of a moment
 * ago is likely to be writing its next request just now, which the end of the
 * connection would cross. It is told the end with its answer instead. And who
 * has just come, will ask: what else did it come for?
 */
static bool
drain_is_awaited(const struct wm_conn *c)
{
	return (c->protocol->flags & WM_P_EXCHANGE) != 0 &&
	    (c->bytes_in == 0 ||
		c->service->proc->drain_reason == WM_CLOSE_RESTART);
}

/*
 * Whether a connection of a leaving process may stay a little longer: it owes
 * an answer, it is to move, or a request is just arriving or likely to.
 */
static bool
drain_is_in_flight(const struct wm_conn *c)
{
	bool lately = c->last_in + 1 >= c->service->proc->now;

	if (c->life != WM__OPEN || c->held > 0 || c->busy || c->asleep ||
	    (c->service->proc->handing && !c->stays))
		return true;
	if (lately && (c->unread != NULL || drain_is_awaited(c)))
		return true;
	return drain_has_input(c);
}

static void
drain_one(struct wm_conn *c, void *arg)
{
	struct wm_proc *p = arg;

	if (drain_is_in_flight(c))
		return;
	if (!p->patient || (c->protocol->flags & WM_P_EXCHANGE))
		wm_conn_close_reason(c, p->drain_reason);
}

void
wm__drain_tick(struct wm_proc *p)
{
	if (p->draining)
		wm_proc_each_conn(p, drain_one, p);
}

/* Closing already, behind output that its peer is slow to take. */
static void
drain_hurry(struct wm_conn *c, void *arg)
{
	(void)arg;
	if (c->life != WM__OPEN && c->stuck)
		wm__conn_set_core_deadline(c, c->service->limits.close_ms);
}

void
wm__proc_drain(struct wm_proc *p, enum wm_close_reason reason, bool patient)
{
	if (!p->draining)
		wm_proc_each_conn(p, drain_hurry, NULL);
	p->draining = true;
	p->patient = patient;
	p->drain_reason = reason;
	wm__listener_close_all(p);
	wm_proc_each_conn(p, drain_one, p);
	wm__loop_again(p->loop);
}

/* ---- spread over time ---- */

struct wm__drain {
	struct wm_proc *proc;
	struct wm__timer *timer;
	int64_t from; /* on the clock */
	uint32_t ms;
	size_t total, done; /* conversations */
};

static bool
drain_is_conversation(const struct wm_conn *c)
{
	return c->life == WM__OPEN && (c->protocol->flags & WM_P_EXCHANGE) == 0;
}

static void
drain_count(struct wm_conn *c, void *arg)
{
	struct wm__drain *d = arg;

	d->total += drain_is_conversation(c);
}

/* How many should be closed by now. */
static size_t
drain_due(const struct wm__drain *d)
{
	int64_t elapsed = wm__clock_ms() - d->from;

	if (elapsed >= (int64_t)d->ms)
		return SIZE_MAX;
	return (size_t)((double)d->total * (double)elapsed / d->ms);
}

/* Closes what is due; who is just being served is soon looked at again. */
static void
drain_step(void *arg)
{
	struct wm__drain *d = arg;
	struct wm_proc *p = d->proc;
	bool over = wm__clock_ms() - d->from >= (int64_t)d->ms;
	size_t due = drain_due(d), left = 0;

	for (size_t i = 0; i < p->conns.size && (over || d->done < due); i++) {
		struct wm_conn *c = p->conns.slots[i];

		if (c == NULL || !drain_is_conversation(c))
			continue;
		if (drain_is_in_flight(c)) {
			left++;
			continue;
		}
		wm_conn_close_reason(c, p->drain_reason);
		d->done++;
	}
	if (over)
		p->patient = false; /* who comes late: once a second */
	if (!over || left > 0)
		wm__timer_start(d->timer, DRAIN_STEP_MS);
}

void
wm__proc_drain_over(struct wm_proc *p, enum wm_close_reason reason, uint32_t ms)
{
	wm__proc_drain(p, reason, true);
	if (p->drain == NULL)
		p->drain = calloc(1, sizeof(*p->drain));
	if (p->drain != NULL && p->drain->timer == NULL)
		p->drain->timer = wm__timer_new(p->loop, drain_step, p->drain);
	if (p->drain == NULL || p->drain->timer == NULL) {
		wm__proc_drain(p, reason, false);
		return;
	}
	p->drain->proc = p;
	p->drain->from = wm__clock_ms();
	p->drain->ms = ms;
	p->drain->total = p->drain->done = 0;
	wm_proc_each_conn(p, drain_count, p->drain);
	drain_step(p->drain);
}

void
wm__drain_again(struct wm_proc *p)
{
	if (p->draining && p->drain_reason == WM_CLOSE_RESTART &&
	    p->drain != NULL && p->drain->timer != NULL)
		wm__proc_drain_over(p, p->drain_reason, p->drain->ms);
}

void
wm__drain_fini(struct wm_proc *p)
{
	if (p->drain != NULL)
		wm__timer_free(&p->drain->timer);
	free(p->drain);
	p->drain = NULL;
}
