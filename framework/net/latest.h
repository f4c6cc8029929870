/* SPDX-License-Identifier: MIT */
/*
 * What wm_conn_send_latest() keeps back: one message per key, in the order in
 * which the keys came.
 */
#ifndef NET_LATEST_H
#define NET_LATEST_H

#include <workerman/conn.h>
#include <workerman/freeze.h>

struct wm__latest;

/* Sends what is kept, unless output waits again; the end of a turn. */
void wm__latest_flush(struct wm_conn *c);

/* Drops it. */
void wm__latest_drop(struct wm_conn *c);

/* For the record of a connection: what is kept, and keeping it elsewhere.
   Returns 0, or a negative enum wm_error. */
void wm__latest_freeze(const struct wm_conn *c, struct wm_freezer *f);
int wm__latest_thaw(struct wm_conn *c, struct wm_thawer *t);

#endif
