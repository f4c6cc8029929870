/* SPDX-License-Identifier: MIT */
/*
 * A timing wheel of one-second slots for deadlines of connections. Lazy: an
 * entry sits in the slot of the earliest deadline that was ever set; when
 * that slot comes round, the owner looks what is really due and files it
 * anew. Pushing a deadline back therefore costs nothing.
 */
#ifndef NET_WHEEL_H
#define NET_WHEEL_H

#include <stdint.h>

#define WM__WHEEL_SLOTS 128 /* a power of two */

struct wm__wheel_entry {
	struct wm__wheel_entry *next, **prev; /* prev null: not filed */
	uint32_t at;                          /* tick of its slot */
	uint32_t due; /* the owner's, in place of a hole; 0 at first */
};

struct wm__wheel {
	struct wm__wheel_entry *slots[WM__WHEEL_SLOTS];
	uint32_t now; /* the last tick turned to */
};

/* Files the entry so that it fires at tick `due` or before; never later. An
   entry that is filed for an earlier tick stays where it is. */
void wm__wheel_file(struct wm__wheel *w, struct wm__wheel_entry *e,
    uint32_t due);
void wm__wheel_remove(struct wm__wheel_entry *e);

/* Turns to tick `now`; fn gets each entry whose slot came round, removed. */
void wm__wheel_turn(struct wm__wheel *w, uint32_t now,
    void (*fn)(struct wm__wheel_entry *));

#endif
