/* SPDX-License-Identifier: MIT */
/*
 * All workers together: deaths come in, the stop goes out, the end. One
 * worker's life is life.c's, its death death.c's, what is to run
 * transaction.c's.
 */
#include "config.h"

#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/error.h>
#include <workerman/event.h>
#include <workerman/log.h>

#include "framework/base/clock.h"
#include "framework/base/fd.h"
#include "framework/master/generation.h"
#include "framework/master/life.h"
#include "framework/master/transaction.h"
#include "framework/net/loop.h"

#define SUPERVISE_MARGIN 500 /* ms a worker has beyond its deadline */

bool
wm__supervise_reaped(struct wm__supervisor *sv, pid_t pid, int wait_status)
{
	struct wm__child *child;

	if (sv == NULL)
		return false;
	if (sv->transaction != NULL &&
	    wm__transaction_reaped(sv->transaction, pid, wait_status))
		return true;
	child = wm__children_find(&sv->children, pid);
	if (child == NULL)
		return false;
	wm__death(child, wait_status);
	return true;
}

static void
supervise_on_deadline(void *arg)
{
	struct wm__supervisor *sv = arg;
	struct wm__child *child;

	LIST_FOREACH(child, &sv->children, link) {
		if (child->pid == 0)
			continue;
		wm_log(WM_LOG_WARNING,
		    "worker %s (pid %ld) did not stop in time: killed",
		    child->name, (long)child->pid);
		sv->killed = true;
		wm__life_kill(child);
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
	LIST_INIT(&sv->children);
	LIST_INIT(&sv->sockets.all);
	wm__mailboxes_init(&sv->mailboxes);
	while (options->argv[argc] != NULL)
		argc++;
	sv->argv = calloc(argc + 1, sizeof(*sv->argv));
	sv->stop_timer =
	    wm__timer_new(options->loop, supervise_on_deadline, sv);
	if (sv->argv == NULL || sv->stop_timer == NULL) {
		wm__supervise_free(supervisor_r);
		return WM_E_NOMEM;
	}
	memcpy(sv->argv, options->argv, argc * sizeof(*sv->argv));
	return 0;
}

void
wm__supervise_free(struct wm__supervisor **supervisor)
{
	struct wm__supervisor *sv = *supervisor;

	if (sv == NULL)
		return;
	wm__supervise_kill(sv);
	for (size_t i = 0; i < sv->slots.n; i++)
		wm__slot_free(&sv->slots.all[i]);
	free(sv->slots.all);
	wm__generation_unref(&sv->current);
	wm__timer_free(&sv->stop_timer);
	free(sv->argv);
	free(sv);
	*supervisor = NULL;
}

static void
child_stop(struct wm__child *child, const struct wm__ipc_stop *stop)
{
	if (child->state == WM__CHILD_STARTING) {
		wm__life_kill(child); /* it has no connections */
		return;
	}
	child->state = WM__CHILD_LEAVING;
	wm__timer_stop(child->timer);
	wm__child_tell(child, WM__IPC_STOP, stop, NULL);
}

void
wm__supervise_stop(struct wm__supervisor *sv, enum wm__ipc_stop_mode mode,
    uint32_t ms)
{
	const struct wm__ipc_stop stop = { mode, ms, 0 };
	int64_t at = wm__clock_ms() + ms;
	struct wm__child *child;

	if (sv->phase == WM__SV_OVER ||
	    (sv->phase == WM__SV_STOPPING && at >= sv->stop_at))
		return;
	sv->phase = WM__SV_STOPPING;
	if (sv->transaction != NULL)
		wm__transaction_fail(sv->transaction, "the server stops");
	sv->stop_at = at;
	for (size_t i = 0; i < sv->slots.n; i++)
		wm__timer_stop(sv->slots.all[i]->timer);
	LIST_FOREACH(child, &sv->children, link)
		child_stop(child, &stop);
	wm__timer_start(sv->stop_timer, (uint64_t)ms + SUPERVISE_MARGIN);
	if (wm__children_count(&sv->children) > 0)
		return;
	sv->phase = WM__SV_OVER;
	sv->o.on_gone(false, sv->o.arg);
}

void
wm__supervise_kill(struct wm__supervisor *sv)
{
	struct wm__child *child;

	sv->phase = WM__SV_OVER;
	if (sv->transaction != NULL)
		wm__transaction_free(&sv->transaction);
	LIST_FOREACH(child, &sv->children, link)
		wm__life_kill(child);
	while ((child = LIST_FIRST(&sv->children)) != NULL) {
		while (child->pid > 0 && waitpid(child->pid, NULL, 0) < 0 &&
		    errno == EINTR)
			;
		child->pid = 0;
		wm__child_free(&child, false);
	}
}

void
wm__supervise_relog(struct wm__supervisor *sv)
{
	struct wm__child *child;

	LIST_FOREACH(child, &sv->children, link)
		if (child->pid > 0 && child->sock >= 0)
			wm__ipc_send(child->sock, WM__IPC_LOG, NULL, NULL,
			    STDERR_FILENO);
}

void
wm__supervise_tell(struct wm__supervisor *sv, const struct wm_event *event)
{
	struct wm__ipc_event fixed = {
		.kind = event->kind,
		.slot = event->slot,
		.pid = (int32_t)event->pid,
		.status = event->status,
		.generation = event->generation,
	};
	struct wm__child *child;

	snprintf(fixed.worker, sizeof(fixed.worker), "%s", event->worker);
	LIST_FOREACH(child, &sv->children, link)
		if (child->row->events &&
		    (child->state == WM__CHILD_ACTIVE ||
			child->state == WM__CHILD_LEAVING))
			wm__child_tell(child, WM__IPC_EVENT, &fixed,
			    event->text);
}
