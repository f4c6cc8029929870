/* SPDX-License-Identifier: MIT */
/* The policy for messages to a slow peer: chosen here, carried out by output.c
   and kept.c. */
#include "config.h"

#include "framework/net/extra.h"

int
wm_conn_set_overflow(struct wm_conn *c, enum wm_overflow policy)
{
	struct wm__extra *e;

	if (c->life != WM__OPEN)
		return WM_E_CLOSED;
	if ((unsigned)policy > WM_OVERFLOW_CLOSE ||
	    (policy != WM_OVERFLOW_REFUSE && policy != WM_OVERFLOW_CLOSE &&
		(c->protocol->flags & WM_P_EXCHANGE) != 0))
		return WM_E_INVALID;
	e = wm__extra_of(c);
	if (e == NULL)
		return WM_E_NOMEM;
	e->overflow = policy;
	wm__extra_trim(c);
	return 0;
}
