/* SPDX-License-Identifier: MIT */
/*
 * The fake connection: the decode loop as protocol.h describes it, and the
 * functions of conn.h that protocols call.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "fake_conn.h"

struct wm_proc {
	int64_t now;
	bool draining;
};

struct wm_conn {
	struct wm_conn *next;
	uint64_t id;
	const struct wm_protocol *protocol, *next_protocol;
	struct wm_handlers handlers;
	struct wm_limits limits;
	const void *options;
	void *state;
	struct wm_buf in, out;
	size_t in_max, seen, need, unsent;
	unsigned held, which;
	uint32_t deadline_ms;
	bool eof, eof_shown, paused, closing, ended, decoding, roomy;
	enum wm_close_reason reason;
};

static struct wm_proc proc = { .now = 784111777 };
static struct wm_conn *conns;
static uint64_t last_id;
static unsigned logged;

static struct wm_limits
limits_with_defaults(const struct wm_limits *given)
{
	struct wm_limits l = { 0 };

	if (given != NULL)
		l = *given;
#define LIMIT_DEFAULT(type, field, initial, text)                              \
	if (l.field == 0)                                                      \
		l.field = (initial);
	WM_LIMITS_TABLE(LIMIT_DEFAULT)
#undef LIMIT_DEFAULT
	return l;
}

struct wm_conn *
fake_new(const struct fake_setup *setup)
{
	struct wm_conn *c = calloc(1, sizeof(*c));
	size_t size = setup->protocol->state_size;

	assert(c != NULL);
	c->id = ++last_id;
	c->protocol = setup->protocol;
	if (setup->handlers != NULL)
		c->handlers = *setup->handlers;
	c->limits = limits_with_defaults(setup->limits);
	c->options = setup->options;
	c->state = calloc(1, size > 0 ? size : 1);
	assert(c->state != NULL);
	c->next = conns;
	conns = c;
	if (c->protocol->open != NULL && c->protocol->open(c, c->state) < 0)
		wm_conn_close_reason(c, WM_CLOSE_MEMORY);
	else if (c->handlers.on_connect != NULL)
		c->handlers.on_connect(c);
	fake_turn(c);
	return c;
}

static void
end(struct wm_conn *c)
{
	if (c->ended)
		return;
	c->closing = c->ended = true;
	if (c->protocol->close != NULL)
		c->protocol->close(c, c->state, c->reason);
	if (c->handlers.on_close != NULL)
		c->handlers.on_close(c, c->reason);
}

void
fake_free(struct wm_conn **c)
{
	struct wm_conn **at = &conns;

	end(*c);
	while (*at != *c)
		at = &(*at)->next;
	*at = (*c)->next;
	wm_buf_fini(&(*c)->in);
	wm_buf_fini(&(*c)->out);
	free((*c)->state);
	free(*c);
	*c = NULL;
}

static void
close_for_error(struct wm_conn *c, int error)
{
	static const struct {
		int error;
		enum wm_close_reason reason;
	} reasons[] = {
		{ WM_E_PROTOCOL, WM_CLOSE_PROTOCOL },
		{ WM_E_TOO_BIG, WM_CLOSE_TOO_BIG },
		{ WM_E_OVERFLOW, WM_CLOSE_OVERFLOW },
		{ WM_E_DATA, WM_CLOSE_DATA },
		{ WM_E_POLICY, WM_CLOSE_POLICY },
		{ WM_E_TIMEOUT, WM_CLOSE_TIMEOUT },
		{ WM_E_NOMEM, WM_CLOSE_MEMORY },
	};
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].error == error) {
			wm_conn_close_reason(c, reasons[i].reason);
			return;
		}
	wm_conn_close_reason(c, WM_CLOSE_BUG);
}

static void
more(struct wm_conn *c, const struct wm_input *in)
{
	assert(in->used == 0);
	c->seen = c->in.len = in->len;
	c->need = in->need;
	assert(c->need == 0 || c->need > c->in.len);
	if (c->need > c->limits.message + c->protocol->overhead)
		wm_conn_close_reason(c, WM_CLOSE_TOO_BIG);
	else if (c->need == 0 && c->in.len > c->limits.undecoded)
		wm_conn_close_reason(c, WM_CLOSE_OVERFLOW);
}

static void
deliver(struct wm_conn *c, const struct wm_msg *msg)
{
	if (c->handlers.on_message != NULL)
		c->handlers.on_message(c, msg);
	if (!c->closing && c->protocol->delivered != NULL)
		c->protocol->delivered(c, c->state, msg);
}

/* One call of decode; whether another may follow. */
static bool
step(struct wm_conn *c)
{
	char *exact = c->roomy ? NULL : malloc(c->in.len > 0 ? c->in.len : 1);
	struct wm_msg msg = { .protocol = c->protocol, .flags = WM_MSG_WHOLE };
	struct wm_input in = {
		.data = exact != NULL ? exact : c->in.data,
		.len = c->in.len,
		.seen = c->seen,
		.flags = c->eof ? WM_IN_EOF : 0,
	};
	int rc;

	if (exact != NULL && c->in.len > 0)
		memcpy(exact, c->in.data, c->in.len);
	c->eof_shown = c->eof;
	rc = c->protocol->decode(c, c->state, &in, &msg);
	assert(in.used <= in.len && in.len <= c->in.len);
	if (rc == WM_MORE)
		more(c, &in);
	else if (rc == WM_MESSAGE)
		deliver(c, &msg);
	else if (rc != WM_USED)
		close_for_error(c, rc);
	if (exact != NULL && in.len > 0)
		memcpy(c->in.data, exact, in.len);
	free(exact);
	if (rc != WM_USED && rc != WM_MESSAGE)
		return false;
	assert(in.used > 0 || (rc == WM_MESSAGE && c->eof));
	c->in.len = in.len;
	wm_buf_consume(&c->in, in.used);
	c->seen = c->need = 0;
	return true;
}

