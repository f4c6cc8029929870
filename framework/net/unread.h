/* SPDX-License-Identifier: MIT */
/*
 * The bytes of a connection that were read and not used yet: c->unread, which
 * is null when there are none. Its memory grows with what arrived, never with
 * what was announced.
 */
#ifndef NET_UNREAD_H
#define NET_UNREAD_H

#include "framework/net/conn.h"

#define WM__UNREAD_SMALL 4096 /* so few are copied in front of a read */

/* Room for `len` more bytes. Returns 0 or WM_E_NOMEM. */
int wm__unread_reserve(struct wm_conn *c, size_t len);

/* Keeps the bytes of *in, which lie elsewhere, in place of what was there. */
void wm__unread_keep(struct wm_conn *c, const struct wm_input *in);

/* *in is what a decode left of them: closes the gap in front. */
void wm__unread_compact(struct wm_conn *c, const struct wm_input *in);

/* There are none any more. */
void wm__unread_drop(struct wm_conn *c);

/* A copy of bytes that were read elsewhere. Returns 0 or WM_E_NOMEM. */
int wm__unread_set(struct wm_conn *c, struct wm_span bytes, size_t seen,
    size_t need);

#endif
