/* SPDX-License-Identifier: MIT */
/*
 * The order of events: connections open, in portions; those that are only
 * there ask once; then the others do what their manner is, until there are
 * enough answers or the time is over.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/epoll.h>

#include "conn.h"
#include "die.h"
#include "run.h"
#include "workload.h"

#define PORTION  128 /* connections that are being opened at a time */
#define EVENTS   512
#define PATIENCE 20000000000u /* ns without any progress */
#define WAIT_MS  50

static bool
is_idle(const struct run *run, const struct conn *c)
{
	return run->workload->manner == MANNER_IDLE || c->id >= run->conns;
}

static bool
may_ask(const struct run *run)
{
	return run->messages == 0 || run->asked < run->messages;
}

/* Fills the window of a connection. */
static void
ask_all(struct run *run, struct conn *c)
{
	while (c->asked - c->answered < run->workload->depth && may_ask(run))
		conn_ask(run, c);
}

void
run_opened(struct run *run, struct conn *c)
{
	if (is_idle(run, c)) {
		/* Not one of those that are counted. */
		if (run->workload->manner == MANNER_ROOM)
			run->settled++;
		else {
			conn_ask(run, c);
			run->asked--;
		}
	} else if (run->asking && may_ask(run))
		conn_ask(run, c); /* churn */
	run->ready++;
}

/* Everybody has heard a message of the room: the next one. */
static void
answered_room(struct run *run, struct conn *c)
{
	unsigned *heard = &run->heard[(c->answered - 1) % run->workload->depth];
	struct conn *speaker = &run->all[0];

	if (++*heard < run->conns + run->idle)
		return;
	*heard = 0;
	if (may_ask(run)) {
		conn_ask(run, speaker);
		conn_flush(run, speaker);
	}
}

static void
answered_churn(struct run *run, struct conn *c)
{
	conn_close(c);
	run->ready--;
	if (may_ask(run))
		conn_start(run, c);
}

void
run_answered(struct run *run, struct conn *c)
{
	enum manner manner = run->workload->manner;
	const struct conn *asker = manner == MANNER_ROOM ? run->all : c;
	uint64_t at = asker->asked_at[c->answered % run->workload->depth];

	c->answered++;
	if (is_idle(run, c) && manner != MANNER_ROOM) {
		run->settled++;
		return;
	}
	run->answered++;
	report_message(&run->report, at);
	if (manner == MANNER_ROOM)
		answered_room(run, c);
	else if (manner == MANNER_CHURN)
		answered_churn(run, c);
	else if (may_ask(run))
		conn_ask(run, c);
}

static bool
turn(struct run *run)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(run->epoll, events, EVENTS, WAIT_MS);

	if (n < 0 && errno != EINTR)
		die_errno("epoll_wait");
	report_tick(&run->report);
	for (int i = 0; i < n; i++)
		conn_ready(run, events[i].data.ptr, events[i].events);
	return n > 0;
}

/* Turns until `over`; something must happen now and then. */
static void
turn_until(struct run *run, bool (*over)(const struct run *))
{
	uint64_t last;

	report_tick(&run->report);
	last = run->report.now;
	while (!over(run)) {
		if (turn(run))
			last = run->report.now;
		else if (run->report.now - last > PATIENCE)
			die("no answer for %u s; %u connections open, "
			    "%llu questions, %llu answers",
			    (unsigned)(PATIENCE / 1000000000u), run->ready,
			    (unsigned long long)run->asked,
			    (unsigned long long)run->answered);
	}
}

static bool
portion_open(const struct run *run)
{
	return run->started - run->ready < PORTION;
}

static bool
all_settled(const struct run *run)
{
	bool all_idle = run->workload->manner == MANNER_IDLE;

	return run->ready == run->started &&
	    run->settled == run->idle + (all_idle ? run->conns : 0);
}

/* Those that close again begin only when it counts. */
static void
open_all(struct run *run)
{
	unsigned first = run->workload->manner == MANNER_CHURN ? run->conns : 0;
	unsigned n = run->conns + run->idle;

	for (unsigned i = 0; i < n; i++) {
		struct conn *c = &run->all[i];

		c->id = i;
		c->asked_at =
		    die_calloc(run->workload->depth, sizeof(uint64_t));
		if (i < first)
			continue;
		turn_until(run, portion_open);
		conn_start(run, c);
		run->started++;
	}
	turn_until(run, all_settled);
}

static void
begin_asking(struct run *run)
{
	enum manner manner = run->workload->manner;
	unsigned n = manner == MANNER_ROOM ? 1 : run->conns;

	run->asking = true;
	for (unsigned i = 0; i < n && may_ask(run); i++) {
		if (manner == MANNER_CHURN)
			conn_start(run, &run->all[i]);
		else {
			ask_all(run, &run->all[i]);
			conn_flush(run, &run->all[i]);
		}
	}
}

static bool
all_answered(const struct run *run)
{
	uint64_t each =
	    run->workload->manner == MANNER_ROOM ? run->conns + run->idle : 1;

	return run->answered >= run->messages * each;
}

static bool
time_is_over(const struct run *run)
{
	const struct report *r = &run->report;
	double seconds = r->counting ? run->seconds : run->warmup;

	return (double)(r->now - r->begun) / 1e9 >= seconds;
}

/* The runner looks at the server now, and says so by closing our input. */
static void
stay(const struct run *run)
{
	char c;

	printf("{\"ready\": %u}\n", run->ready);
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
}

void
run_workload(struct run *run)
{
	const struct workload *w = run->workload;

	run->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (run->epoll < 0)
		die_errno("epoll_create1");
	run->script.workload = w;
	w->dialect->prepare(&run->script, run->port);
	run->buffer = die_malloc(RUN_BUFFER);
	run->heard = die_calloc(w->depth, sizeof(*run->heard));
	run->all = die_calloc(run->conns + run->idle, sizeof(*run->all));
	open_all(run);
	if (w->manner == MANNER_IDLE) {
		stay(run);
		return;
	}
	if (run->messages == 0) {
		run->report.begun = run->report.now;
		begin_asking(run);
		turn_until(run, time_is_over);
		report_begin(&run->report);
		turn_until(run, time_is_over);
	} else {
		report_begin(&run->report);
		begin_asking(run);
		turn_until(run, all_answered);
	}
	report_print(&run->report, w->name);
}
