/* SPDX-License-Identifier: MIT */
/* The rare part of a connection, see extra.h: made, released, moved. */
#include "config.h"

#include <stdlib.h>

#include "framework/net/extra.h"
#include "framework/net/kept.h"

struct wm__extra *
wm__extra_of(struct wm_conn *c)
{
	if (c->extra == NULL)
		c->extra = calloc(1, sizeof(*c->extra));
	return c->extra;
}

void
wm__extra_trim(struct wm_conn *c)
{
	struct wm__extra *e = c->extra;

	if (e == NULL || e->kept != NULL || e->pipe != NULL ||
	    e->overflow != WM_OVERFLOW_REFUSE)
		return;
	free(e);
	c->extra = NULL;
}

void
wm__extra_drop(struct wm_conn *c)
{
	if (c->extra == NULL)
		return;
	wm__kept_drop(c);
	if (c->extra == NULL)
		return;
	c->extra->overflow = WM_OVERFLOW_REFUSE;
	wm__extra_trim(c);
}

void
wm__extra_freeze(const struct wm_conn *c, struct wm_freezer *f)
{
	wm_freeze_number(f, c->extra != NULL ? c->extra->overflow : 0);
	wm__kept_freeze(c, f);
}

int
wm__extra_thaw(struct wm_conn *c, struct wm_thawer *t)
{
	uint64_t overflow = wm_thaw_number(t);

	if (overflow > WM_OVERFLOW_CLOSE)
		return WM_E_PROTOCOL;
	if (overflow > 0 && wm__extra_of(c) == NULL)
		return WM_E_NOMEM;
	if (overflow > 0)
		c->extra->overflow = (enum wm_overflow)overflow;
	return wm__kept_thaw(c, t);
}
