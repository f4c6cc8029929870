/* SPDX-License-Identifier: MIT */
/*
 * Responsible for the wm_conn functions that websocket uses and for the
 * core's decode loop, as protocol.h describes them. Each decode call sees a
 * block of exactly the unread bytes, so that a sanitizer finds the first byte
 * read behind them. Not for deadlines, pausing and publishing.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/fake_ws_conn.h"

enum phase { OPEN, AWAIT, OVER };

struct wm_conn {
	const struct wm_protocol *protocol;
	const struct wm_protocol *target; /* behind begins_as, or null */
	const struct wm_protocol *next;   /* to upgrade to, or null */
	const struct wm_handlers *handlers;
	struct wm_limits limits;
	void *state;
	char *in;
	size_t len, seen, need;
	bool eof, eof_shown, announced, dying, busy;
	enum phase phase;
	enum wm_close_reason reason;
	struct wm_buf out;
};

static void *
must(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

static void
open_protocol(struct wm_conn *c, const struct wm_protocol *p)
{
	c->protocol = p;
	c->state = must(calloc(1, p->state_size > 0 ? p->state_size : 1));
	assert(p->open == NULL);
}

static void
close_protocol(struct wm_conn *c)
{
	if (c->protocol->close != NULL)
		c->protocol->close(c, c->state, c->reason);
	free(c->state);
	c->state = NULL;
}

static void
announce(struct wm_conn *c)
{
	if (c->announced)
		return;
	c->announced = true;
	if (c->handlers->on_connect != NULL)
		c->handlers->on_connect(c);
}

struct wm_conn *
fake_ws_new(const struct wm_protocol *protocol, const struct wm_limits *limits,
    const struct wm_handlers *handlers)
{
	struct wm_conn *c = must(calloc(1, sizeof(*c)));

	c->handlers = handlers;
	if (limits != NULL)
		c->limits = *limits;
#define DEFAULT(type, field, initial, text)                                    \
	if (c->limits.field == 0)                                              \
		c->limits.field = (initial);
	WM_LIMITS_TABLE(DEFAULT)
#undef DEFAULT
	if (protocol->begins_as != NULL) {
		c->target = protocol;
		open_protocol(c, protocol->begins_as);
	} else {
		open_protocol(c, protocol);
		announce(c);
	}
	return c;
}

/* A close that was marked happens, once no callback is under way. */
static void
settle(struct wm_conn *c)
{
	if (!c->dying || c->busy || c->phase == OVER)
		return;
	c->phase = OVER;
	c->busy = true;
	if (c->announced && c->handlers->on_close != NULL)
		c->handlers->on_close(c, c->reason);
	close_protocol(c);
	c->busy = false;
}

static void
say_farewell(struct wm_conn *c)
{
	int bye = WM_BYE;

	if (c->protocol->farewell != NULL)
		bye = c->protocol->farewell(c, c->state, c->reason, &c->out);
	if (bye == WM_BYE_AWAIT)
		c->phase = AWAIT;
	else
		c->dying = true;
}

static enum wm_close_reason
reason_of(int error)
{
	switch (error) {
	case WM_E_PROTOCOL:
		return WM_CLOSE_PROTOCOL;
	case WM_E_TOO_BIG:
		return WM_CLOSE_TOO_BIG;
	case WM_E_OVERFLOW:
		return WM_CLOSE_OVERFLOW;
	case WM_E_DATA:
		return WM_CLOSE_DATA;
	case WM_E_POLICY:
		return WM_CLOSE_POLICY;
	case WM_E_NOMEM:
		return WM_CLOSE_MEMORY;
	default:
		return WM_CLOSE_BUG;
	}
}

static void
fail(struct wm_conn *c, int error)
{
	if (c->phase == OPEN && !c->dying) {
		c->reason = reason_of(error);
		say_farewell(c);
		assert(c->phase == OPEN); /* no await after an error */
	}
	c->dying = true;
}

static void
consume(struct wm_conn *c, size_t used)
{
	char *rest = NULL;

	assert(used <= c->len);
	c->len -= used;
	if (c->len > 0) {
		rest = must(malloc(c->len));
		memcpy(rest, c->in + used, c->len);
	}
	free(c->in);
	c->in = rest;
	c->seen = 0;
}

static void
change_protocol(struct wm_conn *c)
{
	if (c->next == NULL || c->dying)
		return;
	close_protocol(c);
	open_protocol(c, c->next);
	c->next = c->target = NULL;
	announce(c);
}

static void
deliver(struct wm_conn *c, const struct wm_msg *m)
{
	assert(c->phase == OPEN && !c->dying);
	if (c->target != NULL)
		c->target->upgrade(c, m);
	else if (c->handlers->on_message != NULL)
		c->handlers->on_message(c, m);
	if (c->phase == OPEN && !c->dying && c->protocol->delivered != NULL)
		c->protocol->delivered(c, c->state, m);
}

static bool
wait_for_more(struct wm_conn *c, size_t need)
{
	assert(need == 0 || need > c->len);
	if (need > c->limits.message + c->protocol->overhead)
		fail(c, WM_E_TOO_BIG);
	else if (need == 0 && c->len > c->limits.undecoded)
		fail(c, WM_E_OVERFLOW);
	c->seen = c->len;
	c->need = need;
	c->eof_shown = c->eof;
	return false;
}

/* One call of decode. False: there is nothing to do before more arrives. */
static bool
step(struct wm_conn *c)
{
	struct wm_input in = { c->in, c->len, c->seen, 0, 0,
		c->eof ? WM_IN_EOF : 0 };
	struct wm_msg m = { c->protocol, NULL, 0, WM_MSG_WHOLE, NULL };
	int r;

	if (c->dying || c->phase == OVER ||
	    (c->eof ? c->eof_shown : c->len == 0 || c->len < c->need))
		return false;
	c->need = 0;
	r = c->protocol->decode(c, c->state, &in, &m);
	if (r < 0)
		fail(c, r);
	if (r < 0)
		return false;
	if (r == WM_MORE)
		return wait_for_more(c, in.need);
	if (r == WM_MESSAGE)
		deliver(c, &m);
	assert(in.used > 0);
	consume(c, in.used);
	change_protocol(c);
	return true;
}

static void
run(struct wm_conn *c)
{
	c->busy = true;
	while (step(c))
		;
	if (c->eof && !c->dying) {
		if (c->phase == OPEN)
			c->reason = WM_CLOSE_PEER;
		c->dying = true;
	}
	c->busy = false;
	settle(c);
}

void
fake_ws_feed(struct wm_conn *c, const void *data, size_t len)
{
	char *all;

	if (len == 0 || c->phase == OVER)
		return;
	all = must(malloc(c->len + len));
	if (c->len > 0)
		memcpy(all, c->in, c->len);
	memcpy(all + c->len, data, len);
	free(c->in);
	c->in = all;
	c->len += len;
	run(c);
}

void
fake_ws_feed_eof(struct wm_conn *c)
{
	c->eof = true;
	run(c);
}

struct wm_buf *
fake_ws_output(struct wm_conn *c)
{
	return &c->out;
}

bool
fake_ws_closed(const struct wm_conn *c, enum wm_close_reason *reason_r)
{
	if (reason_r != NULL)
		*reason_r = c->reason;
	return c->phase == OVER;
}

void
fake_ws_free(struct wm_conn **c)
{
	if (*c == NULL)
		return;
	if ((*c)->phase != OVER) {
		if ((*c)->phase == OPEN && !(*c)->dying)
			(*c)->reason = WM_CLOSE_RESET;
		(*c)->dying = true;
		settle(*c);
	}
	wm_buf_fini(&(*c)->out);
	free((*c)->in);
	free(*c);
	*c = NULL;
}

/* ---- conn.h ---- */

const struct wm_limits *
wm_conn_limits(const struct wm_conn *c)
{
	return &c->limits;
}

size_t
wm_conn_unsent(const struct wm_conn *c)
{
	return c->out.len;
}

bool
wm_conn_closing(const struct wm_conn *c)
{
	return c->phase != OPEN || c->dying;
}

void *
wm_conn_state(struct wm_conn *c, const struct wm_protocol *p)
{
	return c->protocol == p ? c->state : NULL;
}

static int
refuse(struct wm_conn *c)
{
	if (c->handlers->on_error != NULL)
		c->handlers->on_error(c, WM_E_FULL);
	return WM_E_FULL;
}

int
wm_conn_write(struct wm_conn *c, const void *data, size_t len)
{
	if (c->dying || c->phase == OVER) /* also while the peer is awaited */
		return WM_E_CLOSED;
	if (c->out.len >= c->limits.unsent)
		return refuse(c);
	wm_buf_put(&c->out, data, len);
	return c->out.failed ? WM_E_NOMEM : WM_SENT;
}

int
wm_conn_send_msg(struct wm_conn *c, const struct wm_msg *m)
{
	int r;

	if (wm_conn_closing(c))
		return WM_E_CLOSED;
	if (c->out.len >= c->limits.unsent)
		return refuse(c);
	r = c->protocol->encode(c, c->state, m, &c->out);
	return r < 0 ? r : WM_SENT;
}

int
wm_conn_send(struct wm_conn *c, const void *data, size_t len)
{
	struct wm_msg m = { c->protocol, data, len, WM_MSG_WHOLE, NULL };

	return wm_conn_send_msg(c, &m);
}

void
wm_conn_close_reason(struct wm_conn *c, enum wm_close_reason r)
{
	if (c->phase == OVER || c->dying)
		return;
	if (c->phase == AWAIT)
		c->dying = r == WM_CLOSE_PEER;
	else {
		c->reason = r;
		if (r == WM_CLOSE_PEER)
			c->dying = true;
		else
			say_farewell(c);
	}
	settle(c);
}

void
wm_conn_close(struct wm_conn *c)
{
	wm_conn_close_reason(c, WM_CLOSE_APPLICATION);
}

void
wm_conn_set_handlers(struct wm_conn *c, const struct wm_handlers *h)
{
	c->handlers = h;
}

int
wm_conn_set_protocol(struct wm_conn *c, const struct wm_protocol *protocol,
    const void *init, size_t init_len)
{
	(void)init;
	assert(init_len == 0);
	if (wm_conn_closing(c))
		return WM_E_CLOSED;
	c->next = protocol;
	return 0;
}
