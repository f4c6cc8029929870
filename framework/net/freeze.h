/* SPDX-License-Identifier: MIT */
/*
 * Moving a connection to another process: as a record of values beside its
 * descriptor. The record holds what the connection is - id, address, unread
 * input, unsent output, deadlines, counts, the protocol's state - but neither
 * subscriptions nor what the application made of it: those are others'.
 *
 *	old process                              new process
 *	wm__conn_freeze   the record
 *	wm__conn_hold     out of the loop
 *	                                         wm__conn_thaw   not yet
 *	                                         in the loop
 *	                  <---- answer ----
 *	wm__conn_moved, or wm__conn_unhold       wm__conn_go
 */
#ifndef NET_FREEZE_H
#define NET_FREEZE_H

#include "framework/base/freeze.h"
#include "framework/net/conn.h"

#define WM__CONN_RECORD 2 /* version of the record */

/*
 * Appends the record; the connection stays as it is. Returns 0; WM_E_BUSY when
 * it cannot move just now (it owes an answer, closes, is in the middle of
 * something); WM_E_UNSUPPORTED when it never can; WM_E_NOMEM.
 */
int wm__conn_freeze(struct wm_conn *c, struct wm_freezer *f);

/* Nothing reads or writes the descriptor any more; what is sent is kept. */
void wm__conn_hold(struct wm_conn *c);

/* It stays: goes on where it was. */
void wm__conn_unhold(struct wm_conn *c);

/* It has gone: ends without a word to the peer. */
void wm__conn_moved(struct wm_conn *c);

/* Calls on_moved, which the two above do, too. */
void wm__conn_tell_moved(struct wm_conn *c, bool moved);

/* What a record may name, in the new process. */
struct wm__thaw {
	struct wm_proc *proc;
	struct wm__service *const *services;
	size_t n_services;
	const struct wm_protocol *const *protocols; /* may be null */
	const struct wm_handlers *const *handlers;  /* may be null */
};

/*
 * The connection of a record on fd, which it owns only on success. Nothing
 * touches the descriptor yet. Null: it cannot be had here; `why_r` is one
 * static line.
 */
struct wm_conn *wm__conn_thaw(const struct wm__thaw *thaw, int fd,
    struct wm_thawer *t, const char **why_r);

/* From now on it is served. */
void wm__conn_go(struct wm_conn *c);

#endif
