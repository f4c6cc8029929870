/* SPDX-License-Identifier: MIT */
/* See replace.h; the change from one to the next is life.c's. */
#include "config.h"

#include <string.h>

#include <workerman/log.h>
#include <workerman/worker.h>

#include "framework/master/generation.h"
#include "framework/master/life.h"
#include "framework/master/replace.h"
#include "framework/net/loop.h"

#define REPLACE_RETRY_MS 10000 /* after a successor that failed */

static bool
replace_is_wanted(const struct wm__slot *slot)
{
	return slot->child != NULL && slot->child->retiring &&
	    slot->child->state == WM__CHILD_ACTIVE;
}

/* Whether a slot of the row is in the middle of it. */
static bool
replace_is_busy(const struct wm__supervisor *sv, const char *row)
{
	for (size_t i = 0; i < sv->slots.n; i++) {
		const struct wm__slot *slot = sv->slots.all[i];

		if (strcmp(slot->row, row) == 0 &&
		    (slot->next != NULL || slot->child == NULL ||
			slot->child->state != WM__CHILD_ACTIVE))
			return true;
	}
	return false;
}

/* Its successor cannot run beside it: it goes first. */
static void
replace_exclusively(struct wm__slot *slot)
{
	const struct wm__ipc_stop stop = { WM__STOP_REPLACED,
		slot->child->row->drain_ms > 0 ?
		    (uint32_t)slot->child->row->drain_ms :
		    WM__DRAIN_MS,
		0 };

	wm__life_leave(slot->child, &stop);
}

static void
replace_begin(struct wm__slot *slot)
{
	if (slot->child->row->takeover == WM_EXCLUSIVE) {
		replace_exclusively(slot);
		return;
	}
	slot->next =
	    wm__life_begin(slot, slot->generation, WM__FOR_REPLACEMENT);
	if (slot->next == NULL)
		wm__replace_failed(slot, slot->owner->error);
}

void
wm__replace_resume(struct wm__supervisor *sv)
{
	if (sv->phase != WM__SV_RUNNING || sv->transaction != NULL)
		return;
	for (size_t i = 0; i < sv->slots.n; i++)
		if (replace_is_wanted(sv->slots.all[i]) &&
		    !replace_is_busy(sv, sv->slots.all[i]->row))
			replace_begin(sv->slots.all[i]);
}

void
wm__replace_asked(struct wm__child *child, const char *why)
{
	if (child->slot == NULL || child->slot->child != child ||
	    child->state != WM__CHILD_ACTIVE || child->retiring)
		return;
	wm_log(WM_LOG_INFO, "worker %s (pid %ld) is to be replaced: %.200s",
	    child->name, (long)child->pid, why);
	child->retiring = true;
	wm__replace_resume(child->owner);
}

void
wm__replace_ready(struct wm__child *child)
{
	struct wm__supervisor *sv = child->owner;

	wm__life_roll(child->slot);
	wm__replace_resume(sv);
}

/* The slot's timer is free: the slot is not empty. */
void
wm__replace_failed(struct wm__slot *slot, const char *why)
{
	wm_log(WM_LOG_ERROR, "%s; the old one serves on, tried again in %d s",
	    why, REPLACE_RETRY_MS / 1000);
	wm__timer_start(slot->timer, REPLACE_RETRY_MS);
}

void
wm__replace_abort(struct wm__supervisor *sv)
{
	for (size_t i = 0; i < sv->slots.n; i++) {
		struct wm__slot *slot = sv->slots.all[i];

		if (slot->next == NULL ||
		    slot->next->sponsor != WM__FOR_REPLACEMENT)
			continue;
		wm__life_kill(slot->next);
		slot->next->slot = NULL;
		slot->next = NULL;
	}
}
