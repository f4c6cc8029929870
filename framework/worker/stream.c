/* SPDX-License-Identifier: MIT */
/*
 * Frames on a stream socket: see stream.h. Descriptors travel with the first
 * byte of their frame; a message of the kernel never brings those of two
 * frames, so they arrive as groups in the order of the frames. A group that
 * did not arrive whole (MSG_CTRUNC: no room for descriptors) is closed, and
 * its frame then has none.
 */
#include "config.h"

#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/buf.h>
#include <workerman/error.h>

#include "framework/base/clock.h"
#include "framework/base/fd.h"
#include "framework/net/loop.h"
#include "framework/worker/stream.h"

#define STREAM_READ  (64u << 10)
#define STREAM_READS 16 /* in one turn */
#define STREAM_CROWD 2  /* ms until descriptors are tried again */

struct frame_head {
	uint32_t len; /* of what follows */
	uint32_t type;
};

/* Descriptors that wait to be sent, before the byte `at` of all bytes ever
   put; or that have arrived. */
struct fd_group {
	STAILQ_ENTRY(fd_group) next;
	uint64_t at;
	size_t n, taken;
	int fds[WM__STREAM_FDS];
};

STAILQ_HEAD(fd_groups, fd_group);

struct wm__stream {
	struct wm__io *io;
	int fd;
	const struct wm__stream_events *events;
	void *arg;
	struct wm_buf out;
	size_t sent;   /* of `out` */
	uint64_t base; /* number of the first byte of `out` */
	struct fd_groups to_send;
	struct wm_buf in;
	struct fd_groups arrived; /* the first is the present batch's */
	bool ended, reading;
	bool broken;             /* nobody takes what is sent */
	struct wm__timer *crowd; /* runs: too many descriptors in flight */
	bool crowded;
};

static void
groups_free(struct fd_groups *groups, bool close_them)
{
	struct fd_group *g;

	while ((g = STAILQ_FIRST(groups)) != NULL) {
		STAILQ_REMOVE_HEAD(groups, next);
		for (size_t i = g->taken; close_them && i < g->n; i++)
			close(g->fds[i]);
		free(g);
	}
}

/* ---- sending ---- */

static void
stream_watch(struct wm__stream *s)
{
	unsigned what = s->reading ? WM__READ : 0;

	if (wm__stream_unsent(s) > 0 && !s->broken && !s->crowded)
		what |= WM__WRITE;
	wm__io_watch(s->io, what);
}

/* As many bytes as may go in one call: up to the next group's, or with it. */
static size_t
stream_span(const struct wm__stream *s, const struct fd_group **group_r)
{
	const struct fd_group *g = STAILQ_FIRST(&s->to_send), *after;
	uint64_t at = s->base + s->sent;

	*group_r = NULL;
	if (g != NULL && g->at == at) {
		*group_r = g;
		after = STAILQ_NEXT(g, next);
	} else {
		after = g;
	}
	return after != NULL ? (size_t)(after->at - at) : s->out.len - s->sent;
}

static ssize_t
stream_send(struct wm__stream *s)
{
	const struct fd_group *g;
	size_t len = stream_span(s, &g);
	const char *data = s->out.data + s->sent;
	ssize_t n;

	n = wm__fd_send_some(s->fd, data, len, g != NULL ? g->fds : NULL,
	    g != NULL ? g->n : 0);
	if (n > 0 && g != NULL) {
		struct fd_group *first = STAILQ_FIRST(&s->to_send);

		STAILQ_REMOVE_HEAD(&s->to_send, next);
		free(first);
	}
	return n;
}

size_t
wm__stream_unsent(const struct wm__stream *s)
{
	return s->out.len - s->sent;
}

static void
stream_stuck(struct wm__stream *s, ssize_t error)
{
	if (error == WM_E_BUSY) { /* the socket would say "writable" */
		s->crowded = true;
		wm__timer_start(s->crowd, STREAM_CROWD);
	} else if (error != WM_E_FULL) {
		s->broken = true; /* what follows is noticed by reading */
		shutdown(s->fd, SHUT_WR);
	}
}

void
wm__stream_flush(struct wm__stream *s)
{
	s->crowded = false;
	while (!s->broken && wm__stream_unsent(s) > 0) {
		ssize_t n = stream_send(s);

		if (n <= 0) {
			stream_stuck(s, n);
			break;
		}
		s->sent += (size_t)n;
	}
	if (s->sent > s->out.len / 2) {
		wm_buf_consume(&s->out, s->sent);
		s->base += s->sent;
		s->sent = 0;
	}
	stream_watch(s);
}

/* Out of memory: nothing can follow, and the other side is told so. */
static void
stream_break(struct wm__stream *s)
{
	s->ended = s->broken = true;
	shutdown(s->fd, SHUT_WR);
}

void
wm__stream_put(struct wm__stream *s, enum wm__frame type, const void *a,
    size_t a_len, const void *b, size_t b_len)
{
	struct frame_head head = { (uint32_t)(a_len + b_len), type };

	if (s->ended)
		return;
	wm_buf_put(&s->out, &head, sizeof(head));
	if (a_len > 0)
		wm_buf_put(&s->out, a, a_len);
	if (b_len > 0)
		wm_buf_put(&s->out, b, b_len);
	if (s->out.failed) /* half a frame: nothing can follow */
		stream_break(s);
	else
		stream_watch(s);
}

void
wm__stream_put_fds(struct wm__stream *s, enum wm__frame type, const void *data,
    size_t len, const int *fds, size_t n)
{
	struct fd_group *g = calloc(1, sizeof(*g));

	if (g == NULL) {
		stream_break(s);
		return;
	}
	g->at = s->base + s->out.len;
	g->n = n;
	memcpy(g->fds, fds, n * sizeof(*fds));
	STAILQ_INSERT_TAIL(&s->to_send, g, next);
	wm__stream_put(s, type, data, len, NULL, 0);
}

