/* SPDX-License-Identifier: MIT */
/*
 * Answers leave in the order of the requests, whenever they are given. Only
 * answers that cannot leave at once come here: deferred ones, those behind a
 * deferred one, and those that a slow reader makes wait. Each place is one
 * held request of the connection, so limits.pipeline bounds the ring.
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
	wm_conn_hold(c);
	return a;
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

static void
remove_first(struct http_state *s)
{
	struct http_answer *a = s->answers->next;

	if (a == s->answers)
		s->answers = NULL;
	else
		s->answers->next = a->next;
	wm_buf_fini(&a->bytes);
	free(a);
}

void
wm__http_continue(struct wm_conn *c, struct http_state *s)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (s->answers != NULL) {
		s->flags |= FLAG_CONTINUE;
		return;
	}
	s->flags &= (uint8_t)~FLAG_CONTINUE;
	wm_conn_write(c, go_on, sizeof(go_on) - 1);
}

/* Nothing is owed any more. */
static void
settle(struct wm_conn *c, struct http_state *s)
{
	if (s->flags & FLAG_CONTINUE)
		wm__http_continue(c, s);
	if (s->phase == HTTP_BUSY && !(s->flags & FLAG_SWITCHED))
		s->phase = HTTP_IDLE;
}

/* Writes the first answer. False: it has to wait, or was the last. */
static bool
write_first(struct wm_conn *c, struct http_state *s)
{
	struct http_answer *a = s->answers->next;
	enum wm_close_reason reason = a->reason;
	bool last = a->last;

	if (wm_conn_unsent(c) >= wm_conn_limits(c)->unsent)
		return false;
	if (wm_conn_write(c, a->bytes.data, a->bytes.len) < 0) {
		last = true;
		reason = WM_CLOSE_MEMORY;
	}
	remove_first(s);
	if (last) {
		s->flags |= FLAG_LAST | FLAG_SAID;
		wm_conn_close_reason(c, reason);
	}
	return !last;
}

void
wm__http_queue_flush(struct wm_conn *c, struct http_state *s)
{
	struct http_answer *first;
	unsigned released = 0;
	bool more = true;

	while (more && s->answers != NULL && s->answers->next->ready) {
		first = s->answers->next;
		more = write_first(c, s);
		if (s->answers == NULL || s->answers->next != first)
			released++;
	}
	if (!wm_conn_closing(c)) {
		if (s->answers == NULL)
			settle(c, s);
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
