/* SPDX-License-Identifier: MIT */
/*
 * The slots: for every row of the table, as many as its count. A slot is a
 * place that processes fill one after another; it outlives them, and reloads
 * as long as the table has it.
 */
#ifndef MASTER_SLOTS_H
#define MASTER_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "framework/base/counters.h"
#include "framework/ipc/table.h"
#include "framework/master/policy.h"

struct wm__child;
struct wm__generation;
struct wm__mailbox;
struct wm__supervisor;
struct wm__timer;

struct wm__slot {
	struct wm__supervisor *owner;
	char row[WM__NAME_MAX + 1]; /* name of its row */
	uint32_t number;            /* within the row */
	char name[80];              /* "echo/0" */

	/* What a new process in it runs. */
	struct wm__generation *generation; /* null before the first */

	struct wm__child *child;    /* serves, or was born to; null: none */
	struct wm__child *next;     /* is to take its place */
	struct wm__mailbox *orphan; /* the inbox of one that died */

	struct wm__policy policy;
	struct wm__timer *timer; /* the next birth */
	bool waits;              /* for that timer */
	unsigned restarts;
	struct wm__child *lent_to; /* who serves its sockets meanwhile */

	/* What its dead processes counted. */
	struct wm__totals past;
};

struct wm__slots {
	struct wm__slot **all; /* in the order of the table */
	size_t n;
};

/* Null: out of memory. `on_timer` is called with the slot. */
struct wm__slot *wm__slot_new(struct wm__supervisor *owner, const char *row,
    uint32_t number, void (*on_timer)(void *slot));

/* Its processes know it no more. Its inbox is closed. */
void wm__slot_free(struct wm__slot **slot);

struct wm__slot *wm__slots_find(const struct wm__slots *slots, const char *row,
    uint32_t number);

/* How many accept. */
size_t wm__slots_active(const struct wm__slots *slots);

/* Adds what a page counted to the past. */
void wm__slot_remember(struct wm__slot *slot, const struct wm__counters *page);

#endif
