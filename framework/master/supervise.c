/* SPDX-License-Identifier: MIT */
/*
 * All slots together: the start, the stop and the end. One slot's birth is
 * life.c's, its death death.c's.
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
#include "framework/master/life.h"
#include "framework/net/loop.h"

#define SUPERVISE_MARGIN 500 /* ms a worker has beyond its deadline */

void
wm__supervise_fail(struct wm__supervisor *sv, const char *why)
{
	sv->phase = WM__SV_OVER;
	sv->o.on_failed(why, sv->o.arg);
}

bool
wm__supervise_reaped(struct wm__supervisor *sv, pid_t pid, int wait_status)
{
	struct wm__slot *slot =
	    sv != NULL ? wm__slots_find(sv->o.greet.slots, pid) : NULL;

	if (slot == NULL)
		return false;
	wm__death(slot, wait_status);
	return true;
}

static void
supervise_on_deadline(void *arg)
{
	struct wm__supervisor *sv = arg;
	struct wm__slots *slots = sv->o.greet.slots;

	for (size_t i = 0; i < slots->n; i++) {
		if (slots->all[i].pid == 0)
			continue;
		wm_log(WM_LOG_WARNING,
		    "worker %s (pid %ld) did not stop in time: killed",
		    slots->all[i].name, (long)slots->all[i].pid);
		sv->killed = true;
		wm__life_kill(&slots->all[i]);
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
		wm__life_on_timer) < 0) {
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

	sv->phase = WM__SV_STARTING;
	for (size_t i = 0; i < slots->n && sv->phase == WM__SV_STARTING; i++)
		wm__life_begin(&slots->all[i]);
}

static void
slot_stop(struct wm__slot *slot, uint32_t ms)
{
	struct wm__ipc_stop stop = { slot->owner->stop_mode, ms };

	switch (slot->state) {
	case WM__SLOT_STARTING:
		wm__life_kill(slot); /* it has no connections */
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

	if (sv->phase == WM__SV_OVER ||
	    (sv->phase == WM__SV_STOPPING && at >= sv->stop_at))
		return;
	sv->phase = WM__SV_STOPPING;
	sv->stop_mode = mode;
	sv->stop_at = at;
	for (size_t i = 0; i < slots->n; i++)
		slot_stop(&slots->all[i], ms);
	wm__timer_start(sv->stop_timer, (uint64_t)ms + SUPERVISE_MARGIN);
	if (wm__slots_alive(slots) > 0)
		return;
	sv->phase = WM__SV_OVER;
	sv->o.on_gone(false, sv->o.arg);
}

void
wm__supervise_kill(struct wm__supervisor *sv)
{
	struct wm__slots *slots = sv->o.greet.slots;

	sv->phase = WM__SV_OVER;
	for (size_t i = 0; i < slots->n; i++)
		wm__life_kill(&slots->all[i]);
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
