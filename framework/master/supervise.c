/* SPDX-License-Identifier: MIT */
/*
 * The state of each slot and what moves it on: messages, deaths, timers. When
 * to start again is policy.c's, how is spawn.c's, what is said greet.c's.
 */
#include "config.h"

#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/error.h>
#include <workerman/log.h>

#include "framework/base/clock.h"
#include "framework/base/fd.h"
#include "framework/ipc/control.h"
#include "framework/base/counters.h"
#include "framework/ipc/table.h"
#include "framework/master/image.h"
#include "framework/master/obituary.h"
#include "framework/master/slots.h"
#include "framework/master/spawn.h"
#include "framework/master/supervise.h"
#include "framework/net/loop.h"

#define SUPERVISE_TITLE  64  /* bytes for the title of a worker, at least */
#define SUPERVISE_BATCH  16  /* messages read from one worker in a turn */
#define SUPERVISE_MARGIN 500 /* ms a worker has beyond its deadline */

enum supervise_phase { IDLE, STARTING, RUNNING, STOPPING, OVER };

struct wm__supervisor {
	struct wm__supervise_options o;
	enum supervise_phase phase;
	uint32_t incarnation; /* the last one given */
	char **argv;          /* a copy; [0] is the title */
	char title[WM__NAME_MAX * 2 + SUPERVISE_TITLE];
	enum wm__ipc_stop_mode stop_mode;
	int64_t stop_at; /* deadline on the clock */
	struct wm__timer *stop_timer;
	bool killed;
};

static void slot_birth(struct wm__slot *slot);

/* The transaction failed; whoever asked ends it. */
static void
supervise_fail(struct wm__supervisor *sv, const char *why)
{
	sv->phase = OVER;
	sv->o.on_failed(why, sv->o.arg);
}

/* ---- a slot's worker ---- */

static void
slot_kill(struct wm__slot *slot)
{
	if (slot->pid > 0)
		kill(slot->pid, SIGKILL);
}

/* Notes a death, or a birth that failed, and waits for the next birth. */
static uint64_t
slot_back_off(struct wm__slot *slot, int64_t age_ms)
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
slot_birth_failed(struct wm__slot *slot, const char *what)
{
	struct wm__supervisor *sv = slot->owner;
	char why[256];

	snprintf(why, sizeof(why), "worker %s: %s: %s", slot->name, what,
	    strerror(errno));
	if (sv->phase == STARTING)
		supervise_fail(sv, why);
	else
		wm_log(WM_LOG_ERROR, "%s; tried again in %llu ms", why,
		    (unsigned long long)slot_back_off(slot, 0));
}

static void
slot_accept(struct wm__slot *slot)
{
	struct wm__supervisor *sv = slot->owner;

	wm__timer_stop(slot->timer);
	wm__greet_return(slot);
	slot->state = WM__SLOT_ACTIVE;
	wm__ipc_send(slot->sock, WM__IPC_ACCEPT, NULL, NULL, -1);
	if (sv->phase == RUNNING)
		wm__greet_lend(&sv->o.greet, slot);
}

static void
slot_ready(struct wm__slot *slot)
{
	struct wm__supervisor *sv = slot->owner;
	struct wm__slots *slots = sv->o.greet.slots;

	if (slot->state != WM__SLOT_STARTING)
		return;
	slot->state = WM__SLOT_READY;
	if (sv->phase == RUNNING) {
		wm_log(WM_LOG_INFO, "worker %s is back (pid %ld)", slot->name,
		    (long)slot->pid);
		slot_accept(slot);
	}
	if (sv->phase != STARTING ||
	    wm__slots_in(slots, WM__SLOT_READY) < slots->n)
		return;
	for (size_t i = 0; i < slots->n; i++)
		slot_accept(&slots->all[i]);
	sv->phase = RUNNING;
	sv->o.on_ready(sv->o.arg);
}

