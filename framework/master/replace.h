/* SPDX-License-Identifier: MIT */
/*
 * Replacing single workers that asked for it (max_requests, max_memory) by
 * new ones of the same generation: the new one is ready before the old one
 * drains. One of a row at a time, and none while a reload replaces all.
 */
#ifndef MASTER_REPLACE_H
#define MASTER_REPLACE_H

struct wm__child;
struct wm__slot;
struct wm__supervisor;

/* A worker asks; `why` is for the log. */
void wm__replace_asked(struct wm__child *child, const char *why);

/* The next worker of a slot is ready; it failed. */
void wm__replace_ready(struct wm__child *child);
void wm__replace_failed(struct wm__slot *slot, const char *why);

/* Goes on with whoever still waits, in any row. */
void wm__replace_resume(struct wm__supervisor *sv);

/* Gives up what has begun: a transaction takes over. */
void wm__replace_abort(struct wm__supervisor *sv);

#endif
