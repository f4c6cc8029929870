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

#include "framework/base/running.h"
#include "framework/net/conn.h"
#include "framework/net/unread.h"

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

enum wm_close_reason
wm__conn_reason_of(int error)
{
	size_t i = (size_t) - (long)error;

	return i < sizeof(input_reasons) / sizeof(*input_reasons) ?
	    input_reasons[i] :
	    WM_CLOSE_BUG;
}

WM__COLD bool
wm__conn_can_decode_hindered(const struct wm_conn *c)
{
	if (c->life != WM__OPEN)
		return c->life == WM__AWAIT;
	return !c->paused && !c->asleep && c->upgrade == NULL &&
	    c->held < c->service->limits.pipeline &&
	    (!c->stuck || wm__conn_unsent(c) < c->service->limits.unsent / 2);
}

/* ---- the decode loop ---- */

/* What decode must not do: the words for it, or null. */
static const char *
input_breach(const struct wm_input *in, size_t shown, int result)
{
	if (in->len > shown)
		return "made up bytes";
	if (result > WM_MESSAGE)
		return "gave an unknown answer";
	if (result == WM_MORE && in->used > 0)
		return "used bytes and wants more";
	if (result == WM_MORE && in->need > 0 && in->need <= in->len)
		return "asked for bytes that it has";
	if (in->used > in->len)
		return "used more bytes than there are";
	if (in->used == 0 &&
	    (result == WM_USED ||
		(result == WM_MESSAGE && !(in->flags & WM_IN_EOF))))
		return "made no progress";
	return NULL;
}

/* Bytes that were not asked for yet are bounded, announced ones too. */
static int
input_more(struct wm_conn *c, struct wm_input *in)
{
	const struct wm_limits *limits = &c->service->limits;

	in->seen = in->len;
	if (in->need == 0)
		return in->len >= limits->undecoded ? WM_E_OVERFLOW : 0;
	if (in->need > c->protocol->overhead &&
	    in->need - c->protocol->overhead > limits->message)
		return WM_E_TOO_BIG;
	return 0;
}

/*
 * What an answer of decode comes to: WM_MESSAGE, or something else above 0 to
 * go on, else to wait or, below 0, to end.
 */
static WM__COLD int
input_judge(struct wm_conn *c, struct wm_input *in, size_t shown, int result,
    const struct wm_msg *msg)
{
	const char *breach =
	    result < 0 ? NULL : input_breach(in, shown, result);

	if (breach != NULL) {
		wm_log(WM_LOG_ERROR, "protocol %s %s; connection closed",
		    c->protocol->name, breach);
		wm_conn_close_reason(c, WM_CLOSE_BUG);
		return WM_E_INVALID;
	}
	if (result == WM_MORE)
		result = input_more(c, in);
	else if (result > 0 && msg->len > c->service->limits.message)
		result = WM_E_TOO_BIG; /* as if it had come in pieces */
	if (c->eof)
		c->eof_shown = in->used == 0;
	if (result < 0)
		wm_conn_close_reason(c, wm__conn_reason_of(result));
	return result;
}

static void
input_deliver(struct wm_conn *c, const struct wm_msg *msg)
{
	if (c->life != WM__OPEN)
		return;
	wm__running_switch(WM__RUNNING_MESSAGE);
	if (msg->flags & WM_MSG_LAST) {
		c->messages++;
		wm__count(&c->service->proc->counters->requests, 1);
	}
	if (!c->announced) {
		if (c->service->protocol->upgrade != NULL)
			c->service->protocol->upgrade(c, msg);
	} else if (c->handlers->on_message != NULL)
		c->handlers->on_message(c, msg);
	wm__running_switch(WM__RUNNING_DECODE);
	if (c->protocol->delivered != NULL && c->life == WM__OPEN)
		c->protocol->delivered(c, c->state, msg);
}

/*
 * One call of decode and what follows from it. Returns whether to go on; *in
 * then begins behind the bytes used.
 */
static inline bool
input_step(struct wm_conn *c, struct wm_input *in)
{
	struct wm_msg msg = { c->protocol, NULL, 0, WM_MSG_WHOLE, NULL };
	size_t shown = in->len;
	int result;

	in->used = 0;
	in->need = 0;
	result = c->protocol->decode(c, c->state, in, &msg);
	if (c->life > WM__AWAIT)
		return false;
	/* a message for which nothing is to be asked */
	if (result != WM_MESSAGE || c->hindered || in->len != shown ||
	    in->used - 1 >= shown || msg.len > c->service->limits.message)
		result = input_judge(c, in, shown, result, &msg);
	if (result <= 0)
		return false;
	if (result == WM_MESSAGE)
		input_deliver(c, &msg);
	in->data += in->used;
	in->len -= in->used;
	in->seen = 0;
	in->need = 0;
	return true;
}

/* Whether decode has not been shown all this already. */
static bool
input_is_new(const struct wm_conn *c, const struct wm_input *in)
{
	if (c->eof)
		return !c->eof_shown;
	return in->len > in->seen && in->len >= in->need;
}

/*
 * What was said meanwhile. It leaves at once, while it is still in the cache,
 * unless more may come in this turn: published messages, or what an upgrade
 * or a close has to say.
 */
