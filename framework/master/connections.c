/* SPDX-License-Identifier: MIT */
/*
 * Asking the workers for their connections, see connections.h. What they say
 * is judged by row_reader.c; the client's end of it is control_server.c's.
 */
#include "config.h"

#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <workerman/error.h>
#include <workerman/log.h>

#include "framework/base/clock.h"
#include "framework/base/fd.h"
#include "framework/ipc/control.h"
#include "framework/ipc/filter.h"
#include "framework/ipc/ipc.h"
#include "framework/ipc/table.h"
#include "framework/master/connections.h"
#include "framework/master/control_server.h"
#include "framework/master/row_reader.h"
#include "framework/net/loop.h"

#define LISTING_READ  (16u << 10) /* bytes from one worker in a turn */
#define LISTING_MOST  8           /* requests at a time */
#define LISTING_ROW   "ROW connection"
#define LISTING_AHEAD (256u << 10) /* bytes that the client has not taken */

/* One worker's answer. Without a listing it is only kept to see that the
   worker takes the question at last. */
struct stream {
	LIST_ENTRY(stream) link;
	struct listing *listing;
	uint32_t incarnation;
	int64_t asked_ms;
	bool silent; /* for as long as it may */
	int fd;
	struct wm__io *io;
	struct wm__timer *timer;
	bool heard;       /* it has begun */
	char prefix[192]; /* what the master knows: "ROW connection pid=..." */
	struct wm__row_reader reader;
};

LIST_HEAD(streams, stream);

/* One request. */
struct listing {
	struct wm__connections *owner;
	struct wm__request *request;
	struct streams streams;
	size_t rows, missing;
	unsigned long long close; /* the id; 0: none */
	bool paused;              /* the client is slow */
};

struct wm__connections {
	struct wm__loop *loop;
	wm__listed_fn *next;
	void *arg;
	size_t n_listings;
	struct streams deaf; /* have not taken a question yet */
};

/* ---- the answer of one worker ---- */

static void
stream_free(struct stream *s)
{
	LIST_REMOVE(s, link);
	wm__io_free(&s->io);
	wm__timer_free(&s->timer);
	wm__fd_close(&s->fd);
	free(s);
}

/* Its listing needs it no more. What was not taken yet is taken back as far
   as possible: the worker sees the end of file when it comes to it. */
static void
stream_leave(struct stream *s)
{
	struct wm__connections *owner = s->listing->owner;

	if (s->heard) {
		stream_free(s);
		return;
	}
	shutdown(s->fd, SHUT_WR);
	wm__timer_free(&s->timer);
	LIST_REMOVE(s, link);
	LIST_INSERT_HEAD(&owner->deaf, s, link);
	s->listing = NULL;
	wm__io_watch(s->io, WM__READ);
}

static void
listing_missing(struct listing *l, const char *who, const char *why)
{
	struct wm_buf *out = wm__request_out(l->request);

	l->missing++;
	wm_buf_printf(out, "ROW missing%s", who);
	wm__control_put(out, "why", why);
	wm_buf_puts(out, "\n");
}

/* " pid=..." */
static const char *
stream_who(const struct stream *s)
{
	return s->prefix + strlen(LISTING_ROW);
}

static void
listing_free(struct listing *l)
{
	struct stream *s;

	while ((s = LIST_FIRST(&l->streams)) != NULL)
		stream_leave(s);
	l->owner->n_listings--;
	free(l);
}

/* All have said what they have to say: the request ends. */
static void
listing_end(struct listing *l)
{
	struct wm__request *request = l->request;
	bool found = l->close == 0 || l->rows > 0;
	char why[128] = "";

	if (!found)
		snprintf(why, sizeof(why), "no connection %llu%s", l->close,
		    l->missing > 0 ? " in the processes that answered" : "");
	listing_free(l);
	wm__request_end(request, found ? WM__EXIT_OK : WM__EXIT_MISSING, why);
}

