/* SPDX-License-Identifier: MIT */
/*
 * The worker slots: for every row of the table, as many as its count. A slot
 * outlives the workers that fill it one after another, and with it its inbox
 * and its counter page.
 */
#ifndef MASTER_SLOTS_H
#define MASTER_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "framework/master/policy.h"

struct wm__counters;
struct wm__identity;
struct wm__io;
struct wm__loop;
struct wm__row;
struct wm__supervisor;
struct wm__table;
struct wm__timer;

/*	name       word in status   what */
#define WM__SLOT_TABLE(X)                                                      \
	X(EMPTY, "empty")       /* no process yet, or for good */              \
	X(STARTING, "starting") /* has a process that is not ready */          \
	X(READY, "ready")       /* ready, told nothing yet */                  \
	X(ACTIVE, "active")     /* accepts */                                  \
	X(BACKOFF, "backoff")   /* no process; waits to start one */           \
	X(STOPPING, "stopping") /* its process was told to leave */

enum wm__slot_state {
#define WM__SLOT_ENUM(name, word) WM__SLOT_##name,
	WM__SLOT_TABLE(WM__SLOT_ENUM)
#undef WM__SLOT_ENUM
	    WM__SLOT_STATES
};

struct wm__slot {
	/* what it is */
	struct wm__supervisor *owner;
	const struct wm__row *row;
	const struct wm__identity *identity; /* of the row; null: unchanged */
	uint32_t row_index;
	uint32_t slot;  /* within the row */
	uint32_t index; /* among all rows */
	char name[80];  /* "echo/0" */

	/* what it keeps */
	int inbox[2]; /* read end, write end */
	int counters_fd;
	struct wm__counters *counters;
	struct wm__policy policy;
	unsigned restarts;
	struct wm__slot *lent_to; /* who serves its sockets meanwhile */

	/* its worker */
	enum wm__slot_state state;
	pid_t pid; /* 0: none */
	int sock;  /* our end of the pair; -1 */
	struct wm__io *io;
	uint32_t incarnation;
	uint32_t generation;
	int64_t born_ms;
	size_t greeted;    /* messages of the welcome sent so far */
	char refusal[256]; /* what it said when it refused */

	struct wm__timer *timer; /* next birth, or a deadline */
};

struct wm__slots {
	struct wm__slot *all;
	size_t n;
};

/*
 * Makes the slots of a table, with inboxes and counter pages; `on_timer` is
 * called with the slot when its timer fires. `identities` has one entry per
 * row. Table and identities must live as long. On failure returns a negative
 * enum wm_error and one line in error.
 */
int wm__slots_init(struct wm__slots *slots, const struct wm__table *table,
    const struct wm__identity *identities, char *error, size_t error_size);
int wm__slots_timers(struct wm__slots *slots, struct wm__loop *loop,
    void (*on_timer)(void *slot));
void wm__slots_fini(struct wm__slots *slots);

struct wm__slot *wm__slots_find(struct wm__slots *slots, pid_t pid);

/* How many are in the state; how many have a process. */
size_t wm__slots_in(const struct wm__slots *slots, enum wm__slot_state state);
size_t wm__slots_alive(const struct wm__slots *slots);

/* Forgets the worker: closes the pair, stops the timer, clears gauges. */
void wm__slot_clear(struct wm__slot *slot, enum wm__slot_state state);

const char *wm__slot_state_word(enum wm__slot_state state);

#endif
