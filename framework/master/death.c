/* SPDX-License-Identifier: MIT */
/*
 * The death of a worker: what it means for whoever waited for it, for the
 * slot that it leaves, and its obituary in the log.
 */
#include "config.h"

#include <sys/wait.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <workerman/event.h>
#include <workerman/log.h>

#include "framework/base/clock.h"
#include "framework/base/counters.h"
#include "framework/ipc/control.h"
#include "framework/master/autopsy.h"
#include "framework/master/generation.h"
#include "framework/master/greet.h"
#include "framework/master/life.h"
#include "framework/master/link.h"
#include "framework/master/obituary.h"
#include "framework/master/replace.h"
#include "framework/master/transaction.h"
#include "framework/net/loop.h"

/* A life that ended, in the words of the log. */
struct death {
	char name[sizeof(((struct wm__child *)0)->name)];
	long pid;
	unsigned generation;
	int wait_status;
	int64_t age_ms;
	uint64_t connections;
	struct wm__autopsy autopsy;
	char words[352]; /* cause and place */
	char refusal[sizeof(((struct wm__child *)0)->refusal)];
};

static void
death_note(const struct wm__child *child, int wait_status, struct death *d)
{
	*d = (struct death){
		.pid = (long)child->pid,
		.generation = child->generation->number,
		.wait_status = wait_status,
		.age_ms = wm__clock_ms() - child->born_ms,
		.connections = wm__counter(&child->counters->connections),
	};
	snprintf(d->name, sizeof(d->name), "%s", child->name);
	snprintf(d->refusal, sizeof(d->refusal), "%s", child->refusal);
	wm__autopsy(&d->autopsy, child->crash, wait_status, child->hung_s);
	snprintf(d->words, sizeof(d->words), "%s%s%s", d->autopsy.cause,
	    d->autopsy.where[0] != '\0' ? " " : "", d->autopsy.where);
}

/* Its place in the register, for `status`. */
static void
death_register(const struct wm__child *child, const struct death *d)
{
	struct wm__death_note note = {
		.slot = child->number,
		.pid = d->pid,
		.generation = d->generation,
		.at = (int64_t)time(NULL),
		.age_ms = d->age_ms,
		.lost = d->connections,
	};

	snprintf(note.worker, sizeof(note.worker), "%s", child->row->name);
	wm__deaths_add(&child->owner->deaths, &note, &d->autopsy);
}

/* Those who ask hear of it. */
static void
death_tell(const struct wm__child *child, const struct death *d)
{
	char text[512];
	const struct wm_event event = {
		.kind = WM_EVENT_WORKER_EXIT,
		.worker = child->row->name,
		.slot = child->number,
		.pid = d->pid,
		.status = d->wait_status,
		.generation = d->generation,
		.text = text,
	};

	snprintf(text, sizeof(text), "worker %s (pid %ld) %s", d->name, d->pid,
	    d->words);
	wm__supervise_tell(child->owner, &event);
}

/* One that was born for a transaction or a replacement failed it. */
static void
death_of_candidate(struct wm__child *child, const struct death *d)
{
	enum wm__sponsor sponsor = child->sponsor;
	struct wm__supervisor *sv = child->owner;
	struct wm__slot *slot = child->slot;
	char why[512];

	if (d->refusal[0] != '\0')
		snprintf(why, sizeof(why), "worker %s: %s", d->name,
		    d->refusal);
	else
		snprintf(why, sizeof(why), "worker %s %s before it was ready",
		    d->name, d->words);
	if (d->refusal[0] == '\0')
		death_register(child, d);
	wm__child_free(&child);
	if (sponsor == WM__FOR_TRANSACTION)
		wm__transaction_fail(sv->transaction, why);
	else
		wm__replace_failed(slot, why);
}