/* While the client is slow nobody is listened to, and nobody late. */
static void
listing_pause(struct listing *l, bool paused)
{
	struct stream *s;

	if (l->paused == paused)
		return;
	l->paused = paused;
	LIST_FOREACH(s, &l->streams, link) {
		wm__io_watch(s->io, paused ? 0 : WM__READ);
		if (paused)
			wm__timer_stop(s->timer);
		else
			wm__timer_start(s->timer, WM__LISTING_MS);
	}
}

/* Sends what came and goes on. The listing may be gone after this. */
static void
listing_go_on(struct listing *l)
{
	if (LIST_EMPTY(&l->streams))
		listing_end(l);
	else if (wm__request_push(l->request))
		listing_pause(l,
		    wm__request_out(l->request)->len > LISTING_AHEAD);
}

/* The worker says no more, or is not listened to any more. */
static void
stream_end(struct stream *s, const char *why)
{
	struct listing *l = s->listing;

	if (why != NULL)
		listing_missing(l, stream_who(s), why);
	stream_leave(s);
	listing_go_on(l);
}

static void
stream_on_timer(void *arg)
{
	struct stream *s = arg;

	s->silent = true;
	stream_end(s, s->heard ? "stopped in the middle" : "does not answer");
}

static void
stream_take(struct stream *s, const char *data, size_t len)
{
	struct listing *l = s->listing;
	size_t before = s->reader.rows;
	int result = wm__row_reader_feed(&s->reader, s->prefix, data, len,
	    wm__request_out(l->request));

	s->heard = true;
	l->rows += s->reader.rows - before;
	if (result < 0) {
		wm_log(WM_LOG_ERROR, "%s: nonsense in its connections",
		    stream_who(s) + 1);
		stream_end(s, "sent nonsense");
	} else if (result > 0) {
		stream_end(s, NULL);
	} else {
		wm__timer_start(s->timer, WM__LISTING_MS);
		listing_go_on(l);
	}
}

static void
stream_on_io(int fd, unsigned what, void *arg)
{
	struct stream *s = arg;
	char data[LISTING_READ];
	ssize_t n;

	(void)what;
	if (s->listing == NULL) {
		stream_free(s); /* not deaf any more, or dead */
		return;
	}
	n = recv(fd, data, sizeof(data), MSG_DONTWAIT);
	if (n > 0) {
		stream_take(s, data, (size_t)n);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		s->heard = true; /* its end of the stream is gone */
		stream_end(s, "ended in the middle");
	}
}

/* ---- asking ---- */

static struct stream *
stream_new(struct listing *l, const struct wm__listed *who, int fd)
{
	int max = wm__loop_max_fd(l->owner->loop);
	struct stream *s = NULL;

	if (max == 0 || fd < max)
		s = calloc(1, sizeof(*s));
	if (s == NULL) {
		wm__fd_close(&fd);
		return NULL;
	}
	s->listing = l;
	s->incarnation = who->incarnation;
	s->asked_ms = wm__clock_ms();
	s->fd = fd;
	snprintf(s->prefix, sizeof(s->prefix),
	    LISTING_ROW " pid=%ld worker=%.*s slot=%u", (long)who->pid,
	    WM__NAME_MAX, who->worker, (unsigned)who->slot);
	LIST_INSERT_HEAD(&l->streams, s, link);
	s->io = wm__io_new(l->owner->loop, fd, stream_on_io, s);
	s->timer = wm__timer_new(l->owner->loop, stream_on_timer, s);
	if (s->io != NULL && s->timer != NULL &&
	    wm__io_watch(s->io, WM__READ) == 0)
		return s;
	stream_free(s);
	return NULL;
}

/* Whether it has had its time for an earlier question, or too many wait. A
   client that left at once says nothing of the worker. */
static bool
listing_is_deaf(const struct wm__connections *owner, uint32_t incarnation)
{
	int64_t late = wm__clock_ms() - WM__LISTING_MS;
	const struct stream *s;
	size_t n = 0;

	LIST_FOREACH(s, &owner->deaf, link)
		if (s->incarnation == incarnation &&
		    (s->silent || s->asked_ms <= late || ++n == LISTING_MOST))
			return true;
	return false;
}

