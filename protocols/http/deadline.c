/* SPDX-License-Identifier: MIT */
/*
 * How long a peer may take, phase by phase, and how long the application may
 * take for an answer. The connection has one deadline; which phase it watches
 * over is read from the state when it passes.
 */
#include "state.h"

#define ANSWER_MS 3600000 /* for a deferred answer that nobody bounds */

enum { DEADLINE_PHASE, DEADLINE_ANSWER, DEADLINE_BEAT };

/* While requests are being answered, it is the application's turn. */
static void
arm_busy(struct wm_conn *c, const struct http_state *s)
{
	const struct wm_http_options *options = wm_conn_options(c);
	const struct http_answer *first;
	uint32_t ms = options != NULL && options->answer_ms > 0 ?
	    options->answer_ms :
	    ANSWER_MS;

	first = s->answers != NULL ? s->answers->next : NULL;
	if (first != NULL && first->heartbeat_ms > 0)
		wm_conn_set_deadline(c, DEADLINE_BEAT, first->heartbeat_ms);
	else
		wm_conn_set_deadline(c, DEADLINE_ANSWER,
		    first != NULL && first->stage == HTTP_OWED ? ms : 0);
}

void
wm__http_arm(struct wm_conn *c, const struct http_state *s)
{
	const struct wm_limits *limits = wm_conn_limits(c);
	uint32_t ms = 0;

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
		arm_busy(c, s);
		return;
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

static void
phase_passed(struct wm_conn *c, struct http_state *s)
{
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

void
wm__http_deadline(struct wm_conn *c, void *state, unsigned which)
{
	struct http_state *s = state;

	if (which == DEADLINE_BEAT)
		wm__http_event_beat(c, s);
	else if (wm_conn_unsent(c) > 0)
		/* A peer that is still taking its answers is not idle, and it
		   may be we who do not read: limits.write_ms judges it. */
		wm__http_arm(c, s);
	else if (which == DEADLINE_PHASE)
		phase_passed(c, s);
	else if (s->answers != NULL && s->answers->next->stage == HTTP_OWED)
		wm__http_answer_late(c, s);
}
