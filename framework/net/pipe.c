/* SPDX-License-Identifier: MIT */
/*
 * Joined connections, see wm_conn_pipe(): what one receives is sent on the
 * other. Each has handlers of ours in place of the application's, and a note
 * of the other; whoever ends first undoes both.
 */
#include "config.h"

#include <sys/socket.h>

#include <stdlib.h>

#include "framework/net/extra.h"
#include "framework/net/pipe.h"

struct wm__pipe {
	struct wm_conn *other;
	const struct wm_handlers *handlers; /* the application's */
	bool holds;    /* it is paused, as the other has too much waiting */
	bool ended;    /* its peer's end was passed on */
	bool shut_due; /* to be shut once its output has left */
};

static struct wm__pipe *
pipe_of(const struct wm_conn *c)
{
	return c->extra->pipe;
}

/* ---- one way ---- */

/* Nothing more from c until `to` has less waiting. */
static void
pipe_hold(struct wm_conn *c, struct wm_conn *to)
{
	if (pipe_of(c)->holds ||
	    wm_conn_unsent(to) < to->service->limits.unsent)
		return;
	pipe_of(c)->holds = true;
	wm_conn_pause(c);
	wm_conn_await_drain(to);
}

static void
pipe_release(struct wm_conn *c)
{
	if (!pipe_of(c)->holds)
		return;
	pipe_of(c)->holds = false;
	wm_conn_resume(c);
}

/* To the other protocol it is a message of bytes, or a part of one. */
static struct wm_msg
pipe_translate(const struct wm_conn *to, const struct wm_msg *m)
{
	struct wm_msg n = { to->protocol, m->data, m->len, m->flags, NULL };

	if (m->protocol != to->protocol)
		n.flags = (m->flags & WM_MSG_WHOLE) | WM_MSG_BYTES;
	if ((m->flags & WM_MSG_WHOLE) != WM_MSG_WHOLE)
		n.flags |= WM_MSG_PART;
	return n;
}

static void
pipe_message(struct wm_conn *c, const struct wm_msg *m)
{
	struct wm_conn *to = pipe_of(c)->other;
	struct wm_msg n = pipe_translate(to, m);
	int r = wm_conn_send_msg(to, &n);

	if (r == WM_E_CLOSED) /* then c ends, too */
		return;
	if (r < 0) {
		wm_conn_close_reason(c, wm__conn_reason_of(r));
		return;
	}
	to->last_in = to->service->proc->now;
	pipe_hold(c, to);
}

static void
pipe_shut(struct wm_conn *c)
{
	int fd = wm__conn_fd(c);

	pipe_of(c)->shut_due = c->output != NULL;
	if (c->output != NULL)
		wm_conn_await_drain(c);
	else if (fd >= 0)
		shutdown(fd, SHUT_WR);
}

void
wm__pipe_drained(struct wm_conn *c)
{
	pipe_release(pipe_of(c)->other);
	if (pipe_of(c)->shut_due)
		pipe_shut(c);
}

bool
wm__pipe_ended(struct wm_conn *c)
{
	struct wm__pipe *p = pipe_of(c);
	bool waits = c->unread != NULL && !c->eof_shown;

	if (c->life == WM__OPEN && !p->ended && !waits && !c->paused &&
	    !c->decoding) {
		p->ended = true;
		pipe_shut(p->other);
	}
	return !p->ended || !pipe_of(p->other)->ended;
}

/* ---- what the application still hears ---- */

static void
pipe_error(struct wm_conn *c, int error)
{
	if (pipe_of(c)->handlers->on_error != NULL)
		pipe_of(c)->handlers->on_error(c, error);
}

static void
pipe_full(struct wm_conn *c)
{
	if (pipe_of(c)->handlers->on_buffer_full != NULL)
		pipe_of(c)->handlers->on_buffer_full(c);
}

static void
pipe_drain(struct wm_conn *c)
{
	pipe_release(pipe_of(c)->other);
	if (pipe_of(c)->handlers->on_buffer_drain != NULL)
		pipe_of(c)->handlers->on_buffer_drain(c);
}

static const struct wm_handlers pipe_handlers = {
	.on_message = pipe_message,
	.on_error = pipe_error,
	.on_buffer_full = pipe_full,
	.on_buffer_drain = pipe_drain,
};

void
wm__pipe_set_handlers(struct wm_conn *c, const struct wm_handlers *h)
{
	pipe_of(c)->handlers = h;
}

/* ---- joining and separating ---- */

/* Whether it can be joined at all. */
static int
pipe_judge(const struct wm_conn *c)
{
	const struct wm_protocol *p =
	    c->upgrade != NULL ? c->upgrade->protocol : c->protocol;

	if (c->life != WM__OPEN)
		return WM_E_CLOSED;
	if (wm__extra_is_joined(c) || c->asleep)
		return WM_E_BUSY;
	return (p->flags & WM_P_EXCHANGE) != 0 ? WM_E_UNSUPPORTED : 0;
}

static void
pipe_join(struct wm_conn *c, struct wm_conn *other, struct wm__pipe *p)
{
	p->other = other;
	p->handlers = c->handlers;
	c->extra->pipe = p;
	c->handlers = &pipe_handlers;
}

/* One side, on its own again. */
static void
pipe_leave(struct wm_conn *c)
{
	struct wm__pipe *p = pipe_of(c);

	pipe_release(c);
	c->handlers = p->handlers;
	c->extra->pipe = NULL;
	free(p);
	wm__extra_trim(c);
	wm__conn_want(c, WM__WANT_DECODE);
}

int
wm_conn_pipe(struct wm_conn *a, struct wm_conn *b)
{
	struct wm__pipe *p, *q;
	int error = pipe_judge(a);

	if (a == b || a->service->proc != b->service->proc)
		return WM_E_INVALID;
	if (error == 0)
		error = pipe_judge(b);
	if (error < 0)
		return error;
	p = calloc(1, sizeof(*p));
	q = calloc(1, sizeof(*q));
	if (p == NULL || q == NULL || wm__extra_of(a) == NULL ||
	    wm__extra_of(b) == NULL) {
		free(p);
		free(q);
		wm__extra_trim(a);
		return WM_E_NOMEM;
	}
	pipe_join(a, b, p);
	pipe_join(b, a, q);
	pipe_hold(a, b);
	pipe_hold(b, a);
	/* what is unread, or over already, is looked at now */
	wm__conn_want(a, WM__WANT_DECODE);
	wm__conn_want(b, WM__WANT_DECODE);
	return 0;
}

int
wm_conn_unpipe(struct wm_conn *c)
{
	struct wm_conn *other;

	if (!wm__extra_is_joined(c))
		return WM_E_NOT_FOUND;
	other = pipe_of(c)->other;
	pipe_leave(c);
	pipe_leave(other);
	return 0;
}

void
wm__pipe_gone(struct wm_conn *c)
{
	struct wm_conn *other = pipe_of(c)->other;

	wm_conn_unpipe(c);
	if (c->reason == WM_CLOSE_RESET || c->reason == WM_CLOSE_MEMORY) {
		wm__conn_reset_at_close(other);
		wm__conn_end(other, WM_CLOSE_RESET);
	} else
		wm_conn_close_reason(other,
		    other->eof ? WM_CLOSE_PEER : WM_CLOSE_APPLICATION);
}
