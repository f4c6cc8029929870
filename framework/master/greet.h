/* SPDX-License-Identifier: MIT */
/*
 * What the master says to its workers: the welcome of a newborn, message by
 * message as ipc.h says, and sockets lent and called back. What they answer
 * is life.c's.
 */
#ifndef MASTER_GREET_H
#define MASTER_GREET_H

struct wm__child;
struct wm__slot;
struct wm__supervisor;

/*
 * Goes on with the welcome of a worker, up to BEGIN, and tells it of inboxes
 * that are new since. Returns 1 when all is said, WM_E_FULL when the worker
 * must read first (call again when it can be written to), or another negative
 * enum wm_error.
 */
int wm__greet_next(struct wm__child *child);

/* Gives a worker that is about to accept a socket of its own in every group
   that has none for its slot; where that fails, a share of the first one. */
void wm__greet_join(struct wm__child *child);

/* Lends the sockets of every slot of `row` that has no active worker to one
   that has. */
void wm__greet_lend(struct wm__supervisor *sv, const char *row);

/* The slot serves itself again: calls its sockets back. */
void wm__greet_return(struct wm__slot *slot);

/* Whom slots lent to goes: their loans are free again. */
void wm__greet_forget(struct wm__child *child);

#endif
