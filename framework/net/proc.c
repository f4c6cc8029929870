/* SPDX-License-Identifier: MIT */
/*
 * Setting up and ending what the connections of a process share, and the tick
 * once a second.
 */
#include "config.h"

#include <stddef.h>
#include <stdlib.h>

#include "framework/base/clock.h"
#include "framework/base/fd.h"
#include "framework/net/conn.h"
#include "framework/net/drain.h"
#include "framework/net/listener.h"
#include "framework/net/timer.h"

#define PROC_RESERVED_FDS 64 /* not for connections */

static void
proc_deadline(struct wm__wheel_entry *e)
{
	wm__conn_check_deadlines(
	    (struct wm_conn *)((char *)e - offsetof(struct wm_conn, wheel)));
}

void
wm__proc_pass(struct wm_proc *p, uint32_t now)
{
	p->now = now;
	wm__wheel_turn(&p->wheel, now, proc_deadline);
	wm__listener_resume(p);
	wm__drain_tick(p);
}

/* What the time since the last tick brought, as a rate. */
static void
proc_gauge_pace(struct wm_proc *p, int64_t ms)
{
	struct wm__counters *counters = p->counters;
	struct wm__pace now = { ms, wm__clock_cpu_us(),
		wm__counter(&counters->requests) };
	uint64_t took = (uint64_t)(ms - p->pace.ms);
	uint64_t cpu = (uint64_t)(now.cpu_us - p->pace.cpu_us);
	uint64_t requests = now.requests - p->pace.requests;

	wm__gauge(&counters->heartbeat_ms, (uint64_t)ms);
	wm__gauge(&counters->cpu_ms, (uint64_t)now.cpu_us / 1000);
	if (p->pace.ms > 0 && took > 0) {
		wm__gauge(&counters->qps, (requests * 1000 + took / 2) / took);
		wm__gauge(&counters->cpu_permille, cpu / took);
	}
	p->pace = now;
}

static void
proc_tick(void *arg)
{
	struct wm_proc *p = arg;
	int64_t ms = wm__clock_ms();

	wm__timer_start(p->tick, 1000 - (uint64_t)ms % 1000);
	proc_gauge_pace(p, ms);
	p->time = wm__clock_time();
	wm__proc_pass(p, (uint32_t)(ms / 1000));
	wm__blocks_age(&p->blocks);
	if (p->tick_hook != NULL)
		p->tick_hook(p);
}

static void
proc_turn(void *arg)
{
	struct wm_proc *p = arg;

	wm__conn_turn(p);
	if (p->turn_hook != NULL) {
		p->turn_hook(p);
		wm__conn_turn(p);
	}
}

static uint32_t
proc_max_conns(const struct wm_proc *p)
{
	size_t files = wm__fd_raise_limit();
	int max = wm__loop_max_fd(p->loop);

	if (p->row->limits != NULL && p->row->limits->connections > 0)
		return p->row->limits->connections;
	/* beyond what the back end can watch, the listener refuses */
	if (max > 0)
		return UINT32_MAX;
	return files > 2 * PROC_RESERVED_FDS ?
	    (uint32_t)(files - PROC_RESERVED_FDS) :
	    (uint32_t)files / 2;
}

int
wm__proc_init(struct wm_proc *p, const struct wm_worker *row,
    const char *backend, const char **error_r)
{
	int error;

	*p = (struct wm_proc){ .row = row,
		.count = 1,
		.generation = 1,
		.incarnation = 1,
		.data = row->data };
	p->turn_tail = &p->turn;
	p->counters = &p->own_counters;
	error = wm__loop_new(&p->loop, backend, error_r);
	if (error < 0)
		return error;
	wm__loop_set_hook(p->loop, proc_turn, p);
	p->tick = wm__timer_new(p->loop, proc_tick, p);
	p->recv = malloc(WM__RECV_SIZE);
	if (p->tick == NULL || p->recv == NULL) {
		*error_r = "out of memory";
		wm__proc_fini(p);
		return WM_E_NOMEM;
	}
	p->max_conns = proc_max_conns(p);
	p->now = (uint32_t)(wm__clock_ms() / 1000);
	p->wheel.now = p->now;
	proc_tick(p);
	return 0;
}

void
wm__proc_set_counters(struct wm_proc *p, struct wm__counters *page)
{
	wm__gauge(&page->heartbeat_ms, (uint64_t)p->pace.ms);
	p->pace.requests = wm__counter(&page->requests);
	p->counters = page;
}

void
wm__proc_end_conns(struct wm_proc *p)
{
	wm__listener_close_all(p);
	for (size_t i = 0; i < p->conns.size; i++)
		if (p->conns.slots[i] != NULL)
			wm__conn_end(p->conns.slots[i], WM_CLOSE_SHUTDOWN);
	while (p->turn != NULL)
		wm__conn_turn(p);
}

void
wm__proc_fini(struct wm_proc *p)
{
	wm__proc_end_conns(p);
	wm__conn_table_fini(&p->conns);
	wm__timers_fini(p);
	wm__drain_fini(p);
	wm__output_fini(p);
	wm__blocks_fini(&p->blocks);
	wm__timer_free(&p->tick);
	wm__loop_free(&p->loop);
	free(p->recv);
	p->recv = NULL;
}

void
wm_proc_each_conn(struct wm_proc *p, void (*fn)(struct wm_conn *, void *),
    void *arg)
{
	for (size_t i = 0; i < p->conns.size; i++)
		if (p->conns.slots[i] != NULL &&
		    p->conns.slots[i]->life != WM__DEAD)
			fn(p->conns.slots[i], arg);
}

const char *
wm_proc_name(const struct wm_proc *p)
{
	return p->row->name;
}

unsigned
wm_proc_slot(const struct wm_proc *p)
{
	return p->slot;
}

unsigned
wm_proc_count(const struct wm_proc *p)
{
	return p->count;
}

unsigned
wm_proc_generation(const struct wm_proc *p)
{
	return p->generation;
}

void *
wm_proc_data(const struct wm_proc *p)
{
	return p->data;
}

void
wm_proc_set_data(struct wm_proc *p, void *data)
{
	p->data = data;
}

int64_t
wm_proc_time(const struct wm_proc *p)
{
	return p->time;
}
