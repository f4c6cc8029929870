/* SPDX-License-Identifier: MIT */
/*
 * What the master says to its workers: the welcome of a newborn, message by
 * message as ipc.h says, and sockets lent and called back. What they answer
 * is supervise's.
 */
#ifndef MASTER_GREET_H
#define MASTER_GREET_H

struct wm__slot;
struct wm__slots;
struct wm__sockets;

struct wm__greet {
	const char *backend; /* event loop; "" for the default */
	const struct wm__sockets *sockets;
	struct wm__slots *slots;
};

/*
 * Goes on with the welcome of a slot's worker, up to BEGIN. Returns 1 when
 * all is said, WM_E_FULL when the worker must read first (call again when it
 * can be written to), or another negative enum wm_error.
 */
int wm__greet_next(const struct wm__greet *greet, struct wm__slot *slot);

/*
 * Lends the sockets of every slot of `of`'s row that has no active worker to
 * one that has.
 */
void wm__greet_lend(const struct wm__greet *greet, const struct wm__slot *of);

/* The slot serves itself again: calls its sockets back. */
void wm__greet_return(struct wm__slot *slot);

/* Whom the slot's worker lent to is gone: its loans are free again. */
void wm__greet_forget(const struct wm__greet *greet,
    const struct wm__slot *dead);

#endif
