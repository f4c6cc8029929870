/* SPDX-License-Identifier: MIT */
/*
 * Output of a connection: what a turn appends leaves in one send at its end;
 * the socket is watched for writing only after the kernel refused bytes.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "framework/net/conn.h"
#include "framework/net/datagram.h"
#include "framework/net/extra.h"
#include "framework/net/kept.h"

#define OUTPUT_AT_ONCE    (256u << 10) /* more than this is sent right away */
#define OUTPUT_SPARE      1024         /* buffers kept for reuse */
#define OUTPUT_SPARE_SIZE 4096         /* and how large they may be */

/* ---- buffers ---- */

static WM__COLD struct wm__output *
output_alloc(void)
{
	return calloc(1, sizeof(struct wm__output));
}

static inline struct wm__output *
output_new(struct wm_proc *p)
{
	struct wm__output *o = p->spare;

	if (o == NULL)
		return output_alloc();
	p->spare = o->next;
	p->n_spare--;
	return o;
}

static WM__COLD void
output_release(struct wm__output *o)
{
	wm_buf_fini(&o->buf);
	free(o);
}

static inline void
output_free(struct wm_proc *p, struct wm__output *o)
{
	if (p->n_spare >= OUTPUT_SPARE || o->buf.cap > OUTPUT_SPARE_SIZE) {
		output_release(o);
		return;
	}
	o->buf.len = 0;
	o->buf.failed = false;
	o->sent = 0;
	o->next = p->spare;
	p->spare = o;
	p->n_spare++;
}

void
wm__output_fini(struct wm_proc *p)
{
	while (p->spare != NULL) {
		struct wm__output *o = p->spare;

		p->spare = o->next;
		output_release(o);
	}
	p->n_spare = 0;
}

void
wm__conn_drop_output(struct wm_conn *c)
{
	if (c->output == NULL)
		return;
	output_free(c->service->proc, c->output);
	c->output = NULL;
}

struct wm_buf *
wm__conn_out(struct wm_conn *c)
{
	if (c->output == NULL)
		c->output = output_new(c->service->proc);
	return c->output != NULL ? &c->output->buf : NULL;
}

size_t
wm_conn_unsent(const struct wm_conn *c)
{
	return wm__conn_unsent(c);
}

/* ---- the kernel ---- */

/* From the high mark down to the low one. */
static void
output_below(struct wm_conn *c)
{
	c->was_full = false;
	c->drained = true;
	wm__conn_want(c, WM__WANT_EVENT);
}

/* Somebody waits for the output to have left. */
static WM__COLD void
output_drained(struct wm_conn *c)
{
	if (c->awaits_drain) {
		c->awaits_drain = false;
		c->drain_due = true;
		wm__conn_want(c, WM__WANT_EVENT);
	}
	if (!c->stuck)
		return;
	c->stuck = false;
	wm__conn_set_core_deadline(c,
	    c->life == WM__OPEN ? 0 : c->service->limits.close_ms);
	if (c->was_full)
		output_below(c);
	wm__conn_want(c, WM__WANT_DECODE);
	if (c->extra != NULL)
		wm__kept_flush(c);
	wm__conn_watch(c);
}

void
wm__conn_all_sent(struct wm_conn *c)
{
	wm__conn_drop_output(c);
	if (c->awaits_drain || c->stuck)
		output_drained(c);
}

/* How long output may wait for the peer. What was accepted before a close is
   still owed, but a process that leaves has no more time. */
static uint32_t
output_patience(const struct wm_conn *c)
{
	const struct wm_limits *limits = &c->service->limits;

	return c->life != WM__OPEN && c->service->proc->draining ?
	    limits->close_ms :
	    limits->write_ms;
}

/* As many bytes wait as may: said once, until few enough are left. */
static void
output_full(struct wm_conn *c)
{
	if (c->was_full || wm__conn_unsent(c) < c->service->limits.unsent)
		return;
	c->was_full = c->full = true;
	wm__conn_want(c, WM__WANT_EVENT);
}

