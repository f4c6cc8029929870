/* SPDX-License-Identifier: MIT */
/*
 * What the files of the supervisor share: the supervisor itself, and the
 * steps of one slot and one child. Nobody else includes this but report.c.
 */
#ifndef MASTER_LIFE_H
#define MASTER_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "framework/ipc/table.h"
#include "framework/master/child.h"
#include "framework/master/deaths.h"
#include "framework/master/exits.h"
#include "framework/master/figures.h"
#include "framework/master/mailboxes.h"
#include "framework/master/slots.h"
#include "framework/master/sockets.h"
#include "framework/master/supervise.h"

enum wm__supervise_phase {
	WM__SV_RUNNING,  /* the dead are replaced */
	WM__SV_STOPPING, /* the dead are counted */
	WM__SV_OVER      /* failed or ended; whoever asked ends it */
};

#define WM__TITLE_MIN     64 /* bytes for the title of a worker, at least */
#define WM__DRAINING_MOST 4  /* per slot; one more hurries the oldest */
#define WM__HURRY_MS      1000

struct wm__transaction;

struct wm__supervisor {
	struct wm__supervise_options o;
	enum wm__supervise_phase phase;
	struct wm__slots slots;
	struct wm__children children; /* the youngest first */
	struct wm__mailboxes mailboxes;
	struct wm__sockets sockets;
	struct wm__exits exits;
	struct wm__figures figures;
	struct wm__generation *current;      /* null before the first */
	struct wm__transaction *transaction; /* in progress, or null */
	uint32_t incarnation;                /* the last one given */
	uint32_t generation;                 /* number of the current */
	char **argv;                         /* a copy; [0] is the title */
	char title[WM__NAME_MAX * 2 + WM__TITLE_MIN];
	char error[512]; /* why the last birth failed */
	int64_t stop_at; /* deadline on the clock */
	struct wm__timer *stop_timer;
	bool killed; /* or crashed, some worker while it stopped */
	struct wm__timer *guard_timer; /* null: nobody asked for it yet */
	bool guarding;
	struct wm__deaths deaths; /* the last ones */
};

/* ---- one child ---- */

/*
 * Starts a process of a generation for the slot; the rest follows by events.
 * Null when the machine cannot: sv->error says why. Where it belongs (child
 * or next of the slot) is the caller's to say at once.
 */
struct wm__child *wm__life_begin(struct wm__slot *slot,
    struct wm__generation *generation, enum wm__sponsor sponsor);

/* A worker that is ready accepts from now on. What an older one of its slot
   still holds moves to it, if it `moves`; ACTIVE follows when that one yields
   or ends, at once when there is none. */
void wm__life_accept(struct wm__child *child, bool moves);

/* Its successor reads its inbox and is active. */
void wm__life_yielded(struct wm__child *child);

/* Kills the child's process, if it has one. */
void wm__life_kill(struct wm__child *child);

/* Tells the child to leave; it is killed when it does not. */
void wm__life_leave(struct wm__child *child, const struct wm__ipc_stop *stop);

/* Reads what a dead worker said last. */
void wm__life_last_words(struct wm__child *child);

/* Nobody will read it any more: all are told to forget it. */
void wm__life_close_mailbox(struct wm__supervisor *sv,
    struct wm__mailbox **mailbox);

/* ---- one slot ---- */

/* The next birth in an empty slot, when the policy says so after a life of
   `age_ms`; a sibling serves meanwhile. Returns the milliseconds until then. */
uint64_t wm__life_back_off(struct wm__slot *slot, int64_t age_ms);

/* The slot's timer: a birth is due. */
void wm__life_on_birth(void *slot);

/*
 * The slot's next worker, which is ready, takes the place of its present one.
 * Connections move, or all drain.
 */
void wm__life_roll(struct wm__slot *slot, bool moves);

/* The child's process has ended: what that means in the present phase. */
void wm__death(struct wm__child *child, int wait_status);

#endif
