/* SPDX-License-Identifier: MIT */
/*
 * The connection without a socket: see wire.h. Its process has a loop that
 * never runs; the wire itself ends turns and lets time pass.
 */
#include <err.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "framework/base/clock.h"
#include "framework/net/conn.h"
#include "framework/net/freeze.h"
#include "framework/kit/wire.h"

#define WIRE_PATIENCE_MS 20000
#define WIRE_EXACT       8192 /* bytes of which every overrun is seen */

struct wire {
	struct wm_proc proc;
	struct wm_worker row;
	struct wm__service service;
	struct wm_handlers user;
	struct wm_conn *conn;
	struct wire_message *messages;
	size_t n_messages;
	struct wm_buf out;
	struct wire_calls calls;
	bool stalled;
	bool closed;
	bool moves; /* what ends now has moved */
	enum wm_close_reason reason;
	void *data;
	bool (*done)(struct wire *);
	unsigned turns;
	int64_t give_up;
};

struct wm_limits
wire_limits(const struct wm_limits *limits)
{
	struct wm_limits l = { 0 };

	if (limits != NULL)
		l = *limits;
#define WIRE_DEFAULT(type, field, initial, text)                               \
	if (l.field == 0)                                                      \
		l.field = (initial);
	WM_LIMITS_TABLE(WIRE_DEFAULT)
#undef WIRE_DEFAULT
	return l;
}

struct wire *
wire_of(const struct wm_conn *c)
{
	return (struct wire *)((char *)wm_conn_proc(c) -
	    offsetof(struct wire, proc));
}

/* ---- what is noted ---- */

static void
wire_on_connect(struct wm_conn *c)
{
	struct wire *w = wire_of(c);

	if (w->calls.connect++ == 0)
		w->conn = c;
	if (w->user.on_connect != NULL)
		w->user.on_connect(c);
}

static void
wire_on_message(struct wm_conn *c, const struct wm_msg *m)
{
	struct wire *w = wire_of(c);
	struct wire_message copy = { malloc(m->len + 1), m->len, m->flags };

	w->messages =
	    realloc(w->messages, (w->n_messages + 1) * sizeof(*w->messages));
	if (copy.data == NULL || w->messages == NULL)
		err(1, "wire");
	if (m->len > 0)
		memcpy(copy.data, m->data, m->len);
	copy.data[m->len] = '\0';
	w->messages[w->n_messages++] = copy;
	if (w->user.on_message != NULL)
		w->user.on_message(c, m);
}

static void
wire_on_close(struct wm_conn *c, enum wm_close_reason reason)
{
	struct wire *w = wire_of(c);

	w->calls.close++;
	if (w->user.on_close != NULL)
		w->user.on_close(c, reason);
	if (c == w->conn)
		w->conn = NULL;
}

static void
wire_on_error(struct wm_conn *c, int error)
{
	struct wire *w = wire_of(c);

	w->calls.error++;
	w->calls.last_error = error;
	if (w->user.on_error != NULL)
		w->user.on_error(c, error);
}

static void
wire_on_full(struct wm_conn *c)
{
	struct wire *w = wire_of(c);

	w->calls.full++;
	if (w->user.on_buffer_full != NULL)
		w->user.on_buffer_full(c);
}

static void
wire_on_drain(struct wm_conn *c)
{
	struct wire *w = wire_of(c);

	w->calls.drain++;
	if (w->user.on_buffer_drain != NULL)
		w->user.on_buffer_drain(c);
}

static const struct wm_handlers wire_handlers = {
	.on_connect = wire_on_connect,
	.on_message = wire_on_message,
	.on_close = wire_on_close,
	.on_error = wire_on_error,
	.on_buffer_full = wire_on_full,
	.on_buffer_drain = wire_on_drain,
};

/* Also of a connection of which the application never heard. */
static void
wire_conn_ends(struct wm_conn *c)
{
	struct wire *w = wire_of(c);

	if (w->closed || w->moves || (c != w->conn && w->conn != NULL))
		return;
	w->closed = true;
	w->reason = (enum wm_close_reason)c->reason;
	if (!c->announced)
		w->conn = NULL;
}

/* ---- life ---- */

struct wire *
wire_new(const struct wm_protocol *protocol, const struct wm_limits *limits,
    const struct wm_handlers *handlers)
{
	return wire_open_how(&(struct wire_how){ .protocol = protocol,
	    .limits = limits,
	    .handlers = handlers });
}

