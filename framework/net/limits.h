/* SPDX-License-Identifier: MIT */
/* Limits of listeners, and of single connections that have others. */
#ifndef NET_LIMITS_H
#define NET_LIMITS_H

#include <workerman/freeze.h>
#include <workerman/limits.h>

struct wm_conn;
struct wm__service;

/* The defaults of the table; and fields that `from` (or null) names replace
   those of `to`. */
extern const struct wm_limits wm__limits_default;
void wm__limits_add(struct wm_limits *to, const struct wm_limits *from);

/* What it shares with the others of its listener, also when it has limits of
   its own. */
struct wm__service *wm__conn_shared_service(const struct wm_conn *c);

/* Back to those of its listener. */
void wm__conn_drop_limits(struct wm_conn *c);

/* Its own limits, if it has any, in the record of its move. Thawing returns 0,
   WM_E_NOMEM or WM_E_PROTOCOL. */
void wm__conn_freeze_limits(const struct wm_conn *c, struct wm_freezer *f);
int wm__conn_thaw_limits(struct wm_conn *c, struct wm_thawer *t);

#endif
