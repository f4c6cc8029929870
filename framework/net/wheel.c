/* SPDX-License-Identifier: MIT */
/* The timing wheel of wheel.h. Knows nothing of connections or clocks. */
#include "config.h"

#include <stddef.h>

#include "framework/net/wheel.h"

void
wm__wheel_remove(struct wm__wheel_entry *e)
{
	if (e->prev == NULL)
		return;
	*e->prev = e->next;
	if (e->next != NULL)
		e->next->prev = e->prev;
	e->next = NULL;
	e->prev = NULL;
}

void
wm__wheel_file(struct wm__wheel *w, struct wm__wheel_entry *e, uint32_t due)
{
	struct wm__wheel_entry **slot;

	if (due <= w->now)
		due = w->now + 1;
	else if (due - w->now >= WM__WHEEL_SLOTS)
		due = w->now + WM__WHEEL_SLOTS - 1;
	if (e->prev != NULL) {
		if (e->at <= due)
			return;
		wm__wheel_remove(e);
	}
	slot = &w->slots[due % WM__WHEEL_SLOTS];
	e->at = due;
	e->next = *slot;
	e->prev = slot;
	if (e->next != NULL)
		e->next->prev = &e->next;
	*slot = e;
}

void
wm__wheel_turn(struct wm__wheel *w, uint32_t now,
    void (*fn)(struct wm__wheel_entry *))
{
	/* After a long stop of the process every slot is looked at once. */
	if (now - w->now > WM__WHEEL_SLOTS)
		w->now = now - WM__WHEEL_SLOTS;
	while (w->now != now) {
		struct wm__wheel_entry **slot, *e;

		w->now++;
		slot = &w->slots[w->now % WM__WHEEL_SLOTS];
		while ((e = *slot) != NULL) {
			wm__wheel_remove(e);
			fn(e);
		}
	}
}