struct wire *
wire_new_on(int fd, const struct wm_protocol *protocol,
    const struct wm_limits *limits, const struct wm_handlers *handlers)
{
	return wire_open_how(&(struct wire_how){ .protocol = protocol,
	    .limits = limits,
	    .handlers = handlers,
	    .has_socket = true,
	    .socket = fd });
}

struct wire *
wire_open_how(const struct wire_how *how)
{
	struct wire *w = calloc(1, sizeof(*w));
	const char *error;
	struct wm_conn *c;

	if (w == NULL)
		err(1, "wire");
	w->row.name = "wire";
	w->row.conn_data_size = how->conn_data_size > WIRE_DATA_SIZE ?
	    how->conn_data_size :
	    WIRE_DATA_SIZE;
	if (wm__proc_init(&w->proc, &w->row, NULL, &error) < 0)
		errx(1, "wire: %s", error);
	w->proc.conn_hook = wire_conn_ends;
	w->service.proc = &w->proc;
	w->service.protocol = how->protocol;
	w->service.handlers = wire_handlers;
	w->service.limits = wire_limits(how->limits);
	w->service.options = how->options;
	if (how->handlers != NULL)
		w->user = *how->handlers;
	c = wm__conn_new(&w->service, how->has_socket ? how->socket : -1, NULL);
	if (c != NULL && w->calls.connect == 0)
		w->conn = c;
	wire_turn(w);
	return w;
}

struct wm_conn *
wire_open(struct wire *w)
{
	return wm__conn_new(&w->service, -1, NULL);
}

void
wire_take_messages(struct wire *w)
{
	for (size_t i = 0; i < w->n_messages; i++)
		free(w->messages[i].data);
	free(w->messages);
	w->messages = NULL;
	w->n_messages = 0;
}

void
wire_free(struct wire **w)
{
	struct wire *x = *w;

	*w = NULL;
	if (x == NULL)
		return;
	wm__proc_fini(&x->proc);
	wire_take_messages(x);
	wm_buf_fini(&x->out);
	free(x);
}

/* ---- bytes ---- */

/* Leaves no room behind the unread bytes but for what comes next. */
static void
wire_fit(struct wm__unread *u, size_t len)
{
	if (u == NULL || u->len + len > WIRE_EXACT)
		return;
	u->cap = u->len + len;
	u->data = realloc(u->data, u->cap);
	if (u->data == NULL)
		err(1, "wire");
}

void
wire_feed(struct wire *w, const void *bytes, size_t len)
{
	char *copy;

	if (w->conn == NULL || w->conn->life > WM__AWAIT || w->conn->eof ||
	    len == 0)
		return;
	copy = malloc(len);
	if (copy == NULL)
		err(1, "wire");
	memcpy(copy, bytes, len);
	wire_fit(w->conn->unread, len);
	wm__conn_feed(w->conn, copy, len);
	free(copy);
}

void
wire_eof(struct wire *w)
{
	if (w->conn != NULL && w->conn->life != WM__DEAD)
		wm__conn_feed_eof(w->conn);
}

/* What a kernel would do with the output. Returns whether there was any. */
static bool
wire_collect(struct wire *w)
{
	struct wm_conn *c = w->conn;

	if (c == NULL || c->output == NULL || c->life == WM__DEAD ||
	    event_get_fd(&c->ev) >= 0)
		return false;
	if (w->stalled) {
		if (!c->stuck)
			wm__conn_stuck(c, false);
		return false;
	}
	if (wm_conn_unsent(c) > 0)
		wm_buf_put(&w->out, c->output->buf.data + c->output->sent,
		    wm_conn_unsent(c));
	wm__conn_all_sent(c);
	wm__conn_want(c, WM__WANT_DECODE | WM__WANT_FLUSH);
	return true;
}

void
wire_stall(struct wire *w, bool stalled)
{
	w->stalled = stalled;
}

void
wire_turn(struct wire *w)
{
	do {
		wm__conn_turn(&w->proc);
		if (w->closed)
			w->conn = NULL; /* whatever handlers it had */
	} while (wire_collect(w) || w->proc.turn != NULL);
}

/* ---- moving ---- */

/* What goes over, beside the application's data. */
static int
wire_freeze(struct wire *w, struct wm_buf *record, void *data)
{
	struct wm_freezer f = { record };
	int error = wm__conn_freeze(w->conn, &f);

	if (error == 0)
		memcpy(data, wm_conn_data(w->conn), w->row.conn_data_size);
	return error;
}