/* A closing connection, too, has time as long as the peer goes on reading. */
void
wm__conn_stuck(struct wm_conn *c, bool progress)
{
	struct wm__output *o = c->output;

	if (o->sent > o->buf.len / 2) {
		wm_buf_consume(&o->buf, o->sent);
		o->sent = 0;
	}
	if (progress || !c->stuck)
		wm__conn_set_core_deadline(c, output_patience(c));
	c->stuck = true;
	if (progress && c->unread != NULL)
		wm__conn_want(c, WM__WANT_DECODE);
	if (c->was_full && wm_conn_unsent(c) <= c->service->limits.unsent_low)
		output_below(c);
	output_full(c);
	wm__conn_watch(c);
}

static inline void
output_count(struct wm_conn *c, size_t sent)
{
	c->bytes_out += sent;
	wm__count(&c->service->proc->counters->bytes_out, sent);
}

/* The kernel took `n` bytes of what there is, or said why not. Returns whether
   it may take more. */
static WM__COLD bool
output_short(struct wm_conn *c, ssize_t n, bool progress)
{
	if (n >= 0 || errno == EINTR)
		return true;
	if (errno == EAGAIN || errno == ENOBUFS)
		wm__conn_stuck(c, progress);
	else
		wm__conn_end(c,
		    c->life == WM__OPEN ? WM_CLOSE_RESET : c->reason);
	return false;
}

void
wm__conn_flush(struct wm_conn *c)
{
	struct wm__output *o = c->output;
	int fd = wm__conn_fd(c);
	size_t before, left;

	if (o == NULL || fd < 0 || c->life == WM__DEAD)
		return;
	if (c->asleep) {
		if (c->moving)
			c->service->proc->moving_out(c);
		return;
	}
	before = o->sent;
	while ((left = o->buf.len - o->sent) > 0) {
		ssize_t n = send(fd, o->buf.data + o->sent, left, MSG_NOSIGNAL);

		if (n > 0) {
			o->sent += (size_t)n;
			output_count(c, (size_t)n);
		}
		if (n != (ssize_t)left && !output_short(c, n, o->sent > before))
			return;
	}
	wm__conn_all_sent(c);
}

/* ---- appending ---- */

#define OUTPUT_KEEP 1 /* keep it back */

/* At the limit: WM_E_FULL is reported, unless the policy is to end it. */
static int
output_refuse(struct wm_conn *c)
{
	wm__count(&c->service->proc->counters->send_fail, 1);
	if (c->extra != NULL && c->extra->overflow == WM_OVERFLOW_CLOSE &&
	    !c->asleep) {
		wm__conn_reset_at_close(c);
		wm__conn_end(c, WM_CLOSE_SLOW);
		return WM_E_CLOSED;
	}
	c->refused = true;
	wm__conn_want(c, WM__WANT_EVENT);
	return WM_E_FULL;
}

/* Too much waits already, or the connection does not simply go on. */
static WM__COLD int
output_judge(struct wm_conn *c, enum wm__conn_life last, const struct wm_msg *m)
{
	if (c->life > last)
		return WM_E_CLOSED;
	if (c->stuck && c->extra != NULL && m != NULL && wm__kept_wants(c, m))
		return OUTPUT_KEEP;
	if (wm__conn_unsent(c) < c->service->limits.unsent)
		return 0;
	if (!c->stuck && !c->encoding)
		wm__conn_flush(c);
	if (c->life > last)
		return WM_E_CLOSED;
	if (wm__conn_unsent(c) < c->service->limits.unsent)
		return 0;
	return output_refuse(c);
}

/*
 * Whether the connection, up to that stage of its life, takes another message:
 * 0, OUTPUT_KEEP or an error. *m is null for what must not be kept back.
 */
static inline int
output_admit(struct wm_conn *c, enum wm__conn_life last, const struct wm_msg *m)
{
	return !c->hindered && wm__conn_unsent(c) < c->service->limits.unsent ?
	    0 :
	    output_judge(c, last, m);
}

