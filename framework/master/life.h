/* SPDX-License-Identifier: MIT */
/*
 * What supervise.c, life.c and death.c share: the supervisor itself, and the
 * steps of one slot. Nobody else includes this.
 */
#ifndef MASTER_LIFE_H
#define MASTER_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "framework/ipc/table.h"
#include "framework/master/slots.h"
#include "framework/master/supervise.h"

enum wm__supervise_phase {
	WM__SV_IDLE,
	WM__SV_STARTING, /* the transaction: all become ready, or none */
	WM__SV_RUNNING,  /* the dead are replaced */
	WM__SV_STOPPING, /* the dead are counted */
	WM__SV_OVER      /* failed or ended; whoever asked ends it */
};

#define WM__TITLE_MIN 64 /* bytes for the title of a worker, at least */

struct wm__supervisor {
	struct wm__supervise_options o;
	enum wm__supervise_phase phase;
	uint32_t incarnation; /* the last one given */
	char **argv;          /* a copy; [0] is the title */
	char title[WM__NAME_MAX * 2 + WM__TITLE_MIN];
	enum wm__ipc_stop_mode stop_mode;
	int64_t stop_at; /* deadline on the clock */
	struct wm__timer *stop_timer;
	bool killed;
};

/* Starts a process in an empty slot; the rest follows by events. */
void wm__life_begin(struct wm__slot *slot);

/* The slot's timer: a birth is due, or a deadline has passed. */
void wm__life_on_timer(void *slot);

/* Kills the slot's process, if it has one. */
void wm__life_kill(struct wm__slot *slot);

/* Reads what a dead worker said last. */
void wm__life_last_words(struct wm__slot *slot);

/*
 * Notes a death, or a birth that failed, after `age_ms`; a sibling serves its
 * sockets until the next birth, in the milliseconds returned.
 */
uint64_t wm__life_back_off(struct wm__slot *slot, int64_t age_ms);

/* The slot's process has ended: what that means in the present phase. */
void wm__death(struct wm__slot *slot, int wait_status);

/* The transaction failed: tells whoever asked, who ends it. */
void wm__supervise_fail(struct wm__supervisor *sv, const char *why);

#endif
