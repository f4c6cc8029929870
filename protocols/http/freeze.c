/* SPDX-License-Identifier: MIT */
/*
 * Responsible for moving a connection between two requests to another process.
 * Of a request whose head has begun, the bytes are unread input and are read
 * again there. In the middle of a body or an answer it stays.
 */
#include "state.h"

static bool
is_between_requests(const struct http_state *s)
{
	return s->answers == NULL && s->body == NULL && s->awaited == 0 &&
	    s->flags == 0 && s->refusal == 0 &&
	    (s->phase == HTTP_NEW || s->phase == HTTP_HEAD ||
		s->phase == HTTP_IDLE);
}

int
wm__http_freeze(struct wm_conn *c, void *state, struct wm_freezer *f)
{
	const struct http_state *s = state;

	(void)c;
	if (!is_between_requests(s))
		return WM_E_BUSY;
	wm_freeze_number(f, s->number);
	wm_freeze_number(f, s->phase);
	return 0;
}

int
wm__http_thaw(struct wm_conn *c, void *state, unsigned version,
    struct wm_thawer *t)
{
	struct http_state *s = state;
	uint64_t phase;

	if (version != HTTP_STATE_VERSION)
		return WM_E_UNSUPPORTED;
	s->number = (uint32_t)wm_thaw_number(t);
	phase = wm_thaw_number(t);
	if (phase != HTTP_NEW && phase != HTTP_HEAD && phase != HTTP_IDLE)
		return WM_E_PROTOCOL;
	s->phase = (uint8_t)phase;
	return wm__http_ready(c);
}
