/* SPDX-License-Identifier: MIT */
/*
 * Input of a connection: reading, and the loop that shows unread bytes to
 * the protocol and its messages to the application. The core side of the
 * decoder contract in <workerman/protocol.h> is here and nowhere else.
 *
 * Bytes arrive in the process's shared buffer and are decoded in place; only
 * what remains is copied, into memory that grows with what arrived.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <workerman/log.h>

#include "framework/net/conn.h"

#define INPUT_READ_MAX (1u << 20) /* bytes into a private buffer at once */

static const enum wm_close_reason input_reasons[] = {
	[-WM_E_NOMEM] = WM_CLOSE_MEMORY,
	[-WM_E_INVALID] = WM_CLOSE_BUG,
	[-WM_E_CLOSED] = WM_CLOSE_APPLICATION,
	[-WM_E_FULL] = WM_CLOSE_POLICY,
	[-WM_E_PROTOCOL] = WM_CLOSE_PROTOCOL,
	[-WM_E_TOO_BIG] = WM_CLOSE_TOO_BIG,
	[-WM_E_OVERFLOW] = WM_CLOSE_OVERFLOW,
	[-WM_E_DATA] = WM_CLOSE_DATA,
	[-WM_E_POLICY] = WM_CLOSE_POLICY,
	[-WM_E_TIMEOUT] = WM_CLOSE_TIMEOUT,
	[-WM_E_SYSTEM] = WM_CLOSE_RESET,
	[-WM_E_BUSY] = WM_CLOSE_POLICY,
	[-WM_E_NOT_FOUND] = WM_CLOSE_POLICY,
	[-WM_E_VERSION] = WM_CLOSE_PROTOCOL,
	[-WM_E_UNSUPPORTED] = WM_CLOSE_POLICY,
};

static void
input_failed(struct wm_conn *c, int error)
{
	size_t i = (size_t) - (long)error;

	wm_conn_close_reason(c,
	    i < sizeof(input_reasons) / sizeof(*input_reasons) ?
		input_reasons[i] :
		WM_CLOSE_BUG);
}

static void
input_bug(struct wm_conn *c, const char *what)
{
	wm_log(WM_LOG_ERROR, "protocol %s %s; connection closed",
	    c->protocol->name, what);
	wm_conn_close_reason(c, WM_CLOSE_BUG);
}

bool
wm__conn_can_decode(const struct wm_conn *c)
{
	if (c->life == WM__AWAIT)
		return true;
	return c->life == WM__OPEN && !c->paused && c->upgrade == NULL &&
	    c->held < c->service->limits.pipeline &&
	    (!c->stuck || wm_conn_unsent(c) < c->service->limits.unsent / 2);
}

/* ---- the decode loop ---- */

/* Bytes that were not asked for yet are bounded, announced ones too. */
static int
input_more(struct wm_conn *c, struct wm_input *in)
{
	const struct wm_limits *limits = &c->service->limits;

	in->seen = in->len;
	if (in->need == 0)
		return in->len >= limits->undecoded ? WM_E_OVERFLOW : 0;
	if (in->need <= in->len) {
		input_bug(c, "asked for bytes that it has");
		return 0;
	}
	if (in->need > c->protocol->overhead &&
	    in->need - c->protocol->overhead > limits->message)
		return WM_E_TOO_BIG;
	return 0;
}

static void
input_deliver(struct wm_conn *c, const struct wm_msg *msg)
{
	const struct wm_protocol *protocol = c->protocol;

	if (c->life != WM__OPEN)
		return;
	if (msg->flags & WM_MSG_LAST)
		wm__count(&c->service->proc->counters->requests, 1);
	if (!c->announced && c->service->protocol->upgrade != NULL)
		c->service->protocol->upgrade(c, msg);
	else if (c->handlers->on_message != NULL)
		c->handlers->on_message(c, msg);
	if (c->life == WM__OPEN && protocol->delivered != NULL)
		protocol->delivered(c, c->state, msg);
}

/*
 * One call of decode and what follows from it. Returns whether to go on; *in
 * then begins behind the bytes used.
 */
static bool
input_step(struct wm_conn *c, struct wm_input *in)
{
	struct wm_msg msg = { c->protocol, NULL, 0, WM_MSG_WHOLE, NULL };
	int result;

	in->used = 0;
	in->need = 0;
	result = c->protocol->decode(c, c->state, in, &msg);
	if (c->life > WM__AWAIT)
		return false;
	if (result < 0) {
		input_failed(c, result);
		return false;
	}
	if (result == WM_MORE) {
		result = input_more(c, in);
		if (result < 0)
			input_failed(c, result);
		return false;
	}
	if (in->used > in->len) {
		input_bug(c, "used more bytes than there are");
		return false;
	}
	if (in->used == 0 &&
	    (result == WM_USED || !(in->flags & WM_IN_EOF) || c->eof_shown)) {
		input_bug(c, "made no progress");
		return false;
	}
	if (msg.len > c->service->limits.message) {
		input_failed(c, WM_E_TOO_BIG); /* as if it had come in pieces */
		return false;
	}
	if (result == WM_MESSAGE)
		input_deliver(c, &msg);
	in->data += in->used;
	in->len -= in->used;
	in->seen = 0;
	in->need = 0;
	return true;
}

/* Decodes from *in until it is used up or must wait. */
static void
input_run(struct wm_conn *c, struct wm_input *in)
{
	c->decoding = true;
	while (in->len > 0 && wm__conn_can_decode(c)) {
		bool last = c->eof && in->len > 0;

		if (in->need > in->len && !c->eof)
			break;
		in->flags = last ? WM_IN_EOF : 0;
		if (!input_step(c, in))
			break;
		c->eof_shown = last;
	}
	c->decoding = false;
}