void
fake_turn(struct wm_conn *c)
{
	while (!c->closing && !c->paused && c->next_protocol == NULL &&
	    c->held < c->limits.pipeline &&
	    (c->in.len > c->seen || (c->eof && !c->eof_shown)) &&
	    (c->in.len >= c->need || c->eof)) {
		assert(!c->decoding);
		c->decoding = true;
		if (!step(c)) {
			c->decoding = false;
			break;
		}
		c->decoding = false;
	}
	if (c->eof && !c->closing && c->held == 0 && !c->paused) {
		c->closing = true;
		c->reason = WM_CLOSE_PEER;
	}
	if (c->closing)
		end(c);
}

void
fake_feed(struct wm_conn *c, const void *data, size_t len)
{
	if (c->closing)
		return;
	wm_buf_put(&c->in, data, len);
	if (c->in.len > c->in_max)
		c->in_max = c->in.len;
	fake_turn(c);
}

void
fake_feed_eof(struct wm_conn *c)
{
	c->eof = true;
	fake_turn(c);
}

struct wm_span
fake_output(const struct wm_conn *c)
{
	return (struct wm_span){ c->out.data != NULL ? c->out.data : "",
		c->out.len };
}

void
fake_output_clear(struct wm_conn *c)
{
	c->out.len = 0;
}

bool
fake_closed(const struct wm_conn *c)
{
	return c->closing;
}

enum wm_close_reason
fake_reason(const struct wm_conn *c)
{
	return c->reason;
}

size_t
fake_buffered(const struct wm_conn *c)
{
	return c->in.len;
}

size_t
fake_buffered_max(const struct wm_conn *c)
{
	return c->in_max;
}

unsigned
fake_held(const struct wm_conn *c)
{
	return c->held;
}

uint32_t
fake_deadline_ms(const struct wm_conn *c)
{
	return c->deadline_ms;
}

const struct wm_protocol *
fake_next_protocol(const struct wm_conn *c)
{
	return c->next_protocol;
}

void
fake_pass_deadline(struct wm_conn *c)
{
	assert(c->deadline_ms > 0);
	c->deadline_ms = 0;
	if (c->protocol->deadline != NULL)
		c->protocol->deadline(c, c->state, c->which);
	else
		wm_conn_close_reason(c, WM_CLOSE_TIMEOUT);
	fake_turn(c);
}

void
fake_set_draining(bool draining)
{
	proc.draining = draining;
}

void
fake_set_unsent(struct wm_conn *c, size_t unsent)
{
	c->unsent = unsent;
}

void
fake_set_time(int64_t now)
{
	proc.now = now;
}

struct wm_proc *
fake_proc(void)
{
	return &proc;
}

void
fake_set_roomy(struct wm_conn *c)
{
	c->roomy = true;
}

