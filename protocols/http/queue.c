/* SPDX-License-Identifier: MIT */
/*
 * Answers leave in the order of the requests, whenever they are given. Only
 * answers that cannot leave at once come here: deferred ones and streams,
 * those behind them, and those that a slow reader makes wait. Each place is
 * one held request of the connection, so limits.pipeline bounds the ring; but
 * for event streams, whose clients may go at any time.
 */
#include <stdlib.h>

#include "state.h"

struct http_answer *
wm__http_queue_add(struct wm_conn *c, struct http_state *s)
{
	struct http_answer *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->number = s->number;
	a->traits = s->traits;
	if (s->answers != NULL) {
		a->next = s->answers->next;
		s->answers->next = a;
	} else
		a->next = a;
	s->answers = a;
	/* A request of which there is more to come may not stop its coming. */
	if (!(s->traits & TRAIT_PARTIAL))
		wm__http_place_hold(c, a);
	return a;
}

void
wm__http_place_hold(struct wm_conn *c, struct http_answer *a)
{
	if (a->held)
		return;
	a->held = true;
	wm_conn_hold(c);
}

void
wm__http_place_release(struct wm_conn *c, struct http_answer *a)
{
	if (!a->held)
		return;
	a->held = false;
	wm_conn_release(c);
}

struct http_answer *
wm__http_queue_find(const struct http_state *s, uint32_t number)
{
	struct http_answer *a = s->answers;

	if (a == NULL)
		return NULL;
	do {
		a = a->next;
		if (a->number == number)
			return a;
	} while (a != s->answers);
	return NULL;
}

struct http_answer *
wm__http_queue_streaming(const struct http_state *s)
{
	struct http_answer *a;

	if (s->answers == NULL)
		return NULL;
	a = s->answers->next;
	return a->stage == HTTP_STREAM && a->bytes.len == 0 ? a : NULL;
}

/* Whether its place was a held one. */
static bool
remove_first(struct http_state *s)
{
	struct http_answer *a = s->answers->next;
	bool held = a->held;

	if (a == s->answers)
		s->answers = NULL;
	else
		s->answers->next = a->next;
	wm_buf_fini(&a->bytes);
	free(a);
	return held;
}

/* Whether nothing is owed but to the latest request. */
static bool
is_in_turn(const struct http_state *s)
{
	return s->answers == NULL ||
	    (s->answers->next->number == s->number &&
		(s->traits & TRAIT_PARTIAL));
}

void
wm__http_continue(struct wm_conn *c, struct http_state *s)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (!is_in_turn(s)) {
		s->flags |= FLAG_CONTINUE;
		return;
	}
	s->flags &= (uint8_t)~FLAG_CONTINUE;
	if (s->answers == NULL || s->answers->stage == HTTP_OWED)
		wm_conn_write(c, go_on, sizeof(go_on) - 1);
}

/* Writes the first answer, as far as it goes. False: it has to wait, has not
   ended, or was the last; *released_r grows with each place that is gone. */
static bool
write_first(struct wm_conn *c, struct http_state *s, unsigned *released_r)
{
	struct http_answer *a = s->answers->next;
	enum wm_close_reason reason = a->reason;
	bool last = a->last && a->stage == HTTP_READY;

	if (a->bytes.len > 0 &&
	    wm_conn_unsent(c) >= wm_conn_limits(c)->unsent) {
		wm_conn_await_drain(c);
		return false;
	}
	if (a->bytes.len > 0 &&
	    wm_conn_write(c, a->bytes.data, a->bytes.len) < 0) {
		last = true;
		reason = WM_CLOSE_MEMORY;
	} else if (a->stage == HTTP_STREAM) {
		wm_buf_fini(&a->bytes);
		if (a->starved)
			wm_conn_await_drain(c);
		return false;
	}
	*released_r += remove_first(s);
	if (last) {
		s->flags |= FLAG_LAST | FLAG_SAID;
		wm_conn_close_reason(c, reason);
	}
	return !last;
}

void
wm__http_queue_flush(struct wm_conn *c, struct http_state *s)
{
	unsigned released = 0;

	while (s->answers != NULL && s->answers->next->stage != HTTP_OWED &&
	    write_first(c, s, &released))
		continue;
	if (!wm_conn_closing(c)) {
		if ((s->flags & FLAG_CONTINUE) && is_in_turn(s))
			wm__http_continue(c, s);
		if (s->answers == NULL && s->phase == HTTP_BUSY &&
		    !(s->flags & FLAG_SWITCHED))
			s->phase = HTTP_IDLE;
		wm__http_arm(c, s);
	}
	/* Last: the core may go on decoding. */
	while (released-- > 0)
		wm_conn_release(c);
}

void
wm__http_queue_fini(struct http_state *s)
{
	while (s->answers != NULL)
		remove_first(s);
}