/* Appended while nobody looks at the connection in this turn. */
static void
output_schedule(struct wm_conn *c, size_t unsent)
{
	if (unsent == 0)
		wm__conn_drop_output(c);
	else if (unsent > OUTPUT_AT_ONCE && !c->stuck)
		wm__conn_flush(c);
	else if (!c->decoding)
		wm__conn_want(c, WM__WANT_FLUSH);
	if (c->stuck)
		output_full(c);
}

int
wm__conn_appended(struct wm_conn *c)
{
	size_t unsent = wm__conn_unsent(c);

	/* the buffer must stay: whoever is writing into it ends up here, too;
	   and behind a decode input.c looks for output */
	if (!c->encoding) {
		if (!c->decoding || c->stuck || unsent - 1 >= OUTPUT_AT_ONCE)
			output_schedule(c, unsent);
	} else if (wm__conn_is_datagram(c))
		return wm__datagram_cut(c);
	return c->stuck ? WM_QUEUED : WM_SENT;
}

/* ---- large messages ---- */

/* Many bytes, and nothing keeps the kernel from taking them at once. */
static inline bool
output_is_large(const struct wm_conn *c, size_t len)
{
	return len >= WM_BUF_LARGE && !c->hindered && !c->encoding &&
	    wm__conn_fd(c) >= 0;
}

/*
 * Behind what waits, sends bytes from where they are: the kernel takes what it
 * has room for, and only the rest is copied. Returns enum wm_sent.
 */
