/* SPDX-License-Identifier: MIT */
/*
 * What wm_conn_send_latest() keeps back: one message per key, in the order in
 * which the keys came.
 */
#ifndef NET_LATEST_H
#define NET_LATEST_H

#include <workerman/conn.h>

struct wm__latest;

/* Sends what is kept, unless output waits again; the end of a turn. */
void wm__latest_flush(struct wm_conn *c);

/* Drops it. */
void wm__latest_drop(struct wm_conn *c);

#endif