static void
input_answer(struct wm_conn *c)
{
	if (c->life == WM__OPEN && c->wants == 0 && !c->stuck &&
	    c->subscriptions == NULL)
		wm__conn_flush(c);
	else
		wm__conn_want(c, WM__WANT_FLUSH);
}

/* Decodes from *in until it is used up or must wait. */
static void
input_run(struct wm_conn *c, struct wm_input *in)
{
	struct wm__outer outer = wm__running_begin(WM__RUNNING_DECODE, c->id);

	c->decoding = true;
	in->flags = c->service->in_flags | (c->eof ? WM_IN_EOF : 0);
	while (in->len > 0 && input_is_new(c, in) && wm__conn_can_decode(c))
		if (!input_step(c, in))
			break;
	c->decoding = false;
	wm__running_end(outer);
	if (c->output != NULL)
		input_answer(c);
}

/* ---- entry ---- */

/* Bytes behind the unread ones, which the caller has copied in front. */
static void
input_take(struct wm_conn *c, char *data, size_t len)
{
	struct wm_input in = { .data = data, .len = len };

	if (c->unread != NULL) {
		in.seen = c->unread->seen;
		in.need = c->unread->need;
	}
	input_run(c, &in);
	if (c->life >= WM__FLUSH)
		return;
	if (in.len > 0)
		wm__unread_keep(c, &in);
	else
		wm__unread_drop(c);
}

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
		wm__unread_compact(c, &in);
}

static void
input_count(struct wm_conn *c, size_t len)
{
	c->last_in = c->service->proc->now;
	c->bytes_in += len;
	wm__count(&c->service->proc->counters->bytes_in, len);
}

void
wm__conn_feed(struct wm_conn *c, char *data, size_t len)
{
	input_count(c, len);
	if (c->unread == NULL) {
		input_take(c, data, len);
		return;
	}
	if (wm__unread_reserve(c, len) < 0) {
		wm__conn_end(c, WM_CLOSE_MEMORY);
		return;
	}
	memcpy(c->unread->data + c->unread->len, data, len);
	c->unread->len += len;
	wm__conn_decode(c);
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

/* Into the process's buffer, behind the few bytes that are unread. */
static WM__COLD ssize_t
input_recv_behind(struct wm_conn *c)
{
	char *data = c->service->proc->recv;
	size_t before = c->unread->len;
	ssize_t n =
	    recv(wm__conn_fd(c), data + before, WM__RECV_SIZE - before, 0);

	if (n <= 0)
		return n;
	input_count(c, (size_t)n);
	if (c->life > WM__AWAIT)
		return n;
	memcpy(data, c->unread->data, before);
	input_take(c, data, before + (size_t)n);
	return n;
}

/* How much to read into the private buffer: what is wanted, if there is room;
   else no more than arrived so far, so that an announced length costs
   nothing, and not too little for a protocol that asks for one byte more. */
static size_t
input_wanted(const struct wm__unread *u)
{
	size_t want = u->need > u->len ? u->need - u->len : u->len;

	if (want <= u->cap - u->len)
		return want;
	if (want > u->len)
		want = u->len;
	if (want < WM__UNREAD_SMALL)
		return WM__UNREAD_SMALL;
	return want < INPUT_READ_MAX ? want : INPUT_READ_MAX;
}

static WM__COLD ssize_t
input_recv_private(struct wm_conn *c)
{
	struct wm__unread *u = c->unread;
	ssize_t n;

	if (wm__unread_reserve(c, input_wanted(u)) < 0) {
		wm__conn_end(c, WM_CLOSE_MEMORY);
		return 1;
	}
	n = recv(wm__conn_fd(c), u->data + u->len, u->cap - u->len, 0);
	if (n > 0) {
		u->len += (size_t)n;
		input_count(c, (size_t)n);
		wm__conn_decode(c);
	}
	return n;
}

/* A connection with nothing unread: into the process's buffer. */
static inline ssize_t
input_recv_shared(struct wm_conn *c)
{
	char *data = c->service->proc->recv;
	ssize_t n = recv(wm__conn_fd(c), data, WM__RECV_SIZE, 0);
	struct wm_input in = { .data = data, .len = (size_t)n };

	if (n <= 0)
		return n;
	input_count(c, (size_t)n);
	if (c->life > WM__AWAIT)
		return n;
	input_run(c, &in);
	if (in.len > 0 && c->life < WM__FLUSH)
		wm__unread_keep(c, &in);
	return n;
}

/* No bytes came: the end, or nothing after all. */
static WM__COLD void
input_ended(struct wm_conn *c, ssize_t n)
{
	if (n == 0)
		wm__conn_feed_eof(c);
	else if (errno != EAGAIN && errno != EINTR)
		wm__conn_end(c,
		    c->life == WM__OPEN ? WM_CLOSE_RESET : c->reason);
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
	if (c->unread == NULL)
		n = input_recv_shared(c);
	else if (c->unread->len <= WM__UNREAD_SMALL)
		n = input_recv_behind(c);
	else
		n = input_recv_private(c);
	if (n <= 0)
		input_ended(c, n);
	else if (c->hindered || !wm__conn_can_decode(c))
		wm__conn_watch(c);
}
