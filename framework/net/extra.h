/* SPDX-License-Identifier: MIT */
/*
 * What few connections have, in one piece beside the connection, so that the
 * others pay a null pointer for it: messages kept back, a policy for them, the
 * connection that it is joined to.
 */
#ifndef NET_EXTRA_H
#define NET_EXTRA_H

#include <workerman/overflow.h>

#include "framework/net/conn.h"

struct wm__extra {
	struct wm__kept *kept;     /* null: none */
	struct wm__pipe *pipe;     /* null: none; pipe.h */
	enum wm_overflow overflow; /* the policy */
};

/* Made if need be; null: no memory. */
struct wm__extra *wm__extra_of(struct wm_conn *c);

/* Releases it unless there is something in it. */
void wm__extra_trim(struct wm_conn *c);

/* The connection has ended: releases everything. */
void wm__extra_drop(struct wm_conn *c);

static inline bool
wm__extra_is_joined(const struct wm_conn *c)
{
	return c->extra != NULL && c->extra->pipe != NULL;
}

/* What moves with the connection. Thawing returns 0 or a negative
   enum wm_error. */
void wm__extra_freeze(const struct wm_conn *c, struct wm_freezer *f);
int wm__extra_thaw(struct wm_conn *c, struct wm_thawer *t);

#endif
