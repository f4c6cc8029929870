/* SPDX-License-Identifier: MIT */
/*
 * The order of transaction.h. What happens to one worker is life.c's; which
 * slots there are to be, plan.c's.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/error.h>
#include <workerman/log.h>

#include "framework/base/clock.h"
#include "framework/master/describe.h"
#include "framework/master/generation.h"
#include "framework/master/greet.h"
#include "framework/master/life.h"
#include "framework/master/link.h"
#include "framework/master/plan.h"
#include "framework/master/replace.h"
#include "framework/master/transaction.h"
#include "framework/net/loop.h"

#define TRANSACTION_REBIND_MS 20

enum transaction_stage {
	TRANSACTION_DESCRIBE,
	TRANSACTION_BIND,
	TRANSACTION_CANARY,
	TRANSACTION_READY,
	TRANSACTION_LEAVE,    /* exclusive slots: the old ones end */
	TRANSACTION_EXCLUSIVE /* their new ones begin */
};

struct wm__transaction {
	struct wm__transaction_options o;
	enum transaction_stage stage;
	struct wm__describe *describe;
	struct wm__generation *generation;
	struct wm__plan plan;
	struct wm__timer *timer;
	int64_t stage_ms; /* when the stage began */
};

/* ---- what is said ---- */

static void WM_PRINTF(2, 3)
    transaction_say(struct wm__transaction *t, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	t->o.on_step(text, t->o.arg);
}

/* The stage is over; the next one begins. Returns its milliseconds. */
static long long
transaction_lap(struct wm__transaction *t, enum transaction_stage next)
{
	int64_t now = wm__clock_ms();
	long long took = (long long)(now - t->stage_ms);

	t->stage = next;
	t->stage_ms = now;
	return took;
}

/* ---- the end ---- */

/*
 * The candidates are nobody's any more; their deaths mean nothing. But where
 * there may never be two at once, the old one comes back only when this one is
 * gone: it leaves the slot like any other.
 */
static void
transaction_drop_candidates(struct wm__transaction *t)
{
	for (size_t i = 0; i < t->plan.n; i++) {
		struct wm__slot *slot = t->plan.all[i].slot;
		struct wm__child *next = slot->next;

		if (next == NULL || next->sponsor != WM__FOR_TRANSACTION)
			continue;
		wm__life_kill(next);
		slot->next = NULL;
		if (t->plan.all[i].kind == WM__PLAN_EXCLUSIVE) {
			next->state = WM__CHILD_LEAVING;
			slot->child = next;
		} else {
			next->slot = NULL;
		}
	}
}

/* Exclusive slots whose old worker has ended get it back. */
static void
transaction_restore(struct wm__transaction *t)
{
	for (size_t i = 0; i < t->plan.n; i++) {
		struct wm__slot *slot = t->plan.all[i].slot;

		if (t->plan.all[i].kind == WM__PLAN_EXCLUSIVE &&
		    slot->child == NULL && !slot->waits)
			wm__life_on_birth(slot);
	}
}

void
wm__transaction_free(struct wm__transaction **transaction)
{
	struct wm__transaction *t = *transaction;

	if (t == NULL)
		return;
	*transaction = NULL;
	transaction_drop_candidates(t);
	wm__describe_free(&t->describe);
	wm__plan_undo(&t->plan);
	if (t->generation != NULL)
		for (size_t i = 0; i < t->generation->table->n_rows; i++)
			wm__generation_release(t->generation, i);
	wm__generation_unref(&t->generation);
	wm__image_fini(&t->o.image);
	wm__timer_free(&t->timer);
	free(t);
}

void
wm__transaction_fail(struct wm__transaction *t, const char *why)
{
	struct wm__supervisor *sv = t->o.sv;
	struct wm__transaction_options o = t->o;
	char text[1024];

	snprintf(text, sizeof(text), "%s", why);
	transaction_drop_candidates(t);
	sv->transaction = NULL;
	if (!o.start && sv->phase == WM__SV_RUNNING)
		transaction_restore(t);
	wm__transaction_free(&t);
	o.on_done(text, o.arg);
	if (sv->phase == WM__SV_RUNNING)
		wm__replace_resume(sv);
}

/* ---- commit ---- */

/* A slot that the table has no more: its worker hands what it can to another
   one of the row, and drains. */