static int
wire_thaw(struct wire *w, int fd, const struct wm_protocol *protocol,
    const struct wm_buf *record)
{
	struct wm__service *const services[] = { &w->service };
	const struct wm_protocol *const protocols[] = { protocol, NULL };
	const struct wm__thaw thaw = { &w->proc, services, 1, protocols, NULL };
	struct wm_thawer t = { .data = record->data, .len = record->len };
	const char *why;

	w->conn = wm__conn_thaw(&thaw, fd, &t, &why);
	return w->conn != NULL ? 0 : WM_E_CLOSED;
}

/* The old one ends, unnoticed. */
static int
wire_leave(struct wire *w)
{
	int fd = (int)event_get_fd(&w->conn->ev);

	fd = fd >= 0 ? dup(fd) : -1;
	wm__conn_hold(w->conn);
	w->moves = true;
	wm__conn_moved(w->conn);
	wm__conn_turn(&w->proc);
	w->moves = false;
	return fd;
}

int
wire_move(struct wire *w)
{
	const struct wm_protocol *protocol;
	struct wm_buf record = WM_BUF_INIT;
	void *data = malloc(w->row.conn_data_size);
	int error, fd;

	if (data == NULL)
		err(1, "wire");
	error = w->conn != NULL ? wire_freeze(w, &record, data) : WM_E_BUSY;
	if (error == 0) {
		protocol = w->conn->protocol;
		fd = wire_leave(w);
		error = wire_thaw(w, fd, protocol, &record);
		if (error < 0 && fd >= 0)
			close(fd);
	}
	if (error == 0) {
		memcpy(wm_conn_data(w->conn), data, w->row.conn_data_size);
		wm__conn_go(w->conn);
		wire_turn(w);
	}
	free(data);
	wm_buf_fini(&record);
	return error;
}

/* ---- a real loop ---- */

static void
wire_after_turn(struct wm_proc *p)
{
	struct wire *w =
	    (struct wire *)((char *)p - offsetof(struct wire, proc));

	w->turns++;
	if (w->done(w))
		wm__loop_stop(p->loop);
	else if (wm__clock_ms() > w->give_up)
		errx(1, "wire: what is waited for does not happen");
}

unsigned
wire_run(struct wire *w, bool (*done)(struct wire *))
{
	w->done = done;
	w->turns = 0;
	w->give_up = wm__clock_ms() + WIRE_PATIENCE_MS;
	w->proc.turn_hook = wire_after_turn;
	wm__loop_run(w->proc.loop);
	w->proc.turn_hook = NULL;
	return w->turns;
}

void
wire_advance(struct wire *w, unsigned seconds)
{
	while (seconds-- > 0) {
		wm__proc_pass(&w->proc, w->proc.now + 1);
		wire_turn(w);
	}
}

struct wm_span
wire_output(struct wire *w)
{
	return (
	    struct wm_span){ w->out.len > 0 ? w->out.data : "", w->out.len };
}

void
wire_take_output(struct wire *w)
{
	w->out.len = 0;
}

/* ---- what is asked ---- */

size_t
wire_messages(const struct wire *w)
{
	return w->n_messages;
}

const struct wire_message *
wire_message(const struct wire *w, size_t i)
{
	if (i >= w->n_messages)
		errx(1, "wire: there is no message %zu", i);
	return &w->messages[i];
}

bool
wire_is_closed(const struct wire *w)
{
	return w->closed;
}

enum wm_close_reason
wire_reason(const struct wire *w)
{
	return w->reason;
}

const struct wire_calls *
wire_calls(const struct wire *w)
{
	return &w->calls;
}

size_t
wire_unread(const struct wire *w)
{
	return w->conn != NULL && w->conn->unread != NULL ?
	    w->conn->unread->len :
	    0;
}

unsigned
wire_held(const struct wire *w)
{
	return w->conn != NULL ? w->conn->held : 0;
}

struct wm_conn *
wire_conn(struct wire *w)
{
	return w->conn;
}

struct wm_proc *
wire_proc(struct wire *w)
{
	return &w->proc;
}

void
wire_set_data(struct wire *w, void *data)
{
	w->data = data;
}

void
wire_set_options(struct wire *w, const void *options)
{
	w->service.options = options;
}

void *
wire_data(const struct wire *w)
{
	return w->data;
}
