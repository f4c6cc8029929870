/* SPDX-License-Identifier: MIT */
/*
 * The end of a loop turn: what connections asked for meanwhile is done here,
 * in passes over all of them, outside of every callback of theirs.
 */
#include "config.h"

#include "framework/base/running.h"
#include "framework/net/conn.h"
#include "framework/net/extra.h"
#include "framework/net/pipe.h"

#define TURN_ROUNDS 8 /* of a turn's end, at most */

void
wm__conn_want(struct wm_conn *c, unsigned what)
{
	struct wm_proc *p = c->service->proc;

	c->wants |= (uint8_t)what;
	if (c->queued)
		return;
	c->queued = true;
	c->turn_next = NULL;
	*p->turn_tail = c;
	p->turn_tail = &c->turn_next;
	if (p->turn == c)
		wm__loop_again(p->loop);
}

void
wm__conn_want_nothing(struct wm_conn *c)
{
	struct wm_proc *p = c->service->proc;
	struct wm_conn **link = &p->turn;

	if (!c->queued)
		return;
	while (*link != c)
		link = &(*link)->turn_next;
	*link = c->turn_next;
	if (p->turn_tail == &c->turn_next)
		p->turn_tail = link;
	c->queued = false;
	c->wants = 0;
}

/* One of the callbacks that say nothing more than that. */
static void
turn_tell(struct wm_conn *c, enum wm__running_what what,
    void (*fn)(struct wm_conn *))
{
	struct wm__outer outer;

	if (fn == NULL || c->life != WM__OPEN)
		return;
	outer = wm__running_begin(what, c->id);
	fn(c);
	wm__running_end(outer);
}

static void
turn_tell_error(struct wm_conn *c, int error)
{
	struct wm__outer outer;

	if (c->handlers->on_error == NULL || c->life != WM__OPEN)
		return;
	outer = wm__running_begin(WM__RUNNING_ERROR, c->id);
	c->handlers->on_error(c, error);
	wm__running_end(outer);
}

/*
 * Tells the application what happened to its sends, as long as it does not
 * close the connection. A send that fails in on_error is not told again: it
 * would fail in every turn for ever.
 */
static void
turn_events(struct wm_conn *c)
{
	const struct wm_handlers *h = c->handlers;
	bool refused = c->refused, full = c->full, drained = c->drained;

	c->wants &= (uint8_t)~WM__WANT_EVENT;
	if (c->asleep) /* told when it is awake again */
		return;
	c->full = c->drained = false;
	if (c->drain_due) {
		c->drain_due = false;
		if (c->life == WM__OPEN && c->protocol->drained != NULL)
			drained |= c->protocol->drained(c, c->state);
		if (wm__extra_is_joined(c))
			wm__pipe_drained(c);
	}
	if (!c->announced)
		return;
	if (refused)
		turn_tell_error(c, WM_E_FULL);
	c->refused = false;
	if (full)
		turn_tell(c, WM__RUNNING_BUFFER_FULL, h->on_buffer_full);
	if (drained)
		turn_tell(c, WM__RUNNING_BUFFER_DRAIN, h->on_buffer_drain);
}

static void
turn_decode(struct wm_conn *c)
{
	if (c->wants & WM__WANT_EVENT)
		turn_events(c);
	if (!(c->wants & WM__WANT_DECODE))
		return;
	c->wants &= (uint8_t)~WM__WANT_DECODE;
	if (c->upgrade != NULL && c->held == 0 && c->life == WM__OPEN &&
	    !c->asleep)
		wm__conn_switch(c);
	wm__conn_decode(c);
	wm__conn_settle(c);
	wm__conn_watch(c);
}

static void
turn_flush(struct wm_conn *c)
{
	if (!(c->wants & WM__WANT_FLUSH))
		return;
	c->wants &= (uint8_t)~WM__WANT_FLUSH;
	wm__conn_flush(c);
	wm__conn_settle(c);
}

/*
 * Three passes, so that what the first makes others say (a publish in
 * on_message) leaves in the second together with their own answers.
 */
static void
turn_round(struct wm_proc *p)
{
	struct wm_conn *c, *next, *list = p->turn;

	for (c = list; c != NULL; c = c->turn_next)
		turn_decode(c);
	for (c = list; c != NULL; c = c->turn_next)
		turn_flush(c);
	p->turn = NULL;
	p->turn_tail = &p->turn;
	for (c = list; c != NULL; c = next) {
		next = c->turn_next;
		if (c->life == WM__DEAD) {
			wm__conn_free(c); /* still queued: only once */
			continue;
		}
		c->queued = false;
		if (c->wants != 0)
			wm__conn_want(c, 0);
	}
}

/* What a round queues anew is taken up by the next, or by the next turn when
   callbacks keep each other busy. */
void
wm__conn_turn(struct wm_proc *p)
{
	for (int i = 0; i < TURN_ROUNDS && p->turn != NULL; i++)
		turn_round(p);
	if (p->turn != NULL)
		wm__loop_again(p->loop);
}