static void
transaction_vanish(struct wm__transaction *t, struct wm__slot *slot)
{
	struct wm__child *child = slot->child;
	struct wm__slot *heir;
	size_t index;
	const struct wm__row *row =
	    wm__generation_row(t->generation, slot->row, &index);
	const struct wm__ipc_stop stop = { WM__STOP_REPLACED, WM__DRAIN_MS,
		WM__SPREAD_MS };

	if (child != NULL) {
		heir = row != NULL ? wm__slots_find(&t->o.sv->slots, slot->row,
					 slot->number % row->count) :
				     NULL;
		wm__greet_forget(child);
		if (heir != NULL && heir->child != NULL &&
		    child->state == WM__CHILD_ACTIVE && !t->o.drain)
			wm__link_foreign(child, heir->child);
		wm__life_leave(child, &stop);
	}
	wm__slot_free(&slot);
}

/* Whether a slot runs that row of the generation. */
static bool
transaction_runs(const struct wm__supervisor *sv,
    const struct wm__generation *g, size_t row)
{
	for (size_t k = 0; k < sv->slots.n; k++)
		if (sv->slots.all[k]->generation == g &&
		    strcmp(sv->slots.all[k]->row, g->table->rows[row].name) ==
			0)
			return true;
	return false;
}

/* Rows of a generation that no slot runs any more give up their addresses. */
static void
transaction_release(struct wm__supervisor *sv, struct wm__generation *g)
{
	for (size_t i = 0; i < g->table->n_rows; i++)
		if (!transaction_runs(sv, g, i))
			wm__generation_release(g, i);
}

/* What is new of rows whose workers all stay would be served by nobody. */
static void
transaction_abandon(struct wm__transaction *t, struct wm__generation *g)
{
	for (size_t i = 0; i < g->table->n_rows; i++)
		if (!transaction_runs(t->o.sv, g, i) &&
		    wm__generation_abandon(g, i) > 0)
			transaction_say(t,
			    "worker %s is not reloadable: its new addresses "
			    "wait for a restart",
			    g->table->rows[i].name);
}

/* A worker that is not reloadable hears of it, and serves for slots that
   vanish. */
static void
transaction_keep(struct wm__transaction *t, struct wm__child *child)
{
	size_t index;
	const struct wm__row *row =
	    wm__generation_row(t->generation, child->row->name, &index);

	if (row != NULL)
		wm__greet_adopt(child, row->count);
	wm__child_tell(child, WM__IPC_RELOAD, NULL, NULL);
}

static void
transaction_roll(struct wm__transaction *t)
{
	for (size_t i = 0; i < t->plan.n; i++) {
		struct wm__slot *slot = t->plan.all[i].slot;

		if (slot->next != NULL)
			wm__life_roll(slot, !t->o.drain);
		else if (slot->child != NULL &&
		    t->plan.all[i].kind == WM__PLAN_KEEP)
			transaction_keep(t, slot->child);
	}
}

/* From here on there is no way back, and nothing fails. */
static void
transaction_commit(struct wm__transaction *t)
{
	struct wm__supervisor *sv = t->o.sv;
	struct wm__transaction_options o = t->o;
	struct wm__slots old = sv->slots, vanished;
	struct wm__generation **before = calloc(old.n + 1, sizeof(*before));
	size_t n = 0;

	/* what may give up addresses; without memory they stay bound */
	for (size_t i = 0; before != NULL && i < old.n; i++)
		if (old.all[i]->generation != NULL)
			before[n++] =
			    wm__generation_ref(old.all[i]->generation);
	transaction_lap(t, TRANSACTION_READY);
	transaction_roll(t);
	wm__plan_commit(&t->plan, sv, &vanished);
	for (size_t i = 0; i < vanished.n; i++)
		transaction_vanish(t, vanished.all[i]);
	free(vanished.all);
	for (size_t i = 0; i < n; i++) {
		transaction_release(sv, before[i]);
		wm__generation_unref(&before[i]);
	}
	free(before);
	wm__generation_unref(&sv->current);
	sv->current = t->generation;
	sv->generation = sv->current->number;
	wm__generation_adopt(sv->current);
	t->generation = NULL;
	transaction_abandon(t, sv->current);
	transaction_say(t, "roll: %zu workers, %lld ms", sv->slots.n,
	    transaction_lap(t, TRANSACTION_READY));
	sv->transaction = NULL;
	wm__transaction_free(&t);
	o.on_done(NULL, o.arg);
	wm__replace_resume(sv);
}