/* Sends the question. Returns what became of it, null for good. */
static const char *
listing_ask(struct listing *l, const struct wm__listed *who, const char *filter)
{
	struct wm__ipc_connections fixed = { l->close };
	struct stream *s;
	int pair[2], failed;

	if (listing_is_deaf(l->owner, who->incarnation))
		return "does not answer";
	if (wm__fd_stream_pair(pair) < 0)
		return "the master has no descriptor left";
	s = stream_new(l, who, pair[0]);
	failed = s == NULL ? WM_E_NOMEM :
			     wm__ipc_send(who->sock, WM__IPC_CONNECTIONS,
				 &fixed, filter, pair[1]);
	wm__fd_close(&pair[1]);
	if (failed == 0) {
		wm__timer_start(s->timer, WM__LISTING_MS);
		return NULL;
	}
	if (s != NULL)
		stream_free(s);
	return failed == WM_E_FULL ? "does not answer" : wm_error_text(failed);
}

/* Asks all that may have such connections. Whether there are any. */
static bool
listing_ask_all(struct listing *l, const char *filter)
{
	struct wm__connections *owner = l->owner;
	struct wm__filter f;
	struct wm__listed who;
	char text[192];
	bool any = false;

	wm__filter_parse(&f, filter, text, sizeof(text));
	for (size_t i = 0; owner->next(owner->arg, i, &who); i++) {
		const char *why;

		if (!wm__filter_has_process(&f, who.worker, who.slot))
			continue;
		any = true;
		why = who.sock >= 0 ? listing_ask(l, &who, filter) : NULL;
		snprintf(text, sizeof(text), " pid=%ld worker=%.*s slot=%u",
		    (long)who.pid, WM__NAME_MAX, who.worker,
		    (unsigned)who.slot);
		if (why != NULL)
			listing_missing(l, text, why);
	}
	return any;
}

static void
listing_on_room(void *arg)
{
	listing_pause(arg, false);
}

/* The client is gone. */
static void
listing_on_gone(void *arg)
{
	listing_free(arg);
}

static struct listing *
listing_new(struct wm__connections *owner, struct wm__request *request)
{
	struct listing *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->owner = owner;
	l->request = request;
	LIST_INIT(&l->streams);
	owner->n_listings++;
	return l;
}

void
wm__connections_run(struct wm__connections *connections,
    struct wm__request *request, const char *line)
{
	struct listing *l = NULL;
	struct wm__filter f;
	char filter[WM__FILTER_TEXT] = "", error[256];

	wm__control_get(line, "filter", filter, sizeof(filter));
	if (wm__filter_parse(&f, filter, error, sizeof(error)) < 0) {
		wm__request_end(request, WM__EXIT_USAGE, error);
		return;
	}
	if (connections->n_listings < LISTING_MOST)
		l = listing_new(connections, request);
	if (l == NULL) {
		wm__request_end(request, WM__EXIT_MISSING,
		    "too many ask for connections at once");
		return;
	}
	l->close = wm__control_get_number(line, "close", 0);
	wm_buf_puts(wm__request_out(request), "PROGRESS asking\n");
	if (!listing_ask_all(l, filter) && f.n > 0) {
		listing_free(l);
		wm__request_end(request, WM__EXIT_MISSING,
		    "no process of such a worker");
		return;
	}
	wm__request_stream(request,
	    &(struct wm__request_stream){ listing_on_room, listing_on_gone,
		l });
	listing_go_on(l);
}

/* ---- the whole ---- */

int
wm__connections_new(struct wm__connections **connections_r,
    struct wm__loop *loop, wm__listed_fn *next, void *arg)
{
	struct wm__connections *connections = calloc(1, sizeof(*connections));

	if (connections == NULL)
		return WM_E_NOMEM;
	connections->loop = loop;
	connections->next = next;
	connections->arg = arg;
	LIST_INIT(&connections->deaf);
	*connections_r = connections;
	return 0;
}

void
wm__connections_free(struct wm__connections **connections)
{
	struct stream *s;

	if (*connections == NULL)
		return;
	while ((s = LIST_FIRST(&(*connections)->deaf)) != NULL)
		stream_free(s);
	free(*connections);
	*connections = NULL;
}
