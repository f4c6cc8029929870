/* SPDX-License-Identifier: MIT */
/*
 * Messages that are kept back while output waits: of some kinds only the
 * newest, of others as many as fit. In the order in which they, or the first of
 * their kind, came. Not encoded, so that each can be dropped.
 */
#ifndef NET_KEPT_H
#define NET_KEPT_H

#include <workerman/conn.h>
#include <workerman/freeze.h>

/*
 * Whether a connection's policy wants that message kept back rather than
 * appended: to be asked while output is stuck.
 */
bool wm__kept_wants(const struct wm_conn *c, const struct wm_msg *m);

/* Keeps it. Returns WM_QUEUED or what wm_conn_send() does. */
int wm__kept_send(struct wm_conn *c, const struct wm_msg *m);

/* All output has left: sends what is kept until some waits again. */
void wm__kept_flush(struct wm_conn *c);

/* A connection closes: what was accepted becomes output, but for what counts
   only as long as it is the newest. */
void wm__kept_close(struct wm_conn *c);

/* Drops it. */
void wm__kept_drop(struct wm_conn *c);

/* For the record of a connection: what is kept, and keeping it elsewhere.
   Returns 0, or a negative enum wm_error. */
void wm__kept_freeze(const struct wm_conn *c, struct wm_freezer *f);
int wm__kept_thaw(struct wm_conn *c, struct wm_thawer *t);

#endif
