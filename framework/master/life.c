/* SPDX-License-Identifier: MIT */
/*
 * The life of one worker up to its death: birth, welcome, readiness, the
 * change from one worker of a slot to the next, deadlines. When to start again
 * is policy.c's, how is spawn.c's, what is said greet.c's.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <workerman/error.h>
#include <workerman/log.h>

#include "framework/base/clock.h"
#include "framework/base/fd.h"
#include "framework/master/generation.h"
#include "framework/master/greet.h"
#include "framework/master/identity.h"
#include "framework/master/life.h"
#include "framework/master/replace.h"
#include "framework/master/spawn.h"
#include "framework/master/transaction.h"
#include "framework/net/loop.h"

#define LIFE_BATCH  16  /* messages read from one worker in a turn */
#define LIFE_MARGIN 500 /* ms a worker has beyond its deadline */

void
wm__life_kill(struct wm__child *child)
{
	if (child->pid <= 0)
		return;
	child->killed = true;
	kill(child->pid, SIGKILL);
}

/* ---- what it says ---- */

static void
life_ready(struct wm__child *child)
{
	if (child->state != WM__CHILD_STARTING)
		return;
	child->state = WM__CHILD_READY;
	wm__timer_stop(child->timer);
	switch (child->sponsor) {
	case WM__FOR_SLOT:
		wm_log(WM_LOG_INFO, "worker %s is back (pid %ld)", child->name,
		    (long)child->pid);
		wm__life_accept(child, NULL);
		break;
	case WM__FOR_REPLACEMENT:
		wm__replace_ready(child);
		break;
	case WM__FOR_TRANSACTION:
		wm__transaction_ready(child);
		break;
	}
}

/* It serves only what it has: its successor may begin what runs once. */
static void
life_yielded(struct wm__child *child)
{
	if (child->successor != NULL)
		wm__child_tell(child->successor, WM__IPC_ACTIVE, NULL, NULL);
	child->successor = NULL;
}

/* The worker closed its line or talks nonsense: it must go. */
static void
life_hang_up(struct wm__child *child, int error)
{
	wm__io_free(&child->io);
	if (error < 0) {
		wm_log(WM_LOG_ERROR, "worker %s sent a bad message (%s)",
		    child->name, wm_error_text(error));
		wm__life_kill(child);
	} else if (child->state != WM__CHILD_LEAVING) {
		wm__timer_start(child->timer, WM__HANGUP_MS);
	}
}

static int
life_obey(struct wm__child *child, const struct wm__ipc *msg)
{
	switch (msg->type) {
	case WM__IPC_READY:
		life_ready(child);
		return 1;
	case WM__IPC_REFUSED:
		snprintf(child->refusal, sizeof(child->refusal), "%.*s",
		    (int)sizeof(child->refusal) - 1, msg->text);
		return 1;
	case WM__IPC_YIELDED:
		life_yielded(child);
		return 1;
	case WM__IPC_RETIRE:
		wm__replace_asked(child, msg->text);
		return 1;
	default:
		return WM_E_PROTOCOL;
	}
}

/* One message. Returns as wm__ipc_recv() does. */
static int
life_hear(struct wm__child *child)
{
	struct wm__ipc msg;
	int got = wm__ipc_recv(child->sock, &msg);

	if (got <= 0)
		return got;
	wm__fd_close(&msg.fd);
	return life_obey(child, &msg);
}

void
wm__life_last_words(struct wm__child *child)
{
	int got = 1;

	for (int i = 0; i < LIFE_BATCH && got == 1; i++)
		got = life_hear(child);
}

static void
life_greet(struct wm__child *child)
{
	int result;

	if (child->io == NULL)
		return;
	result = wm__greet_next(child);
	if (result == WM_E_FULL)
		wm__io_watch(child->io, WM__READ | WM__WRITE);
	else
		wm__io_watch(child->io, WM__READ);
	if (result < 0 && result != WM_E_FULL && result != WM_E_CLOSED) {
		wm_log(WM_LOG_ERROR,
		    "worker %s cannot be given its sockets (%s)", child->name,
		    wm_error_text(result));
		wm__life_kill(child);
	}
}