/* ---- ready ---- */

/* Starts the next worker of a slot. */
static int
transaction_start(struct wm__transaction *t, struct wm__slot *slot)
{
	slot->next = wm__life_begin(slot, t->generation, WM__FOR_TRANSACTION);
	return slot->next != NULL ? 0 : WM_E_SYSTEM;
}

static bool
transaction_is_ready(const struct wm__slot *slot)
{
	return slot->next != NULL && slot->next->state == WM__CHILD_READY;
}

/* How many slots of the kind there are; how many have a next worker that is
   ready. */
static size_t
transaction_count(const struct wm__transaction *t, enum wm__plan_kind kind,
    size_t *ready_r)
{
	size_t n = 0;

	*ready_r = 0;
	for (size_t i = 0; i < t->plan.n; i++)
		if (t->plan.all[i].kind == kind) {
			n++;
			*ready_r += transaction_is_ready(t->plan.all[i].slot);
		}
	return n;
}

/* Starts the next workers of all slots of the kind that have none yet; only
   the first one when `canary`. */
static void
transaction_start_all(struct wm__transaction *t, enum wm__plan_kind kind,
    bool canary)
{
	for (size_t i = 0; i < t->plan.n; i++) {
		struct wm__slot *slot = t->plan.all[i].slot;

		if (t->plan.all[i].kind != kind || slot->next != NULL)
			continue;
		if (transaction_start(t, slot) < 0) {
			wm__transaction_fail(t, t->o.sv->error);
			return;
		}
		if (canary)
			return;
	}
}

static void
transaction_exclusive(struct wm__transaction *t)
{
	transaction_lap(t, TRANSACTION_EXCLUSIVE);
	transaction_start_all(t, WM__PLAN_EXCLUSIVE, false);
}

bool
wm__transaction_left(struct wm__transaction *t)
{
	if (t->stage != TRANSACTION_LEAVE)
		return false;
	for (size_t i = 0; i < t->plan.n; i++)
		if (t->plan.all[i].kind == WM__PLAN_EXCLUSIVE &&
		    t->plan.all[i].slot->child != NULL)
			return true;
	transaction_exclusive(t);
	return true;
}

/* The old workers of exclusive slots end first. */
static void
transaction_leave(struct wm__transaction *t)
{
	size_t ready, n = transaction_count(t, WM__PLAN_EXCLUSIVE, &ready);

	if (n == 0) {
		transaction_commit(t);
		return;
	}
	transaction_say(t,
	    "exclusive: %zu workers end before their "
	    "successors begin",
	    n);
	transaction_lap(t, TRANSACTION_LEAVE);
	for (size_t i = 0; i < t->plan.n; i++) {
		struct wm__slot *slot = t->plan.all[i].slot;
		struct wm__ipc_stop stop = { WM__STOP_REPLACED, WM__DRAIN_MS,
			0 };

		if (t->plan.all[i].kind != WM__PLAN_EXCLUSIVE)
			continue;
		wm__timer_stop(slot->timer);
		slot->waits = false;
		if (slot->child == NULL)
			continue;
		if (slot->child->row->drain_ms > 0)
			stop.ms = (uint32_t)slot->child->row->drain_ms;
		slot->child->exclusive = true;
		wm__greet_forget(slot->child);
		wm__life_leave(slot->child, &stop);
	}
	wm__transaction_left(t);
}

/* All of the kind that was asked for are ready. */
static void
transaction_all_ready(struct wm__transaction *t)
{
	size_t ready;

	transaction_count(t,
	    t->stage == TRANSACTION_EXCLUSIVE ? WM__PLAN_EXCLUSIVE :
						WM__PLAN_OVERLAP,
	    &ready);
	transaction_say(t, "ready: %zu workers, %lld ms", ready,
	    transaction_lap(t, t->stage));
	if (t->stage == TRANSACTION_EXCLUSIVE)
		transaction_commit(t);
	else
		transaction_leave(t);
}

