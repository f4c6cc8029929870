/* SPDX-License-Identifier: MIT */
/*
 * What there is to say while a start or a stop takes longer than a second:
 * once a second, to whoever typed it.
 */
#ifndef MASTER_PROGRESS_H
#define MASTER_PROGRESS_H

struct wm__master;

/* Begins to tell; ends by itself when the master runs. Without effect when
   memory is short. */
void wm__progress_begin(struct wm__master *m);
void wm__progress_end(struct wm__master *m);

/* The step of a start that is being taken. */
void wm__progress_step(struct wm__master *m, const char *text);

#endif