static void
life_on_io(int fd, unsigned what, void *arg)
{
	struct wm__child *child = arg;
	int got = 1;

	(void)fd;
	if (what & WM__WRITE)
		life_greet(child);
	if (!(what & WM__READ))
		return;
	for (int i = 0; i < LIFE_BATCH && got == 1 && child->io != NULL; i++)
		got = life_hear(child);
	if (got != 1 && got != WM_E_FULL)
		life_hang_up(child, got);
}

static void
life_late(void *arg)
{
	struct wm__child *child = arg;
	struct wm__supervisor *sv = child->owner;

	if (child->state == WM__CHILD_STARTING)
		snprintf(child->refusal, sizeof(child->refusal),
		    "was not ready within %d s", WM__READY_MS / 1000);
	else if (child->state != WM__CHILD_LEAVING)
		snprintf(child->refusal, sizeof(child->refusal),
		    "lives on without a line to the master");
	else
		snprintf(child->refusal, sizeof(child->refusal),
		    "did not leave in time");
	wm_log(WM_LOG_ERROR, "worker %s (pid %ld) %s: killed", child->name,
	    (long)child->pid, child->refusal);
	if (sv->phase == WM__SV_STOPPING)
		sv->killed = true;
	wm__life_kill(child);
}

/* ---- birth ---- */

/* The words of a title, padded with blanks that the worker overwrites. */
static void
life_title(const struct wm__child *child)
{
	struct wm__supervisor *sv = child->owner;
	size_t len;

	snprintf(sv->title, sizeof(sv->title), "%s: worker %s", sv->o.name,
	    child->name);
	len = strlen(sv->title);
	while (len < WM__TITLE_MIN)
		sv->title[len++] = ' ';
	sv->title[len] = '\0';
	sv->argv[0] = sv->title;
}

/* In the child, when it cannot become the image. */
static void
life_complain(int sock, const char *why)
{
	wm__ipc_send(sock, WM__IPC_REFUSED, NULL, why, -1);
}

static int
life_spawn(struct wm__child *child, int worker_end)
{
	const struct wm__supervise_options *o = &child->owner->o;
	const struct wm__identity *identity =
	    &child->generation->identities[child->row_index];
	const struct wm__spawn spawn = {
		.image = &child->generation->image,
		.argv = child->owner->argv,
		.role = "worker",
		.ipc = worker_end,
		.out = STDOUT_FILENO,
		.err = -1,
		.cwd = o->cwd,
		.identity = identity->change ? identity : NULL,
		.nofile = child->row->nofile,
		.cpus = child->row->cpus,
		.cpu = child->number,
		.complain = life_complain,
	};

	life_title(child);
	return wm__spawn(&spawn, &child->pid);
}

static int
life_start(struct wm__child *child, const char **step_r)
{
	struct wm__supervisor *sv = child->owner;
	int pair[2], failed;

	*step_r = "cannot make a socket pair";
	if (wm__fd_message_pair(pair) < 0)
		return WM_E_SYSTEM;
	child->incarnation = ++sv->incarnation;
	child->sock = pair[0];
	*step_r = "cannot start a process";
	child->io = wm__io_new(sv->o.loop, child->sock, life_on_io, child);
	if (child->io == NULL || wm__fd_set_nonblock(child->sock) < 0)
		failed = WM_E_SYSTEM;
	else
		failed = life_spawn(child, pair[1]);
	wm__fd_close(&pair[1]);
	return failed;
}

struct wm__child *
wm__life_begin(struct wm__slot *slot, struct wm__generation *generation,
    enum wm__sponsor sponsor)
{
	struct wm__supervisor *sv = slot->owner;
	struct wm__child *child = wm__child_new(slot, generation, life_late);
	struct wm__child *other;
	const char *step = "cannot make its counters and inbox";

	if (child == NULL || life_start(child, &step) < 0) {
		snprintf(sv->error, sizeof(sv->error), "worker %s: %s: %s",
		    slot->name, step, strerror(errno));
		if (child != NULL)
			wm__child_free(&child, slot->child == NULL);
		return NULL;
	}
	child->sponsor = sponsor;
	child->state = WM__CHILD_STARTING;
	wm__timer_start(child->timer, WM__READY_MS);
	LIST_FOREACH(other, &sv->children, link) /* its inbox may be new */
		life_greet(other);
	return child;
}

/* ---- from one to the next ---- */

