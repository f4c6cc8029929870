/* SPDX-License-Identifier: MIT */
/*
 * Deadlines of a connection: numbers in it, on the process's wheel. What a
 * late peer deserves is the protocol's to say; the core has its own for
 * writing, closing and idling.
 */
#include "config.h"

#include "framework/base/running.h"
#include "framework/net/conn.h"

/* Rounded up to a second, and one for the second that has begun. */
static uint32_t
deadline_ticks(uint32_t ms)
{
	return ms / 1000 + (ms % 1000 != 0) + 1;
}

static void
deadline_file(struct wm_conn *c, uint32_t due)
{
	if (c->life != WM__DEAD && !c->asleep)
		wm__wheel_file(&c->service->proc->wheel, &c->wheel, due);
}

void
wm_conn_set_deadline(struct wm_conn *c, unsigned which, uint32_t ms)
{
	uint32_t due;

	if (ms == 0 || c->life > WM__AWAIT) {
		c->due_protocol = 0;
		return;
	}
	c->due_which = which & 63;
	c->due_protocol = deadline_ticks(ms);
	if (c->paused)
		return;
	due = c->due_protocol += c->service->proc->now;
	/* as a rule it is filed for an earlier look, and stays so */
	if (c->wheel.prev == NULL || c->wheel.at > due)
		deadline_file(c, due);
}

/* A peer is not late while it is we who do not listen. */
void
wm__conn_stop_clock(struct wm_conn *c)
{
	uint32_t now = c->service->proc->now;

	if (c->due_protocol != 0)
		c->due_protocol =
		    c->due_protocol > now ? c->due_protocol - now : 1;
}

void
wm__conn_start_clock(struct wm_conn *c)
{
	if (c->due_protocol == 0)
		return;
	c->due_protocol += c->service->proc->now;
	deadline_file(c, c->due_protocol);
}

uint32_t
wm__conn_core_due(const struct wm_conn *c)
{
	return c->wheel.due;
}

void
wm__conn_set_core_deadline(struct wm_conn *c, uint32_t ms)
{
	c->wheel.due = ms > 0 ? c->service->proc->now + deadline_ticks(ms) : 0;
	if (c->wheel.due > 0)
		deadline_file(c, c->wheel.due);
}

static void
deadline_protocol(struct wm_conn *c)
{
	struct wm__outer outer;

	c->due_protocol = 0;
	if (c->protocol->deadline == NULL) {
		wm_conn_close_reason(c, WM_CLOSE_TIMEOUT);
		return;
	}
	outer = wm__running_begin(WM__RUNNING_DEADLINE, c->id);
	c->protocol->deadline(c, c->state, c->due_which);
	wm__running_end(outer);
}

/* The tick of the last byte; now, while we are the slow ones. */
static uint32_t
deadline_last_in(struct wm_conn *c)
{
	if (c->held > 0 || !wm__conn_can_decode(c))
		c->last_in = c->service->proc->now;
	return c->last_in;
}

uint32_t
wm_conn_idle_ms(struct wm_conn *c)
{
	uint32_t ticks = c->service->proc->now - deadline_last_in(c);

	return ticks < UINT32_MAX / 1000 ? ticks * 1000 : UINT32_MAX;
}

/* When it has been idle for too long. */
static uint32_t
deadline_idle(struct wm_conn *c)
{
	uint32_t ms = c->service->limits.idle_ms;

	if (ms == 0 || c->life != WM__OPEN)
		return 0;
	return deadline_last_in(c) + deadline_ticks(ms);
}

static uint32_t
deadline_earlier(uint32_t a, uint32_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Output that nobody takes is dropped, in the kernel too. */
static void
deadline_core(struct wm_conn *c)
{
	if (c->output != NULL)
		wm__conn_reset_at_close(c);
	wm__conn_end(c,
	    c->life == WM__OPEN ? WM_CLOSE_WRITE_TIMEOUT : c->reason);
}

void
wm__conn_check_deadlines(struct wm_conn *c)
{
	uint32_t now = c->service->proc->now, idle, protocol;

	if (c->wheel.due != 0 && c->wheel.due <= now) {
		deadline_core(c);
		return;
	}
	if (c->due_protocol != 0 && c->due_protocol <= now && !c->paused)
		deadline_protocol(c);
	idle = deadline_idle(c);
	if (idle != 0 && idle <= now) {
		wm_conn_close_reason(c, WM_CLOSE_TIMEOUT);
		idle = 0;
	}
	protocol = c->paused ? 0 : c->due_protocol;
	idle = deadline_earlier(idle, deadline_earlier(c->wheel.due, protocol));
	if (idle != 0)
		deadline_file(c, idle);
}
