/* SPDX-License-Identifier: MIT */
/*
 * Bringing a program image into service, whole or not at all: the start, and
 * every reload.
 *
 *	describe   the image tells its table (10 s)
 *	compare    what is new is bound, what stays is kept
 *	ready      one worker of the new generation, then all others, run
 *	           on_worker_start (30 s) and accept nothing yet
 *	exclusive  where old and new may not run together: the old ones end,
 *	           then the new ones become ready
 *	roll       slot by slot the new one accepts and the old one drains
 *	commit     image and table are the current ones
 *
 * Whatever fails before roll leaves everything as it was; a failure behind it
 * is an ordinary crash.
 */
#ifndef MASTER_TRANSACTION_H
#define MASTER_TRANSACTION_H

#include <stdbool.h>
#include <sys/types.h>

#include "framework/master/image.h"

struct wm__child;
struct wm__generation;
struct wm__supervisor;
struct wm__transaction;

struct wm__transaction_options {
	struct wm__supervisor *sv;
	struct wm__image image; /* taken */
	bool start;             /* nothing runs yet: no canary */
	int err;                /* standard error of the described program;
				   -1: as lines of on_step */
	int rebinds;            /* how often an address in use is tried again */

	/* A step has gone on: one line. */
	void (*on_step)(const char *text, void *arg);
	/* The end: null, or why it failed. The transaction is gone. */
	void (*on_done)(const char *why, void *arg);
	void *arg;
};

/*
 * Begins; it is sv->transaction until on_done, which is called later. Returns
 * 0, or a negative enum wm_error (and no on_done).
 */
int wm__transaction_begin(const struct wm__transaction_options *options);

/* Ends it as failed: everything as before, then on_done(why). */
void wm__transaction_fail(struct wm__transaction *t, const char *why);

/* Forgets it without a word. */
void wm__transaction_free(struct wm__transaction **transaction);

/* The generation that it brings; null before its table is known. */
const struct wm__generation *wm__transaction_generation(
    const struct wm__transaction *t);

/* ---- what it hears of ---- */

/* A dead process; true when it was that of describe. */
bool wm__transaction_reaped(struct wm__transaction *t, pid_t pid,
    int wait_status);
/* A worker of the new generation is ready. */
void wm__transaction_ready(struct wm__child *child);
/* A worker that had to end first has ended. */
void wm__transaction_left(struct wm__transaction *t);

#endif
