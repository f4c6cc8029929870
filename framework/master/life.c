/* SPDX-License-Identifier: MIT */
/*
 * The life of one slot's worker up to its death: birth, welcome, readiness,
 * deadlines. When to start again is policy.c's, how is spawn.c's, what is
 * said greet.c's.
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
#include "framework/master/image.h"
#include "framework/master/life.h"
#include "framework/master/spawn.h"
#include "framework/net/loop.h"

#define LIFE_BATCH 16 /* messages read from one worker in a turn */

void
wm__life_kill(struct wm__slot *slot)
{
	if (slot->pid > 0)
		kill(slot->pid, SIGKILL);
}

uint64_t
wm__life_back_off(struct wm__slot *slot, int64_t age_ms)
{
	struct wm__supervisor *sv = slot->owner;
	uint64_t delay = wm__policy_died(&slot->policy, age_ms);

	wm__greet_forget(&sv->o.greet, slot);
	wm__slot_clear(slot, WM__SLOT_BACKOFF);
	wm__timer_start(slot->timer, delay);
	wm__greet_lend(&sv->o.greet, slot);
	return delay;
}

/* Fork, a socket pair or the loop failed: the machine's fault. */
static void
life_birth_failed(struct wm__slot *slot, const char *what)
{
	struct wm__supervisor *sv = slot->owner;
	char why[256];

	snprintf(why, sizeof(why), "worker %s: %s: %s", slot->name, what,
	    strerror(errno));
	if (sv->phase == WM__SV_STARTING)
		wm__supervise_fail(sv, why);
	else
		wm_log(WM_LOG_ERROR, "%s; tried again in %llu ms", why,
		    (unsigned long long)wm__life_back_off(slot, 0));
}

static void
life_accept(struct wm__slot *slot)
{
	struct wm__supervisor *sv = slot->owner;

	wm__timer_stop(slot->timer);
	wm__greet_return(slot);
	slot->state = WM__SLOT_ACTIVE;
	wm__ipc_send(slot->sock, WM__IPC_ACCEPT, NULL, NULL, -1);
	if (sv->phase == WM__SV_RUNNING)
		wm__greet_lend(&sv->o.greet, slot);
}

static void
life_ready(struct wm__slot *slot)
{
	struct wm__supervisor *sv = slot->owner;
	struct wm__slots *slots = sv->o.greet.slots;

	if (slot->state != WM__SLOT_STARTING)
		return;
	slot->state = WM__SLOT_READY;
	if (sv->phase == WM__SV_RUNNING) {
		wm_log(WM_LOG_INFO, "worker %s is back (pid %ld)", slot->name,
		    (long)slot->pid);
		life_accept(slot);
	}
	if (sv->phase != WM__SV_STARTING ||
	    wm__slots_in(slots, WM__SLOT_READY) < slots->n)
		return;
	for (size_t i = 0; i < slots->n; i++)
		life_accept(&slots->all[i]);
	sv->phase = WM__SV_RUNNING;
	sv->o.on_ready(sv->o.arg);
}

/* The worker closed its line or talks nonsense: it must go. */
static void
life_hang_up(struct wm__slot *slot, int error)
{
	wm__io_free(&slot->io);
	if (error < 0) {
		wm_log(WM_LOG_ERROR, "worker %s sent a bad message (%s)",
		    slot->name, wm_error_text(error));
		wm__life_kill(slot);
	} else if (slot->owner->phase == WM__SV_RUNNING) {
		wm__timer_start(slot->timer, WM__HANGUP_MS);
	}
}

/* One message. Returns as wm__ipc_recv() does. */
static int
life_hear(struct wm__slot *slot)
{
	struct wm__ipc msg;
	int got = wm__ipc_recv(slot->sock, &msg);

	if (got <= 0)
		return got;
	wm__fd_close(&msg.fd);
	if (msg.type == WM__IPC_READY)
		life_ready(slot);
	else if (msg.type == WM__IPC_REFUSED)
		snprintf(slot->refusal, sizeof(slot->refusal), "%.*s",
		    (int)sizeof(slot->refusal) - 1, msg.text);
	else
		return WM_E_PROTOCOL;
	return 1;
}