/* ---- receiving ---- */

static void
stream_end(struct wm__stream *s)
{
	if (!s->reading)
		return;
	s->reading = false;
	s->ended = true;
	stream_watch(s);
	s->events->end(s->arg);
}

/* The frames that are whole. Returns false when one is nonsense. */
static bool
stream_parse(struct wm__stream *s)
{
	size_t pos = 0;
	struct frame_head head;

	while (s->reading && s->in.len - pos >= sizeof(head)) {
		memcpy(&head, s->in.data + pos, sizeof(head));
		if (head.type >= WM__FRAMES || head.len > WM__STREAM_FRAME)
			return false;
		if (s->in.len - pos - sizeof(head) < head.len)
			break;
		s->events->frame(s->arg, (enum wm__frame)head.type,
		    s->in.data + pos + sizeof(head), head.len);
		pos += sizeof(head) + head.len;
	}
	wm_buf_consume(&s->in, pos);
	return true;
}

/* False: no memory, and the groups would be out of step. */
static bool
stream_take_group(struct wm__stream *s, const int *fds, size_t n, bool whole)
{
	struct fd_group *g = calloc(1, sizeof(*g));

	if (g == NULL || !whole) {
		for (size_t i = 0; i < n; i++)
			close(fds[i]);
		n = 0;
	}
	if (g == NULL)
		return false;
	g->n = n;
	memcpy(g->fds, fds, n * sizeof(*fds));
	STAILQ_INSERT_TAIL(&s->arrived, g, next);
	return true;
}

/* Returns whether there may be more. */
static bool
stream_read(struct wm__stream *s)
{
	char bytes[STREAM_READ];
	int fds[WM__FD_BATCH];
	size_t n_fds;
	bool truncated;
	ssize_t n = wm__fd_recv_some(s->fd, bytes, sizeof(bytes), fds, &n_fds,
	    &truncated);

	if (n == WM_E_FULL)
		return false;
	if (n <= 0) {
		stream_end(s);
		return false;
	}
	if ((n_fds > 0 || truncated) &&
	    !stream_take_group(s, fds, n_fds,
		!truncated && n_fds <= WM__STREAM_FDS)) {
		stream_end(s);
		return false;
	}
	wm_buf_put(&s->in, bytes, (size_t)n);
	if (s->in.failed || !stream_parse(s))
		stream_end(s);
	return s->reading;
}

/* Goes on sending. */
static void
stream_on_room(void *arg)
{
	struct wm__stream *s = arg;

	wm__stream_flush(s);
	if (wm__stream_unsent(s) == 0 && s->events->flushed != NULL)
		s->events->flushed(s->arg);
}

static void
stream_on_io(int fd, unsigned what, void *arg)
{
	struct wm__stream *s = arg;

	(void)fd;
	if (what & WM__WRITE)
		stream_on_room(s);
	if (what & WM__READ)
		for (int i = 0; i < STREAM_READS && stream_read(s); i++)
			;
}

int
wm__stream_take_fd(struct wm__stream *s)
{
	struct fd_group *g = STAILQ_FIRST(&s->arrived);

	return g != NULL && g->taken < g->n ? g->fds[g->taken++] : -1;
}

void
wm__stream_next_batch(struct wm__stream *s)
{
	struct fd_group *g = STAILQ_FIRST(&s->arrived);

	if (g == NULL)
		return;
	STAILQ_REMOVE_HEAD(&s->arrived, next);
	for (size_t i = g->taken; i < g->n; i++)
		close(g->fds[i]);
	free(g);
}

/* ---- the whole ---- */

struct wm__stream *
wm__stream_new(struct wm__loop *loop, int fd,
    const struct wm__stream_events *events, void *arg)
{
	struct wm__stream *s = calloc(1, sizeof(*s));

	wm__fd_set_nonblock(fd);
	if (s != NULL) {
		s->io = wm__io_new(loop, fd, stream_on_io, s);
		s->crowd = wm__timer_new(loop, stream_on_room, s);
	}
	if (s == NULL || s->io == NULL || s->crowd == NULL) {
		if (s != NULL) {
			wm__io_free(&s->io);
			wm__timer_free(&s->crowd);
		}
		free(s);
		close(fd);
		return NULL;
	}
	s->fd = fd;
	s->events = events;
	s->arg = arg;
	s->reading = true;
	STAILQ_INIT(&s->to_send);
	STAILQ_INIT(&s->arrived);
	wm__io_watch(s->io, WM__READ);
	return s;
}

bool
wm__stream_finish(struct wm__stream *s, int ms)
{
	int64_t until = wm__clock_ms() + ms, left;
	struct pollfd p = { .fd = s->fd, .events = POLLOUT };

	wm__stream_flush(s);
	while (!s->broken && wm__stream_unsent(s) > 0 &&
	    (left = until - wm__clock_ms()) > 0) {
		poll(&p, s->crowded ? 0 : 1,
		    s->crowded ? STREAM_CROWD : (int)left);
		wm__stream_flush(s);
	}
	return s->broken || wm__stream_unsent(s) == 0;
}

void
wm__stream_free(struct wm__stream **stream)
{
	struct wm__stream *s = *stream;

	*stream = NULL;
	if (s == NULL)
		return;
	wm__io_free(&s->io);
	wm__timer_free(&s->crowd);
	close(s->fd);
	groups_free(&s->to_send, false);
	groups_free(&s->arrived, true);
	wm_buf_fini(&s->out);
	wm_buf_fini(&s->in);
	free(s);
}
