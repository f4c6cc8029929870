/* SPDX-License-Identifier: MIT */
/*
 * The limits of a single connection. It has them from its service; one that is
 * given others gets a service of its own, a copy, so that all others pay
 * nothing for it.
 */
#include "config.h"

#include <stdlib.h>

#include "framework/net/conn.h"
#include "framework/net/limits.h"

void
wm__limits_add(struct wm_limits *to, const struct wm_limits *from)
{
	if (from == NULL)
		return;
#define LIMITS_ADD(type, field, initial, text)                                 \
	if (from->field != 0)                                                  \
		to->field = from->field;
	WM_LIMITS_TABLE(LIMITS_ADD)
#undef LIMITS_ADD
}

const struct wm_limits wm__limits_default = {
#define LIMITS_DEFAULT(type, field, initial, text) .field = (initial),
	WM_LIMITS_TABLE(LIMITS_DEFAULT)
#undef LIMITS_DEFAULT
};

struct wm__service *
wm__conn_shared_service(const struct wm_conn *c)
{
	return c->service->shared != NULL ? c->service->shared : c->service;
}

static int
limits_own(struct wm_conn *c)
{
	struct wm__service *own;

	if (c->service->shared != NULL)
		return 0;
	own = malloc(sizeof(*own));
	if (own == NULL)
		return WM_E_NOMEM;
	*own = *c->service;
	own->shared = c->service;
	c->service = own;
	return 0;
}

void
wm__conn_drop_limits(struct wm_conn *c)
{
	struct wm__service *own = c->service;

	if (own->shared == NULL)
		return;
	c->service = own->shared;
	free(own);
}

/* Who comes in is the listener's to say, not the connection's. */
static struct wm_limits
limits_of_a_connection(const struct wm_limits *limits)
{
	struct wm_limits l = *limits;

	l.connections = l.per_address = l.accept_rate = 0;
	return l;
}

int
wm_conn_set_limits(struct wm_conn *c, const struct wm_limits *limits)
{
	struct wm_limits l = limits_of_a_connection(limits);

	if (c->life == WM__DEAD)
		return WM_E_CLOSED;
	if (limits_own(c) < 0)
		return WM_E_NOMEM;
	wm__limits_add(&c->service->limits, &l);
	if (c->life == WM__OPEN && !c->asleep)
		wm__conn_check_deadlines(c);
	wm__conn_want(c, WM__WANT_DECODE); /* it may take more now */
	return 0;
}

/* ---- in the record of a connection that moves ---- */

void
wm__conn_freeze_limits(const struct wm_conn *c, struct wm_freezer *f)
{
	const struct wm_limits *l = &c->service->limits;

	wm_freeze_number(f, c->service->shared != NULL);
	if (c->service->shared == NULL)
		return;
#define LIMITS_FREEZE(type, field, initial, text) wm_freeze_number(f, l->field);
	WM_LIMITS_TABLE(LIMITS_FREEZE)
#undef LIMITS_FREEZE
}

int
wm__conn_thaw_limits(struct wm_conn *c, struct wm_thawer *t)
{
	struct wm_limits l;

	if (wm_thaw_number(t) == 0)
		return 0;
#define LIMITS_THAW(type, field, initial, text)                                \
	l.field = (type)wm_thaw_number(t);
	WM_LIMITS_TABLE(LIMITS_THAW)
#undef LIMITS_THAW
	if (!wm_thaw_ok(t))
		return WM_E_PROTOCOL;
	l = limits_of_a_connection(&l);
	if (limits_own(c) < 0)
		return WM_E_NOMEM;
	wm__limits_add(&c->service->limits, &l);
	return 0;
}