/* Looks whether the stage is over. */
static void
transaction_advance(struct wm__transaction *t)
{
	enum wm__plan_kind kind = t->stage == TRANSACTION_EXCLUSIVE ?
	    WM__PLAN_EXCLUSIVE :
	    WM__PLAN_OVERLAP;
	size_t ready, n = transaction_count(t, kind, &ready);

	if (t->stage == TRANSACTION_CANARY && ready > 0) {
		transaction_say(t, "canary: ready, %lld ms",
		    transaction_lap(t, TRANSACTION_READY));
		if (ready < n)
			transaction_start_all(t, WM__PLAN_OVERLAP, false);
		else
			transaction_all_ready(t);
	} else if (ready == n) {
		transaction_all_ready(t);
	} else {
		transaction_say(t, "workers ready %zu/%zu", ready, n);
	}
}

void
wm__transaction_ready(struct wm__child *child)
{
	struct wm__transaction *t = child->owner->transaction;

	if (t != NULL)
		transaction_advance(t);
}

/* ---- compare ---- */

static void
transaction_populate(struct wm__transaction *t)
{
	size_t ready;

	wm__replace_abort(t->o.sv);
	if (wm__plan_make(&t->plan, t->o.sv, t->generation, wm__life_on_birth) <
	    0) {
		wm__transaction_fail(t, "out of memory");
		return;
	}
	transaction_lap(t, t->o.start ? TRANSACTION_READY : TRANSACTION_CANARY);
	if (transaction_count(t, WM__PLAN_OVERLAP, &ready) > 0)
		transaction_start_all(t, WM__PLAN_OVERLAP, !t->o.start);
	else
		transaction_leave(t);
}

/*
 * Binds what is new. After a master that was killed, its workers may hold the
 * addresses for another moment: then it is tried again.
 */
static void
transaction_bind(void *arg)
{
	struct wm__transaction *t = arg;
	char error[700];
	int failed = wm__generation_bind(t->generation, &t->o.sv->sockets,
	    error, sizeof(error));

	if (failed == 0)
		transaction_populate(t);
	else if (failed == WM_E_BUSY && t->o.rebinds-- > 0)
		wm__timer_start(t->timer, TRANSACTION_REBIND_MS);
	else
		wm__transaction_fail(t, error);
}

/* ---- describe ---- */

static void
transaction_on_table(struct wm__table *table, const char *why, void *arg)
{
	struct wm__transaction *t = arg;
	struct wm__supervisor *sv = t->o.sv;
	char error[512];

	if (!wm__image_is_whole(&t->o.image)) {
		wm__table_free(&table);
		wm__transaction_fail(t, "the program's file is not complete");
		return;
	}
	if (table == NULL) {
		wm__transaction_fail(t, why);
		return;
	}
	if (strcmp(table->name, sv->o.name) != 0) {
		snprintf(error, sizeof(error),
		    "the program calls itself %s, not %s", table->name,
		    sv->o.name);
		wm__table_free(&table);
		wm__transaction_fail(t, error);
		return;
	}
	wm__describe_free(&t->describe);
	transaction_say(t, "describe: %lld ms",
	    transaction_lap(t, TRANSACTION_BIND));
	if (wm__generation_new(&t->o.image, table, &t->generation, error,
		sizeof(error)) < 0) {
		wm__transaction_fail(t, error);
		return;
	}
	t->generation->number = sv->generation + 1;
	transaction_bind(t);
}

const struct wm__generation *
wm__transaction_generation(const struct wm__transaction *t)
{
	return t->generation;
}

bool
wm__transaction_reaped(struct wm__transaction *t, pid_t pid, int wait_status)
{
	return wm__describe_reaped(t->describe, pid, wait_status);
}

static void
transaction_on_line(const char *line, void *arg)
{
	transaction_say(arg, "program: %s", line);
}

int
wm__transaction_begin(const struct wm__transaction_options *options)
{
	struct wm__supervisor *sv = options->sv;
	struct wm__transaction *t = calloc(1, sizeof(*t));
	int failed = WM_E_NOMEM;

	if (t == NULL)
		return failed;
	t->o = *options;
	t->stage_ms = wm__clock_ms();
	t->timer = wm__timer_new(sv->o.loop, transaction_bind, t);
	if (t->timer != NULL) {
		const struct wm__describe_options describe = {
			.loop = sv->o.loop,
			.image = &t->o.image,
			.argv = sv->o.argv,
			.err = options->err,
			.cwd = sv->o.cwd,
			.line = transaction_on_line,
			.done = transaction_on_table,
			.arg = t,
		};

		failed = wm__describe_start(&describe, &t->describe);
	}
	if (failed < 0)
		wm__transaction_free(&t);
	else
		sv->transaction = t;
	return failed;
}
