/* SPDX-License-Identifier: MIT */
/*
 * The watchdog's looks and signals. What they find is judged by watchdog.c;
 * the death that follows is death.c's, like any other.
 */
#include "config.h"

#include <signal.h>

#include <workerman/log.h>

#include "framework/base/clock.h"
#include "framework/base/counters.h"
#include "framework/base/crash.h"
#include "framework/base/process.h"
#include "framework/master/guard.h"
#include "framework/master/life.h"
#include "framework/net/loop.h"

static bool
guard_concerns(const struct wm__child *child)
{
	return child->pid > 0 && child->row->watchdog > 0 &&
	    (child->state == WM__CHILD_ACTIVE ||
		child->state == WM__CHILD_LEAVING);
}

static struct wm__watchdog_facts
guard_facts(const struct wm__child *child)
{
	struct wm__watchdog_facts facts = {
		.now_ms = wm__clock_ms(),
		.limit_ms = (int64_t)child->row->watchdog * 1000,
		.ready_ms = child->guarded_ms,
		.beat_ms = wm__counter(&child->counters->heartbeat_ms),
		.written = child->crash->stage == WM__CRASH_DONE,
	};
	struct wm__process process;

	if (wm__watchdog_is_late(&child->watchdog, &facts) &&
	    wm__process_look(child->pid, &process))
		facts.stopped = process.stopped || process.traced;
	return facts;
}

static void
guard_look(struct wm__child *child)
{
	const struct wm__watchdog_facts facts = guard_facts(child);

	switch (wm__watchdog_judge(&child->watchdog, &facts)) {
	case WM__WATCHDOG_ASK:
		child->hung_s = (unsigned)child->row->watchdog;
		wm_log(WM_LOG_WARNING,
		    "worker %s (pid %ld) has not turned its loop for %u s",
		    child->name, (long)child->pid, child->hung_s);
		kill(child->pid, SIGABRT);
		break;
	case WM__WATCHDOG_KILL:
		wm_log(WM_LOG_WARNING,
		    "worker %s (pid %ld) did not end: killed", child->name,
		    (long)child->pid);
		kill(child->pid, SIGKILL);
		break;
	default:
		break;
	}
}

static void
guard_on_timer(void *arg)
{
	struct wm__supervisor *sv = arg;
	struct wm__child *child;
	bool any = false;

	LIST_FOREACH(child, &sv->children, link)
		if (guard_concerns(child)) {
			guard_look(child);
			any = true;
		}
	sv->guarding = any;
	if (any)
		wm__timer_start(sv->guard_timer, WM__WATCHDOG_LOOK_MS);
}

void
wm__guard_begin(struct wm__child *child)
{
	struct wm__supervisor *sv = child->owner;

	child->guarded_ms = wm__clock_ms();
	if (child->row->watchdog == 0 || sv->guarding)
		return;
	if (sv->guard_timer == NULL)
		sv->guard_timer = wm__timer_new(sv->o.loop, guard_on_timer, sv);
	if (sv->guard_timer == NULL) {
		wm_log(WM_LOG_ERROR, "out of memory: no watchdog");
		return;
	}
	sv->guarding = true;
	wm__timer_start(sv->guard_timer, WM__WATCHDOG_LOOK_MS);
}
