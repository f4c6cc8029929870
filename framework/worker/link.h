/* SPDX-License-Identifier: MIT */
/* What handover.c, give.c and take.c share. Nobody else includes this. */
#ifndef WORKER_LINK_H
#define WORKER_LINK_H

#include <sys/queue.h>

#include <workerman/buf.h>

#include "framework/net/conn.h"
#include "framework/worker/handover.h"
#include "framework/worker/run.h"
#include "framework/worker/stream.h"

/* A connection that was sent and not answered. */
struct wm__unanswered {
	struct wm_conn *conn;
	size_t told; /* bytes of its output that the other side has */
	bool sent;   /* its record was */
	bool closes; /* was closed meanwhile */
	uint8_t reason;
};

struct wm__link {
	LIST_ENTRY(wm__link) next;
	struct wm__handover *handover;
	struct wm__stream *stream;
	bool foreign; /* the other one is of another slot */
	bool dead;    /* the other one is gone */
	bool done;    /* DONE was sent, or has arrived */

	/* giver */
	bool gives, moves, ended; /* END was sent */
	bool end_due;             /* it will be when the inbox is ours */
	uint64_t heard, said;     /* FORWARDs that arrived; in HEARD */
	uint64_t *ids;            /* of this pass */
	size_t n_ids, at;
	bool again;       /* some of this pass could not move yet */
	int64_t until;    /* on the clock: without an answer */
	int64_t patience; /* with our own publishes that wait for peers */
	struct wm__timer *timer;
	struct wm__unanswered
	    unanswered[WM__HANDOVER_BATCH * WM__HANDOVER_WINDOW];
	size_t n_unanswered;
	unsigned batches; /* unanswered */

	/* taker */
	size_t expected; /* records of the batch still to come */
	size_t n_taken;
	unsigned char answers[WM__HANDOVER_BATCH];
	uint64_t taken[WM__HANDOVER_BATCH * WM__HANDOVER_WINDOW];
	size_t n_waiting; /* of them, to be served once answered */

	/* taker: FORWARDs of which the giver has not said HEARD. What was on
	   its way while a connection was, too, is delivered from here. */
	struct wm_buf log;    /* records */
	uint64_t log_from;    /* number of the first in it; from 1 */
	uint64_t forwarded;   /* number of the last */
	uint64_t batch_heard; /* of the present batch */
};

LIST_HEAD(wm__links, wm__link);

struct wm__handover {
	struct wm__worker *worker;
	void (*yielded)(void *arg);
	void *arg;
	struct wm__links links;
	struct wm__timer *flush; /* of what was forwarded in this turn */
	struct wm__timer *reap;  /* of links that have ended */
	struct wm__timer *hope;  /* of another taker, as one has died */
	bool hopes;
	bool spreads; /* a message is handed to connections here */
	bool quit;    /* nothing moves any more: it stops */
	bool waits;   /* a predecessor reads the inbox */
	bool reads;   /* we do */
	bool leaving; /* we are replaced */
};

/* The inbox is ours, or not any more. */
void wm__handover_read(struct wm__handover *h, bool on);
void wm__handover_yield(struct wm__handover *h);
/* Some link moves connections, or does so no more. */
void wm__handover_update(struct wm__handover *h);
/* Whether connections may still arrive from a predecessor. */
bool wm__handover_expects(const struct wm__handover *h);
/* The predecessor, if any, reads the inbox no more. */
void wm__handover_inherit(struct wm__handover *h);

/* ---- give.c ---- */

void wm__give_begin(struct wm__link *link);
void wm__give_frame(struct wm__link *link, enum wm__frame type,
    const char *data, size_t len);
/* The taker is gone: what was not answered stays here. */
void wm__give_end(struct wm__link *link);
/* Nothing more goes. */
void wm__give_over(struct wm__link *link);
/* END, unless it must wait for a predecessor's. */
void wm__give_inbox(struct wm__link *link);
/* A message is about to be put into the stream and handed to connections; it
   was: those on their way have it from the other side, unless they stay. */
void wm__give_before(struct wm__link *link);
void wm__give_after(struct wm__link *link);
/* Hooks of the process. */
void wm__give_change(struct wm_conn *c, enum wm__moving_change change,
    const char *topic);
void wm__give_out(struct wm_conn *c);
void wm__give_close(struct wm_conn *c, enum wm_close_reason reason);

/* ---- take.c ---- */

void wm__take_frame(struct wm__link *link, enum wm__frame type,
    const char *data, size_t len);
/* What was answered may be served. */
void wm__take_serve(struct wm__link *link);
/* What was not answered is not ours. */
void wm__take_drop(struct wm__link *link);
/* Keeps a message that was forwarded to the giver. */
void wm__take_log(struct wm__link *link, const struct wm_buf *record);

#endif