/* The worker closed its line or talks nonsense: it must go. */
static void
slot_hang_up(struct wm__slot *slot, int error)
{
	wm__io_free(&slot->io);
	if (error < 0) {
		wm_log(WM_LOG_ERROR, "worker %s sent a bad message (%s)",
		    slot->name, wm_error_text(error));
		slot_kill(slot);
	} else if (slot->owner->phase == RUNNING) {
		wm__timer_start(slot->timer, WM__HANGUP_MS);
	}
}

/* One message. Returns as wm__ipc_recv() does. */
static int
slot_hear(struct wm__slot *slot)
{
	struct wm__ipc msg;
	int got = wm__ipc_recv(slot->sock, &msg);

	if (got <= 0)
		return got;
	wm__fd_close(&msg.fd);
	if (msg.type == WM__IPC_READY)
		slot_ready(slot);
	else if (msg.type == WM__IPC_REFUSED)
		snprintf(slot->refusal, sizeof(slot->refusal), "%.*s",
		    (int)sizeof(slot->refusal) - 1, msg.text);
	else
		return WM_E_PROTOCOL;
	return 1;
}

static void
slot_greet(struct wm__slot *slot)
{
	int result = wm__greet_next(&slot->owner->o.greet, slot);

	if (result == WM_E_FULL)
		wm__io_watch(slot->io, WM__READ | WM__WRITE);
	else
		wm__io_watch(slot->io, WM__READ);
	if (result < 0 && result != WM_E_FULL && result != WM_E_CLOSED) {
		wm_log(WM_LOG_ERROR,
		    "worker %s cannot be given its sockets "
		    "(%s)",
		    slot->name, wm_error_text(result));
		slot_kill(slot);
	}
}

static void
slot_on_io(int fd, unsigned what, void *arg)
{
	struct wm__slot *slot = arg;
	int got = 1;

	(void)fd;
	if (what & WM__WRITE)
		slot_greet(slot);
	if (!(what & WM__READ))
		return;
	for (int i = 0; i < SUPERVISE_BATCH && got == 1; i++)
		got = slot_hear(slot);
	if (got != 1 && got != WM_E_FULL)
		slot_hang_up(slot, got);
}

/* The words of a title, padded with blanks that the worker overwrites. */
static void
slot_title(const struct wm__slot *slot)
{
	struct wm__supervisor *sv = slot->owner;
	size_t len;

	snprintf(sv->title, sizeof(sv->title), "%s: worker %s", sv->o.name,
	    slot->name);
	len = strlen(sv->title);
	while (len < SUPERVISE_TITLE)
		sv->title[len++] = ' ';
	sv->title[len] = '\0';
	sv->argv[0] = sv->title;
}

/* In the child, when it cannot become the image. */
static void
slot_complain(int sock, const char *why)
{
	wm__ipc_send(sock, WM__IPC_REFUSED, NULL, why, -1);
}

static int
slot_spawn(struct wm__slot *slot, int worker_end)
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
		.complain = slot_complain,
	};

	slot_title(slot);
	return wm__spawn(&spawn, &slot->pid);
}

static void
slot_birth(struct wm__slot *slot)
{
	struct wm__supervisor *sv = slot->owner;
	int pair[2];

	if (wm__fd_message_pair(pair) < 0) {
		slot_birth_failed(slot, "cannot make a socket pair");
		return;
	}
	slot->incarnation = ++sv->incarnation;
	slot->generation = 1;
	slot->sock = pair[0];
	slot->io = wm__io_new(sv->o.loop, slot->sock, slot_on_io, slot);
	if (slot->io == NULL || wm__fd_set_nonblock(slot->sock) < 0 ||
	    slot_spawn(slot, pair[1]) < 0) {
		wm__fd_close(&pair[1]);
		slot_birth_failed(slot, "cannot start a process");
		return;
	}
	wm__fd_close(&pair[1]);
	slot->state = WM__SLOT_STARTING;
	slot->born_ms = wm__clock_ms();
	wm__timer_start(slot->timer, WM__READY_MS);
	slot_greet(slot);
}