/* One that was told to leave has left. */
static void
death_of_leaver(struct wm__child *child, const struct death *d)
{
	struct wm__supervisor *sv = child->owner;
	struct wm__slot *slot = child->slot;
	bool exclusive = child->exclusive,
	     empty = slot != NULL && slot->child == child;

	if (WIFEXITED(d->wait_status) &&
	    WEXITSTATUS(d->wait_status) == WM__EXIT_KILLED)
		wm_log(WM_LOG_INFO,
		    "worker %s (pid %ld, generation %u) reset connections "
		    "that did not end in time",
		    d->name, d->pid, d->generation);
	else if (d->wait_status != 0 && !child->killed)
		wm_log(WM_LOG_WARNING,
		    "worker %s (pid %ld, generation %u) %s while it drained "
		    "%llu connections%s%s",
		    d->name, d->pid, d->generation, d->words,
		    (unsigned long long)d->connections,
		    d->autopsy.core[0] != '\0' ? "; " : "", d->autopsy.core);
	if (d->wait_status != 0 && !child->killed)
		death_register(child, d);
	wm__child_free(&child);
	if (exclusive && sv->transaction != NULL &&
	    wm__transaction_left(sv->transaction))
		return;
	if (empty)
		wm__life_on_birth(slot); /* it left for its successor */
	wm__replace_resume(sv);
}

/* The connection that it was just making from a record; 0: none. */
static uint64_t
death_thawed(const struct death *d)
{
	const struct wm__running *running = &d->autopsy.page.running;
	uint32_t what = atomic_load(&running->what);

	return what == WM__RUNNING_THAW || what == WM__RUNNING_PROTOCOL_THAW ?
	    atomic_load(&running->conn) :
	    0;
}

/* By somebody's kill -9, which says nothing about the program. */
static bool
death_was_violent(const struct wm__child *child, const struct death *d)
{
	return WIFSIGNALED(d->wait_status) &&
	    WTERMSIG(d->wait_status) == SIGKILL && child->hung_s == 0;
}

/* One that served is dead, and nobody had asked for that. */
static void
death_of_server(struct wm__child *child, const struct death *d)
{
	struct wm__slot *slot = child->slot;
	char old[32];
	uint64_t delay;

	death_register(child, d);
	if (!death_was_violent(child, d))
		wm__link_crashed(child, death_thawed(d));
	wm__greet_forget(child);
	wm__child_free(&child);
	delay = wm__life_back_off(slot, d->age_ms);

	wm_log(WM_LOG_WARNING,
	    "worker %s (pid %ld, generation %u) %s%s%s, after %s with %llu "
	    "connections; %s%snext start in %llu ms",
	    d->name, d->pid, d->generation, d->words,
	    d->refusal[0] != '\0' ? ": " : "", d->refusal,
	    wm__obituary_age(d->age_ms, old, sizeof(old)),
	    (unsigned long long)d->connections, d->autopsy.core,
	    d->autopsy.core[0] != '\0' ? "; " : "", (unsigned long long)delay);
}

static void
death_stopping(struct wm__child *child, const struct death *d)
{
	struct wm__supervisor *sv = child->owner;

	if (WIFEXITED(d->wait_status) &&
	    WEXITSTATUS(d->wait_status) == WM__EXIT_KILLED) {
		sv->killed = true;
	} else if (d->wait_status != 0 && !child->killed) {
		sv->killed = true; /* what it still owed was never sent */
		wm_log(WM_LOG_WARNING,
		    "worker %s (pid %ld) %s while it stopped", d->name, d->pid,
		    d->words);
	}
	wm__child_free(&child);
	if (wm__children_count(&sv->children) > 0)
		return;
	wm__timer_stop(sv->stop_timer);
	sv->phase = WM__SV_OVER;
	sv->o.on_gone(sv->killed, sv->o.arg);
}

static void
death_running(struct wm__child *child, const struct death *d)
{
	if (child->slot == NULL && child->state != WM__CHILD_LEAVING)
		wm__child_free(&child); /* nobody wanted it */
	else if (child->state == WM__CHILD_LEAVING)
		death_of_leaver(child, d);
	else if (child->slot->next == child)
		death_of_candidate(child, d);
	else
		death_of_server(child, d);
}

void
wm__death(struct wm__child *child, int wait_status)
{
	struct wm__generation *held = wm__generation_ref(child->generation);
	struct wm__supervisor *sv = child->owner;
	struct death d;

	wm__life_last_words(child);
	death_note(child, wait_status, &d);
	child->pid = 0;
	wm__exits_note(&sv->exits, child->row->name, wait_status);
	if (sv->phase != WM__SV_OVER)
		death_tell(child, &d);
	wm__life_yielded(child);
	if (sv->phase == WM__SV_RUNNING)
		death_running(child, &d);
	else if (sv->phase == WM__SV_STOPPING)
		death_stopping(child, &d);
	else
		wm__child_free(&child);
	wm__autopsy_log(&d.autopsy, &held->image);
	wm__generation_unref(&held);
}