void
wm__life_accept(struct wm__child *child, struct wm__child *predecessor)
{
	struct wm__slot *slot = child->slot;

	wm__timer_stop(child->timer);
	wm__greet_return(slot);
	wm__greet_join(child);
	child->state = WM__CHILD_ACTIVE;
	wm__child_tell(child, WM__IPC_ACCEPT, NULL, NULL);
	if (predecessor != NULL)
		predecessor->successor = child;
	else
		wm__child_tell(child, WM__IPC_ACTIVE, NULL, NULL);
	wm__greet_lend(child->owner, slot->row);
}

void
wm__life_leave(struct wm__child *child, const struct wm__ipc_stop *stop)
{
	bool starting = child->state == WM__CHILD_STARTING;

	child->state = WM__CHILD_LEAVING;
	if (starting) {
		wm__life_kill(child); /* it has no connections */
		return;
	}
	wm__child_tell(child, WM__IPC_STOP, stop, NULL);
	wm__timer_start(child->timer, (uint64_t)stop->ms + LIFE_MARGIN);
}

/* Those of the slot that drain are few: the oldest is hurried. */
static void
life_bound_draining(const struct wm__slot *slot)
{
	const struct wm__ipc_stop hurry = { WM__STOP_REPLACED, WM__HURRY_MS,
		0 };
	struct wm__child *child, *oldest = NULL;
	unsigned n = 0;

	LIST_FOREACH(child, &slot->owner->children, link)
		if (child->slot == slot && child->state == WM__CHILD_LEAVING) {
			oldest = child; /* the youngest comes first */
			n++;
		}
	if (n > WM__DRAINING_MOST)
		wm__life_leave(oldest, &hurry);
}

void
wm__life_roll(struct wm__slot *slot)
{
	struct wm__child *old = slot->child, *next = slot->next;
	struct wm__ipc_stop stop = { WM__STOP_REPLACED, WM__DRAIN_MS,
		WM__SPREAD_MS };

	wm__timer_stop(slot->timer);
	slot->waits = false;
	slot->child = next;
	slot->next = NULL;
	if (slot->generation != next->generation)
		slot->policy.failures = 0;
	wm__generation_ref(next->generation);
	wm__generation_unref(&slot->generation);
	slot->generation = next->generation;
	next->sponsor = WM__FOR_SLOT;
	if (old != NULL && old->row->drain_ms > 0)
		stop.ms = (uint32_t)old->row->drain_ms;
	if (old != NULL && old->row->drain_spread_ms > 0)
		stop.spread_ms = (uint32_t)old->row->drain_spread_ms;
	if (old != NULL)
		wm__greet_forget(old);
	wm__life_accept(next, old);
	if (old == NULL)
		return;
	wm__life_leave(old, &stop);
	life_bound_draining(slot);
}

uint64_t
wm__life_back_off(struct wm__slot *slot, int64_t age_ms)
{
	uint64_t delay = wm__policy_died(&slot->policy, age_ms);

	slot->waits = true;
	wm__timer_start(slot->timer, delay);
	wm__greet_lend(slot->owner, slot->row);
	return delay;
}

void
wm__life_on_birth(void *arg)
{
	struct wm__slot *slot = arg;

	slot->waits = false;
	if (slot->child != NULL) { /* it waits to be replaced */
		wm__replace_resume(slot->owner);
		return;
	}
	slot->restarts++;
	slot->child = wm__life_begin(slot, slot->generation, WM__FOR_SLOT);
	if (slot->child == NULL)
		wm_log(WM_LOG_ERROR, "%s; tried again in %llu ms",
		    slot->owner->error,
		    (unsigned long long)wm__life_back_off(slot, 0));
}

void
wm__life_close_mailbox(struct wm__supervisor *sv, struct wm__mailbox **mailbox)
{
	struct wm__ipc_inbox fixed = { (*mailbox)->id };
	struct wm__child *child;

	wm__mailbox_free(&sv->mailboxes, mailbox);
	if (sv->phase == WM__SV_OVER)
		return;
	LIST_FOREACH(child, &sv->children, link)
		if (child->pid > 0 && child->sock >= 0 &&
		    child->met >= fixed.id)
			wm__ipc_send(child->sock, WM__IPC_FORGET, &fixed, NULL,
			    -1);
}
