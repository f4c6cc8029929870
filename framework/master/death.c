/* SPDX-License-Identifier: MIT */
/*
 * The death of a worker: what it means while all start, while they serve and
 * while they stop, and its obituary in the log.
 */
#include "config.h"

#include <sys/wait.h>

#include <stdio.h>
#include <string.h>

#include <workerman/log.h>

#include "framework/base/clock.h"
#include "framework/base/counters.h"
#include "framework/ipc/control.h"
#include "framework/master/life.h"
#include "framework/master/obituary.h"
#include "framework/net/loop.h"

static void
death_starting(struct wm__slot *slot, int wait_status)
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
	wm__supervise_fail(slot->owner, why);
}

static void
death_running(struct wm__slot *slot, int wait_status)
{
	int64_t age = wm__clock_ms() - slot->born_ms;
	uint64_t lost = wm__counter(&slot->counters->connections), delay;
	long pid = (long)slot->pid;
	char words[128], old[32], refusal[sizeof(slot->refusal)];

	snprintf(refusal, sizeof(refusal), "%s", slot->refusal);
	delay = wm__life_back_off(slot, age);
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
death_stopping(struct wm__slot *slot, int wait_status)
{
	struct wm__supervisor *sv = slot->owner;
	char words[128];

	if (WIFEXITED(wait_status) &&
	    WEXITSTATUS(wait_status) == WM__EXIT_KILLED)
		sv->killed = true;
	else if (wait_status != 0)
		wm_log(WM_LOG_WARNING,
		    "worker %s (pid %ld) %s while it stopped", slot->name,
		    (long)slot->pid,
		    wm__obituary(wait_status, words, sizeof(words)));
	wm__slot_clear(slot, WM__SLOT_EMPTY);
	if (wm__slots_alive(sv->o.greet.slots) == 0) {
		wm__timer_stop(sv->stop_timer);
		sv->phase = WM__SV_OVER;
		sv->o.on_gone(sv->killed, sv->o.arg);
	}
}

void
wm__death(struct wm__slot *slot, int wait_status)
{
	wm__life_last_words(slot);
	switch (slot->owner->phase) {
	case WM__SV_STARTING:
		death_starting(slot, wait_status);
		break;
	case WM__SV_RUNNING:
		death_running(slot, wait_status);
		break;
	case WM__SV_STOPPING:
		death_stopping(slot, wait_status);
		break;
	default:
		wm__slot_clear(slot, WM__SLOT_EMPTY);
		break;
	}
}
