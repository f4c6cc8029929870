/* SPDX-License-Identifier: MIT */
/*
 * What a new table means for the slots that there are: which stay, which are
 * new, which vanish, and how each gets its next worker.
 */
#ifndef MASTER_PLAN_H
#define MASTER_PLAN_H

#include <stdbool.h>
#include <stddef.h>

struct wm__generation;
struct wm__slot;
struct wm__supervisor;

enum wm__plan_kind {
	WM__PLAN_OVERLAP,   /* the next worker is ready before the old leaves */
	WM__PLAN_EXCLUSIVE, /* the old one ends first */
	WM__PLAN_KEEP       /* not reloadable: the worker stays */
};

struct wm__plan_entry {
	struct wm__slot *slot;
	enum wm__plan_kind kind;
	bool fresh; /* the slot is new */
};

struct wm__plan {
	struct wm__plan_entry *all; /* in the order of the new table */
	size_t n;
	struct wm__slot **slots; /* room for wm__plan_commit() */
};

/*
 * Makes it; `on_timer` is for new slots. Returns 0, or WM_E_NOMEM with
 * nothing changed.
 */
int wm__plan_make(struct wm__plan *plan, struct wm__supervisor *sv,
    const struct wm__generation *generation, void (*on_timer)(void *slot));

/* Forgets it; new slots go. */
void wm__plan_undo(struct wm__plan *plan);

/*
 * The supervisor's slots are those of the plan from now on. Returns those
 * that vanish in *vanished_r, the caller's to free. May not fail.
 */
struct wm__slots;
void wm__plan_commit(struct wm__plan *plan, struct wm__supervisor *sv,
    struct wm__slots *vanished_r);

#endif