static void
slot_on_timer(void *arg)
{
	struct wm__slot *slot = arg;
	struct wm__supervisor *sv = slot->owner;
	char why[160];

	if (slot->state == WM__SLOT_BACKOFF) {
		slot->restarts++;
		slot_birth(slot);
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
	if (sv->phase == STARTING) {
		supervise_fail(sv, why);
		return;
	}
	wm_log(WM_LOG_ERROR, "%s: killed", why);
	slot_kill(slot);
}

/* ---- deaths ---- */

/* What a dead worker said last, if the master has not heard it yet. */
static void
slot_last_words(struct wm__slot *slot)
{
	int got = 1;

	for (int i = 0; i < SUPERVISE_BATCH && got == 1; i++)
		got = slot_hear(slot);
}

static void
slot_died_starting(struct wm__slot *slot, int wait_status)
{
	char words[128], why[512];

	if (slot->refusal[0] != '\0')
		snprintf(why, sizeof(why), "worker %s: %s", slot->name,
		    slot->refusal);
	else
		snprintf(why, sizeof(why), "worker %s %s before it was ready",
		    slot->name,
		    wm__obituary(wait_status, words, sizeof(words)));
	wm__slot_clear(slot, WM__SLOT_EMPTY);
	supervise_fail(slot->owner, why);
}

static void
slot_died_running(struct wm__slot *slot, int wait_status)
{
	int64_t age = wm__clock_ms() - slot->born_ms;
	uint64_t lost = wm__counter(&slot->counters->connections), delay;
	long pid = (long)slot->pid;
	char words[128], old[32], refusal[sizeof(slot->refusal)];

	snprintf(refusal, sizeof(refusal), "%s", slot->refusal);
	delay = slot_back_off(slot, age);
	wm_log(WM_LOG_WARNING,
	    "worker %s (pid %ld, generation %u) %s%s%s after %s with %llu "
	    "connections; next start in %llu ms",
	    slot->name, pid, (unsigned)slot->generation,
	    wm__obituary(wait_status, words, sizeof(words)),
	    refusal[0] != '\0' ? ": " : "", refusal,
	    wm__obituary_age(age, old, sizeof(old)), (unsigned long long)lost,
	    (unsigned long long)delay);
}

static void
slot_died_stopping(struct wm__slot *slot, int wait_status)
{
	struct wm__supervisor *sv = slot->owner;
	char words[128];

	if (WIFEXITED(wait_status) &&
	    WEXITSTATUS(wait_status) == WM__EXIT_KILLED)
		sv->killed = true;
	else if (wait_status != 0)
		wm_log(WM_LOG_WARNING,
		    "worker %s (pid %ld) %s while it "
		    "stopped",
		    slot->name, (long)slot->pid,
		    wm__obituary(wait_status, words, sizeof(words)));
	wm__slot_clear(slot, WM__SLOT_EMPTY);
	if (wm__slots_alive(sv->o.greet.slots) == 0) {
		wm__timer_stop(sv->stop_timer);
		sv->phase = OVER;
		sv->o.on_gone(sv->killed, sv->o.arg);
	}
}

bool
wm__supervise_reaped(struct wm__supervisor *sv, pid_t pid, int wait_status)
{
	struct wm__slot *slot =
	    sv != NULL ? wm__slots_find(sv->o.greet.slots, pid) : NULL;

	if (slot == NULL)
		return false;
	slot_last_words(slot);
	switch (sv->phase) {
	case STARTING:
		slot_died_starting(slot, wait_status);
		break;
	case RUNNING:
		slot_died_running(slot, wait_status);
		break;
	case STOPPING:
		slot_died_stopping(slot, wait_status);
		break;
	default:
		wm__slot_clear(slot, WM__SLOT_EMPTY);
		break;
	}
	return true;
}

/* ---- all of them ---- */

static void
supervise_on_deadline(void *arg)
{
	struct wm__supervisor *sv = arg;
	struct wm__slots *slots = sv->o.greet.slots;

	for (size_t i = 0; i < slots->n; i++) {
		if (slots->all[i].pid == 0)
			continue;
		wm_log(WM_LOG_WARNING,
		    "worker %s (pid %ld) did not stop in "
		    "time: killed",
		    slots->all[i].name, (long)slots->all[i].pid);
		sv->killed = true;
		slot_kill(&slots->all[i]);
	}
}

int
wm__supervise_new(const struct wm__supervise_options *options,
    struct wm__supervisor **supervisor_r)
{
	struct wm__supervisor *sv = calloc(1, sizeof(*sv));
	size_t argc = 0;

	if (sv == NULL)
		return WM_E_NOMEM;
	*supervisor_r = sv;
	sv->o = *options;
	while (options->argv[argc] != NULL)
		argc++;
	sv->argv = calloc(argc + 1, sizeof(*sv->argv));
	sv->stop_timer =
	    wm__timer_new(options->loop, supervise_on_deadline, sv);
	if (sv->argv == NULL || sv->stop_timer == NULL ||
	    wm__slots_timers(options->greet.slots, options->loop,
		slot_on_timer) < 0) {
		wm__supervise_free(supervisor_r);
		return WM_E_NOMEM;
	}
	memcpy(sv->argv, options->argv, argc * sizeof(*sv->argv));
	for (size_t i = 0; i < options->greet.slots->n; i++)
		options->greet.slots->all[i].owner = sv;
	return 0;
}

void
wm__supervise_free(struct wm__supervisor **supervisor)
{
	struct wm__supervisor *sv = *supervisor;

	if (sv == NULL)
		return;
	wm__timer_free(&sv->stop_timer);
	free(sv->argv);
	free(sv);
	*supervisor = NULL;
}

void
wm__supervise_start(struct wm__supervisor *sv)
{
	struct wm__slots *slots = sv->o.greet.slots;

	sv->phase = STARTING;
	for (size_t i = 0; i < slots->n && sv->phase == STARTING; i++)
		slot_birth(&slots->all[i]);
}

static void
slot_stop(struct wm__slot *slot, uint32_t ms)
{
	struct wm__ipc_stop stop = { slot->owner->stop_mode, ms };

	switch (slot->state) {
	case WM__SLOT_STARTING:
		slot_kill(slot); /* it has no connections */
		break;
	case WM__SLOT_READY:
	case WM__SLOT_ACTIVE:
	case WM__SLOT_STOPPING:
		wm__timer_stop(slot->timer);
		wm__ipc_send(slot->sock, WM__IPC_STOP, &stop, NULL, -1);
		slot->state = WM__SLOT_STOPPING;
		break;
	default:
		wm__slot_clear(slot, WM__SLOT_EMPTY);
		break;
	}
}

void
wm__supervise_stop(struct wm__supervisor *sv, enum wm__ipc_stop_mode mode,
    uint32_t ms)
{
	struct wm__slots *slots = sv->o.greet.slots;
	int64_t at = wm__clock_ms() + ms;

	if (sv->phase == OVER || (sv->phase == STOPPING && at >= sv->stop_at))
		return;
	sv->phase = STOPPING;
	sv->stop_mode = mode;
	sv->stop_at = at;
	for (size_t i = 0; i < slots->n; i++)
		slot_stop(&slots->all[i], ms);
	wm__timer_start(sv->stop_timer, (uint64_t)ms + SUPERVISE_MARGIN);
	if (wm__slots_alive(slots) > 0)
		return;
	sv->phase = OVER;
	sv->o.on_gone(false, sv->o.arg);
}

void
wm__supervise_kill(struct wm__supervisor *sv)
{
	struct wm__slots *slots = sv->o.greet.slots;

	sv->phase = OVER;
	for (size_t i = 0; i < slots->n; i++)
		slot_kill(&slots->all[i]);
	for (size_t i = 0; i < slots->n; i++) {
		while (slots->all[i].pid > 0 &&
		    waitpid(slots->all[i].pid, NULL, 0) < 0 && errno == EINTR)
			;
		wm__slot_clear(&slots->all[i], WM__SLOT_EMPTY);
	}
}

void
wm__supervise_relog(struct wm__supervisor *sv)
{
	struct wm__slots *slots = sv->o.greet.slots;

	for (size_t i = 0; i < slots->n; i++)
		if (slots->all[i].pid > 0)
			wm__ipc_send(slots->all[i].sock, WM__IPC_LOG, NULL,
			    NULL, STDERR_FILENO);
}