void
feed_all_ways(const struct fake_setup *setup, const void *data, size_t len,
    void (*check)(struct wm_conn *, void *), void *arg)
{
	const char *p = data;
	struct wm_conn *c;
	size_t i;

	c = fake_new(setup);
	for (i = 0; i < len; i++)
		fake_feed(c, p + i, 1);
	check(c, arg);
	fake_free(&c);
	for (i = 0; i < len; i++) {
		c = fake_new(setup);
		if (i > 0)
			fake_feed(c, p, i);
		fake_feed(c, p + i, len - i);
		check(c, arg);
		fake_free(&c);
	}
}

unsigned
fake_logged(void)
{
	return logged;
}

/* ---- log.h, conn.h, worker.h ---- */

/* Counts, and formats for the sake of the sanitizers. */
void
wm_log(enum wm_log_level level, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	(void)level;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	logged++;
}

uint64_t
wm_conn_id(const struct wm_conn *c)
{
	return c->id;
}

struct wm_conn *
wm_conn_find(struct wm_proc *p, uint64_t id)
{
	struct wm_conn *c = conns;

	(void)p;
	while (c != NULL && (c->id != id || c->ended))
		c = c->next;
	return c;
}

struct wm_proc *
wm_conn_proc(const struct wm_conn *c)
{
	(void)c;
	return &proc;
}

int64_t
wm_proc_time(const struct wm_proc *p)
{
	return p->now;
}

const struct wm_limits *
wm_conn_limits(const struct wm_conn *c)
{
	return &c->limits;
}

const void *
wm_conn_options(const struct wm_conn *c)
{
	return c->options;
}

void *
wm_conn_state(struct wm_conn *c, const struct wm_protocol *protocol)
{
	return c->protocol == protocol ? c->state : NULL;
}

int
wm_conn_send_msg(struct wm_conn *c, const struct wm_msg *m)
{
	size_t before = c->out.len;
	int rc;

	if (c->closing)
		return WM_E_CLOSED;
	if (c->unsent >= c->limits.unsent)
		return WM_E_FULL;
	if (c->protocol->encode == NULL) {
		wm_buf_put(&c->out, m->data, m->len);
		return WM_SENT;
	}
	rc = c->protocol->encode(c, c->state, m, &c->out);
	if (rc < 0)
		c->out.len = before;
	return rc < 0 ? rc : WM_SENT;
}

int
wm_conn_send(struct wm_conn *c, const void *data, size_t len)
{
	struct wm_msg m = { .data = data, .len = len, .flags = WM_MSG_WHOLE };

	return wm_conn_send_msg(c, &m);
}

int
wm_conn_write(struct wm_conn *c, const void *data, size_t len)
{
	if (c->closing)
		return WM_E_CLOSED;
	if (c->unsent >= c->limits.unsent)
		return WM_E_FULL;
	wm_buf_put(&c->out, data, len);
	return WM_SENT;
}

size_t
wm_conn_unsent(const struct wm_conn *c)
{
	return c->unsent;
}

void
wm_conn_close(struct wm_conn *c)
{
	wm_conn_close_reason(c, WM_CLOSE_APPLICATION);
}

void
wm_conn_close_reason(struct wm_conn *c, enum wm_close_reason r)
{
	if (c->closing)
		return;
	c->closing = true;
	c->reason = r;
	if (c->protocol->farewell != NULL)
		c->protocol->farewell(c, c->state, r, &c->out);
}

void
wm_conn_destroy(struct wm_conn *c)
{
	c->closing = true;
	c->reason = WM_CLOSE_APPLICATION;
}

bool
wm_conn_closing(const struct wm_conn *c)
{
	return c->closing;
}

void
wm_conn_pause(struct wm_conn *c)
{
	c->paused = true;
}

void
wm_conn_resume(struct wm_conn *c)
{
	c->paused = false;
}

int
wm_conn_set_protocol(struct wm_conn *c, const struct wm_protocol *protocol,
    const void *init, size_t init_len)
{
	(void)init;
	(void)init_len;
	c->next_protocol = protocol;
	return 0;
}

void
wm_conn_hold(struct wm_conn *c)
{
	c->held++;
}

void
wm_conn_release(struct wm_conn *c)
{
	assert(c->held > 0);
	c->held--;
}

void
wm_conn_set_deadline(struct wm_conn *c, unsigned which, uint32_t ms)
{
	c->which = which;
	c->deadline_ms = ms;
}

bool
wm_conn_draining(const struct wm_conn *c)
{
	(void)c;
	return proc.draining;
}
