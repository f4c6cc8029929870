/* SPDX-License-Identifier: MIT */
/* Plans: see plan.h. They start and end no process. */
#include "config.h"

#include <stdlib.h>

#include <workerman/error.h>
#include <workerman/worker.h>

#include "framework/master/child.h"
#include "framework/master/generation.h"
#include "framework/master/life.h"
#include "framework/master/plan.h"
#include "framework/master/slots.h"

static enum wm__plan_kind
plan_kind(const struct wm__slot *slot, const struct wm__row *row)
{
	if (row->reloadable == WM_NOT_RELOADABLE && slot->generation != NULL)
		return WM__PLAN_KEEP;
	if (row->takeover == WM_EXCLUSIVE && slot->generation != NULL)
		return WM__PLAN_EXCLUSIVE;
	return WM__PLAN_OVERLAP;
}

static int
plan_add(struct wm__plan *plan, struct wm__supervisor *sv,
    const struct wm__row *row, uint32_t number, void (*on_timer)(void *))
{
	struct wm__plan_entry *entry = &plan->all[plan->n];

	entry->slot = wm__slots_find(&sv->slots, row->name, number);
	entry->fresh = entry->slot == NULL;
	if (entry->fresh)
		entry->slot = wm__slot_new(sv, row->name, number, on_timer);
	if (entry->slot == NULL)
		return WM_E_NOMEM;
	entry->kind = plan_kind(entry->slot, row);
	plan->n++;
	return 0;
}

int
wm__plan_make(struct wm__plan *plan, struct wm__supervisor *sv,
    const struct wm__generation *generation, void (*on_timer)(void *))
{
	const struct wm__table *table = generation->table;
	int failed = 0;

	plan->n = 0;
	plan->all = calloc(wm__table_slots(table), sizeof(*plan->all));
	plan->slots = calloc(wm__table_slots(table), sizeof(*plan->slots));
	if (plan->all == NULL || plan->slots == NULL)
		failed = WM_E_NOMEM;
	for (size_t i = 0; i < table->n_rows && failed == 0; i++)
		for (uint32_t k = 0; k < table->rows[i].count && failed == 0;
		     k++)
			failed =
			    plan_add(plan, sv, &table->rows[i], k, on_timer);
	if (failed < 0)
		wm__plan_undo(plan);
	return failed;
}

void
wm__plan_undo(struct wm__plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->all[i].fresh)
			wm__slot_free(&plan->all[i].slot);
	free(plan->all);
	free(plan->slots);
	*plan = (struct wm__plan){ 0 };
}

static bool
plan_has(const struct wm__plan *plan, const struct wm__slot *slot)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->all[i].slot == slot)
			return true;
	return false;
}

void
wm__plan_commit(struct wm__plan *plan, struct wm__supervisor *sv,
    struct wm__slots *vanished_r)
{
	size_t n = 0;

	*vanished_r = sv->slots;
	for (size_t i = 0; i < vanished_r->n; i++)
		if (!plan_has(plan, vanished_r->all[i]))
			vanished_r->all[n++] = vanished_r->all[i];
	vanished_r->n = n;
	for (size_t i = 0; i < plan->n; i++)
		plan->slots[i] = plan->all[i].slot;
	sv->slots.all = plan->slots;
	sv->slots.n = plan->n;
	free(plan->all);
	*plan = (struct wm__plan){ 0 };
}