static void
life_greet(struct wm__slot *slot)
{
	int result = wm__greet_next(&slot->owner->o.greet, slot);

	if (result == WM_E_FULL)
		wm__io_watch(slot->io, WM__READ | WM__WRITE);
	else
		wm__io_watch(slot->io, WM__READ);
	if (result < 0 && result != WM_E_FULL && result != WM_E_CLOSED) {
		wm_log(WM_LOG_ERROR,
		    "worker %s cannot be given its sockets (%s)", slot->name,
		    wm_error_text(result));
		wm__life_kill(slot);
	}
}

static void
life_on_io(int fd, unsigned what, void *arg)
{
	struct wm__slot *slot = arg;
	int got = 1;

	(void)fd;
	if (what & WM__WRITE)
		life_greet(slot);
	if (!(what & WM__READ))
		return;
	for (int i = 0; i < LIFE_BATCH && got == 1; i++)
		got = life_hear(slot);
	if (got != 1 && got != WM_E_FULL)
		life_hang_up(slot, got);
}

/* The words of a title, padded with blanks that the worker overwrites. */
static void
life_title(const struct wm__slot *slot)
{
	struct wm__supervisor *sv = slot->owner;
	size_t len;

	snprintf(sv->title, sizeof(sv->title), "%s: worker %s", sv->o.name,
	    slot->name);
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
life_spawn(struct wm__slot *slot, int worker_end)
{
	const struct wm__supervise_options *o = &slot->owner->o;
	const struct wm__spawn spawn = {
		.image = o->image,
		.argv = slot->owner->argv,
		.role = "worker",
		.ipc = worker_end,
		.out = STDOUT_FILENO,
		.err = -1,
		.cwd = o->cwd,
		.identity = slot->identity,
		.complain = life_complain,
	};

	life_title(slot);
	return wm__spawn(&spawn, &slot->pid);
}

void
wm__life_begin(struct wm__slot *slot)
{
	struct wm__supervisor *sv = slot->owner;
	int pair[2];

	if (wm__fd_message_pair(pair) < 0) {
		life_birth_failed(slot, "cannot make a socket pair");
		return;
	}
	slot->incarnation = ++sv->incarnation;
	slot->generation = 1;
	slot->sock = pair[0];
	slot->io = wm__io_new(sv->o.loop, slot->sock, life_on_io, slot);
	if (slot->io == NULL || wm__fd_set_nonblock(slot->sock) < 0 ||
	    life_spawn(slot, pair[1]) < 0) {
		wm__fd_close(&pair[1]);
		life_birth_failed(slot, "cannot start a process");
		return;
	}
	wm__fd_close(&pair[1]);
	slot->state = WM__SLOT_STARTING;
	slot->born_ms = wm__clock_ms();
	wm__timer_start(slot->timer, WM__READY_MS);
	life_greet(slot);
}

void
wm__life_on_timer(void *arg)
{
	struct wm__slot *slot = arg;
	struct wm__supervisor *sv = slot->owner;
	char why[160];

	if (slot->state == WM__SLOT_BACKOFF) {
		slot->restarts++;
		wm__life_begin(slot);
		return;
	}
	if (slot->state == WM__SLOT_STARTING)
		snprintf(why, sizeof(why),
		    "worker %s was not ready within %d s", slot->name,
		    WM__READY_MS / 1000);
	else
		snprintf(why, sizeof(why),
		    "worker %s lives on without a line to the master",
		    slot->name);
	if (sv->phase == WM__SV_STARTING) {
		wm__supervise_fail(sv, why);
		return;
	}
	wm_log(WM_LOG_ERROR, "%s: killed", why);
	wm__life_kill(slot);
}

void
wm__life_last_words(struct wm__slot *slot)
{
	int got = 1;

	for (int i = 0; i < LIFE_BATCH && got == 1; i++)
		got = life_hear(slot);
}
