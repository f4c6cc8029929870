/* SPDX-License-Identifier: MIT */
/* Storage of the slots. What happens in them is supervise.c's. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/master/child.h"
#include "framework/master/generation.h"
#include "framework/master/life.h"
#include "framework/master/slots.h"
#include "framework/net/loop.h"

struct wm__slot *
wm__slot_new(struct wm__supervisor *owner, const char *row, uint32_t number,
    void (*on_timer)(void *))
{
	struct wm__slot *slot = calloc(1, sizeof(*slot));

	if (slot == NULL)
		return NULL;
	slot->timer = wm__timer_new(owner->o.loop, on_timer, slot);
	if (slot->timer == NULL) {
		free(slot);
		return NULL;
	}
	slot->owner = owner;
	slot->number = number;
	slot->policy.most_ms = owner->o.backoff_max_ms;
	snprintf(slot->row, sizeof(slot->row), "%s", row);
	snprintf(slot->name, sizeof(slot->name), "%s/%u", row,
	    (unsigned)number);
	return slot;
}

void
wm__slot_free(struct wm__slot **slot)
{
	struct wm__slot *s = *slot;
	struct wm__child *child;

	*slot = NULL;
	if (s == NULL)
		return;
	LIST_FOREACH(child, &s->owner->children, link)
		if (child->slot == s)
			child->slot = NULL;
	if (s->orphan != NULL)
		wm__life_close_mailbox(s->owner, &s->orphan);
	wm__timer_free(&s->timer);
	wm__generation_unref(&s->generation);
	free(s);
}

struct wm__slot *
wm__slots_find(const struct wm__slots *slots, const char *row, uint32_t number)
{
	for (size_t i = 0; i < slots->n; i++)
		if (slots->all[i]->number == number &&
		    strcmp(slots->all[i]->row, row) == 0)
			return slots->all[i];
	return NULL;
}

size_t
wm__slots_active(const struct wm__slots *slots)
{
	size_t n = 0;

	for (size_t i = 0; i < slots->n; i++) {
		const struct wm__child *child = slots->all[i]->child;

		n += child != NULL && child->state == WM__CHILD_ACTIVE;
	}
	return n;
}

void
wm__slot_remember(struct wm__slot *slot, const struct wm__counters *page)
{
	wm__totals_add(&slot->past, page);
}