/* ---- bytes that remain ---- */

void
wm__conn_drop_unread(struct wm_conn *c)
{
	if (c->unread == NULL)
		return;
	free(c->unread->data);
	free(c->unread);
	c->unread = NULL;
}

/* Room for `len` more bytes; grows by doubling, so with what arrived. */
static int
input_reserve(struct wm__unread *u, size_t len)
{
	size_t cap = u->cap > 0 ? u->cap : 256;
	char *data;

	if (u->cap - u->len >= len)
		return 0;
	while (cap < u->len + len)
		cap *= 2;
	data = realloc(u->data, cap);
	if (data == NULL)
		return WM_E_NOMEM;
	u->data = data;
	u->cap = cap;
	return 0;
}

/* Keeps the rest of the shared buffer (or of a fed one) for later. */
static void
input_keep(struct wm_conn *c, const struct wm_input *in)
{
	struct wm__unread *u = calloc(1, sizeof(*u));

	c->unread = u;
	if (u == NULL || input_reserve(u, in->len) < 0) {
		wm__conn_end(c, WM_CLOSE_MEMORY);
		return;
	}
	memcpy(u->data, in->data, in->len);
	u->len = in->len;
	u->seen = in->seen;
	u->need = in->need;
}

/* After the private buffer was decoded: closes the gap in front. */
static void
input_compact(struct wm_conn *c, const struct wm_input *in)
{
	struct wm__unread *u = c->unread;

	if (in->len == 0) {
		wm__conn_drop_unread(c);
		return;
	}
	if (in->data != u->data)
		memmove(u->data, in->data, in->len);
	u->len = in->len;
	u->seen = in->seen;
	u->need = in->need;
}

/* ---- entry ---- */

void
wm__conn_decode(struct wm_conn *c)
{
	struct wm__unread *u = c->unread;
	struct wm_input in;

	if (u == NULL || !wm__conn_can_decode(c) || c->decoding)
		return;
	in = (struct wm_input){ .data = u->data,
		.len = u->len,
		.seen = u->seen,
		.need = u->need };
	input_run(c, &in);
	if (c->life < WM__FLUSH)
		input_compact(c, &in);
}

void
wm__conn_feed(struct wm_conn *c, char *data, size_t len)
{
	struct wm_input in = { .data = data, .len = len };

	c->bytes_in += len;
	wm__count(&c->service->proc->counters->bytes_in, len);
	if (c->unread != NULL) {
		if (input_reserve(c->unread, len) < 0) {
			wm__conn_end(c, WM_CLOSE_MEMORY);
			return;
		}
		memcpy(c->unread->data + c->unread->len, data, len);
		c->unread->len += len;
		wm__conn_decode(c);
	} else {
		input_run(c, &in);
		if (in.len > 0 && c->life < WM__FLUSH)
			input_keep(c, &in);
	}
	if (c->upgrade != NULL)
		wm__conn_want(c, WM__WANT_DECODE);
}

void
wm__conn_feed_eof(struct wm_conn *c)
{
	c->eof = true;
	if (c->life == WM__LINGER) {
		wm__conn_end(c, c->reason);
		return;
	}
	wm__conn_decode(c);
	wm__conn_settle(c);
	wm__conn_watch(c);
}

/* How much to read into the private buffer: what is wanted, but no more
   than arrived so far, so that an announced length costs nothing. */
static size_t
input_wanted(const struct wm__unread *u)
{
	size_t want = u->need > u->len ? u->need - u->len : u->len;

	if (want > u->len)
		want = u->len;
	if (want < WM__RECV_SIZE / 4)
		want = WM__RECV_SIZE / 4;
	return want < INPUT_READ_MAX ? want : INPUT_READ_MAX;
}

static ssize_t
input_recv(struct wm_conn *c)
{
	struct wm_proc *p = c->service->proc;
	struct wm__unread *u = c->unread;
	int fd = (int)event_get_fd(&c->ev);
	ssize_t n;

	if (u == NULL || u->need <= u->len) {
		n = recv(fd, p->recv, WM__RECV_SIZE, 0);
		if (n > 0 && c->life <= WM__AWAIT)
			wm__conn_feed(c, p->recv, (size_t)n);
		return n;
	}
	if (input_reserve(u, input_wanted(u)) < 0) {
		wm__conn_end(c, WM_CLOSE_MEMORY);
		return 1;
	}
	n = recv(fd, u->data + u->len, u->cap - u->len, 0);
	if (n > 0) {
		u->len += (size_t)n;
		c->bytes_in += (size_t)n;
		wm__count(&p->counters->bytes_in, (size_t)n);
		wm__conn_decode(c);
		if (c->upgrade != NULL)
			wm__conn_want(c, WM__WANT_DECODE);
	}
	return n;
}

void
wm__conn_ready(evutil_socket_t fd, short what, void *arg)
{
	struct wm_conn *c = arg;
	ssize_t n;

	(void)fd;
	if (what & EV_WRITE)
		wm__conn_want(c, WM__WANT_FLUSH);
	if (!(what & EV_READ) || c->life == WM__DEAD)
		return;
	n = input_recv(c);
	if (n > 0) {
		c->last_in = c->service->proc->now;
		if (c->life != WM__DEAD &&
		    (!wm__conn_can_decode(c) || c->life != WM__OPEN))
			wm__conn_watch(c);
	} else if (n == 0)
		wm__conn_feed_eof(c);
	else if (errno != EAGAIN && errno != EINTR)
		wm__conn_end(c,
		    c->life == WM__OPEN ? WM_CLOSE_RESET : c->reason);
}
