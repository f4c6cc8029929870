/* SPDX-License-Identifier: MIT */
/*
 * The watchdog at work: looks at the workers of rows that ask for it, once a
 * second while there are any, and does what watchdog.h judges.
 */
#ifndef MASTER_GUARD_H
#define MASTER_GUARD_H

struct wm__child;

/* The child serves from now on: it is watched if its row says so. */
void wm__guard_begin(struct wm__child *child);

#endif
