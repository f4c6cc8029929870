/* SPDX-License-Identifier: MIT */
/*
 * How long a peer may take, phase by phase. The connection has one deadline;
 * which phase it watches over is read from the state when it passes.
 */
#include "state.h"

#define RETRY_MS 1000 /* between two looks at a peer that does not read */

enum { DEADLINE_PHASE, DEADLINE_RETRY };

void
wm__http_arm(struct wm_conn *c, const struct http_state *s)
{
	const struct wm_limits *limits = wm_conn_limits(c);
	uint32_t ms = 0;

	if (s->answers != NULL && s->answers->next->ready) {
		wm_conn_set_deadline(c, DEADLINE_RETRY, RETRY_MS);
		return;
	}
	switch ((enum http_phase)s->phase) {
	case HTTP_NEW:
	case HTTP_HEAD:
		ms = limits->header_ms;
		break;
	case HTTP_BODY:
		ms = limits->body_ms;
		break;
	case HTTP_IDLE:
		ms = limits->keepalive_ms;
		break;
	case HTTP_BUSY:
		break;
	}
	wm_conn_set_deadline(c, DEADLINE_PHASE, ms);
}

/* Part of a request came and the rest does not. */
static void
late(struct wm_conn *c, struct http_state *s, enum http_verdict v)
{
	if (wm__http_refuse(c, s, v) < 0)
		wm_conn_close_reason(c, WM_CLOSE_TIMEOUT);
}

void
wm__http_deadline(struct wm_conn *c, void *state, unsigned which)
{
	struct http_state *s = state;

	if (which == DEADLINE_RETRY) {
		wm__http_queue_flush(c, s);
		return;
	}
	/* A peer that is still taking its answers is not idle, and it may be
	   we who do not read: limits.write_ms judges it. */
	if (wm_conn_unsent(c) > 0) {
		wm__http_arm(c, s);
		return;
	}
	switch ((enum http_phase)s->phase) {
	case HTTP_HEAD:
		late(c, s, HTTP_BAD_HEAD_TIME);
		break;
	case HTTP_BODY:
		late(c, s, HTTP_BAD_BODY_TIME);
		break;
	case HTTP_NEW:
	case HTTP_IDLE:
		s->flags |= FLAG_SAID;
		wm_conn_close_reason(c, WM_CLOSE_TIMEOUT);
		break;
	case HTTP_BUSY:
		break;
	}
}