static WM__COLD int
output_direct(struct wm_conn *c, const char *data, size_t len)
{
	struct wm__output *o = c->output;
	size_t waits = o->buf.len - o->sent;
	struct iovec iov[2] = { { waits > 0 ? o->buf.data + o->sent : NULL,
				    waits },
		{ (void *)(uintptr_t)data, len } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t n = sendmsg(wm__conn_fd(c), &msg, MSG_NOSIGNAL);
	size_t sent = n > 0 ? (size_t)n : 0;
	size_t mine = sent > waits ? sent - waits : 0;

	o->sent += sent - mine;
	output_count(c, sent);
	if (mine == len) {
		wm__conn_all_sent(c);
		return WM_SENT;
	}
	wm_buf_put(&o->buf, data + mine, len - mine);
	if (o->buf.failed) { /* a hole in the stream: it must not go on */
		wm__conn_end(c, WM_CLOSE_MEMORY);
		return WM_E_NOMEM;
	}
	if (output_short(c, n, sent > 0))
		wm__conn_flush(c);
	return c->stuck ? WM_QUEUED : WM_SENT;
}

/* Undoes a failed append; an empty buffer is given back. */
static int
output_undo(struct wm_conn *c, struct wm_buf *out, size_t before, int error)
{
	out->len = before;
	out->failed = false;
	if (wm__conn_unsent(c) == 0 && !c->encoding)
		wm__conn_drop_output(c);
	return error;
}

/* Appends bytes as they are. */
static int
output_bytes(struct wm_conn *c, const void *data, size_t len)
{
	struct wm_buf *out = wm__conn_out(c);
	size_t before;

	if (out == NULL)
		return WM_E_NOMEM;
	if (output_is_large(c, len))
		return output_direct(c, data, len);
	before = out->len;
	wm_buf_put(out, data, len);
	if (out->failed)
		return output_undo(c, out, before, WM_E_NOMEM);
	return wm__conn_appended(c);
}

void
wm__conn_append(struct wm_conn *c, const void *data, size_t len)
{
	struct wm_buf *out = c->life < WM__LINGER ? wm__conn_out(c) : NULL;

	if (out == NULL)
		return;
	wm_buf_put(out, data, len);
	if (out->failed) /* a hole in the stream: it must not go on */
		wm__conn_end(c, WM_CLOSE_MEMORY);
	else
		wm__conn_appended(c);
}

int
wm__conn_emit(struct wm_conn *c, const void *data, size_t len,
    const struct wm_msg *m)
{
	int error = output_admit(c, WM__OPEN, m);

	if (error != 0)
		return error < 0 ? error : wm__kept_send(c, m);
	return output_bytes(c, data, len);
}

int
wm_conn_write(struct wm_conn *c, const void *data, size_t len)
{
	int error = output_admit(c, WM__AWAIT, NULL);

	return error < 0 ? error : output_bytes(c, data, len);
}

/* The encoder's part: what it wrote is in *out. */
static inline int
output_encode(struct wm_conn *c, const struct wm_msg *m, struct wm_buf *out)
{
	bool outer = c->encoding;
	int error;

	c->encoding = true;
	error = c->protocol->encode(c, c->state, m, out);
	c->encoding = outer;
	return error < 0 || !out->failed ? error : WM_E_NOMEM;
}

/* A large message, whose bytes the kernel is to take from where they are. */
static WM__COLD int
output_large(struct wm_conn *c, const struct wm_msg *m)
{
	struct wm_buf *out = wm__conn_out(c);
	struct wm_span last;
	size_t before;
	int error;

	if (out == NULL)
		return WM_E_NOMEM;
	before = out->len;
	out->lends = true;
	error = output_encode(c, m, out);
	out->lends = false;
	last = out->last;
	out->last = (struct wm_span){ NULL, 0 };
	if (error < 0)
		return output_undo(c, out, before, error);
	return last.len > 0 ? output_direct(c, last.data, last.len) :
			      wm__conn_appended(c);
}

/* The connection takes it. */
static inline int
output_message(struct wm_conn *c, const struct wm_msg *m)
{
	struct wm_buf *out;
	size_t before;
	int error;

	if (c->protocol->encode == NULL)
		return output_bytes(c, m->data, m->len);
	if (output_is_large(c, m->len))
		return output_large(c, m);
	out = wm__conn_out(c);
	if (out == NULL)
		return WM_E_NOMEM;
	before = out->len;
	error = output_encode(c, m, out);
	if (error < 0)
		return output_undo(c, out, before, error);
	return wm__conn_appended(c);
}

int
wm__conn_send_accepted(struct wm_conn *c, const struct wm_msg *m)
{
	return output_message(c, m);
}

int
wm_conn_send_msg(struct wm_conn *c, const struct wm_msg *m)
{
	int error = output_admit(c, WM__OPEN, m);

	if (error != 0)
		return error < 0 ? error : wm__kept_send(c, m);
	return output_message(c, m);
}

int
wm_conn_send_to(struct wm_proc *p, uint64_t id, const void *data, size_t len)
{
	struct wm_conn *c = wm_conn_find(p, id);

	return c != NULL ? wm_conn_send(c, data, len) : WM_E_NOT_FOUND;
}

int
wm_conn_send(struct wm_conn *c, const void *data, size_t len)
{
	struct wm_msg m = { c->protocol, data, len, 0, NULL };

	return wm_conn_send_msg(c, &m);
}

/* ---- watching ---- */

static bool
output_wants_input(const struct wm_conn *c)
{
	if (c->eof)
		return false;
	return c->life == WM__LINGER || wm__conn_can_decode(c);
}

void
wm__conn_watch(struct wm_conn *c)
{
	struct event_base *base = wm__loop_base(c->service->proc->loop);
	int fd = wm__conn_fd(c);
	uint8_t events = 0;

	if (fd < 0 || c->life == WM__DEAD || c->asleep)
		return;
	if (output_wants_input(c))
		events |= EV_READ;
	if (c->stuck)
		events |= EV_WRITE;
	if (events == c->watching)
		return;
	if (c->watching != 0)
		event_del(&c->ev);
	c->watching = 0;
	if (events == 0)
		return;
	event_assign(&c->ev, base, fd, (short)(events | EV_PERSIST),
	    wm__conn_ready, c);
	if (event_add(&c->ev, NULL) < 0) {
		wm__conn_end(c, WM_CLOSE_MEMORY);
		return;
	}
	c->watching = events;
}
