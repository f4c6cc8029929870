/* SPDX-License-Identifier: MIT */
/*
 * The giver's side of a link: which connections go and when, what becomes of
 * them by the answers, and what happens to those that are on their way.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <workerman/log.h>

#include "framework/base/clock.h"
#include "framework/base/running.h"
#include "framework/channel/channel.h"
#include "framework/net/freeze.h"
#include "framework/worker/link.h"

static struct wm_proc *
give_proc(const struct wm__link *link)
{
	return &link->handover->worker->proc;
}

/* ---- a record ---- */

static void
give_topic(void *arg, const char *topic)
{
	wm_freeze_string(arg, topic);
}

static void
give_count_topic(void *arg, const char *topic)
{
	(void)topic;
	++*(uint64_t *)arg;
}

/* What the application made of it. */
static int
give_application(struct wm_conn *c, struct wm_freezer *f)
{
	const struct wm_worker *row = c->service->proc->row;
	size_t begun = wm__freeze_open(f);
	struct wm__outer outer = wm__running_begin(WM__RUNNING_FREEZE, c->id);
	int error = 0;

	if (c->announced && row->on_freeze != NULL)
		error = row->on_freeze(c, f);
	else if (c->announced && row->conn_data_size > 0)
		error = WM_E_UNSUPPORTED;
	wm__running_end(outer);
	wm__freeze_close(f, begun);
	return error;
}

/* Appends the record of a connection. Returns as wm__conn_freeze() does. */
static int
give_record(const struct wm__link *link, struct wm_conn *c, struct wm_buf *out)
{
	struct wm_freezer f = { out };
	uint64_t topics = 0;
	int error;

	if (link->foreign && c->subscriptions != NULL)
		return WM_E_UNSUPPORTED; /* it would hear messages twice */
	error = wm__conn_freeze(c, &f);
	if (error < 0)
		return error;
	wm__channel_topics(c, give_count_topic, &topics);
	wm_freeze_number(&f, topics);
	wm__channel_topics(c, give_topic, &f);
	error = give_application(c, &f);
	if (out->failed)
		return WM_E_NOMEM;
	return error < 0 && error != WM_E_BUSY ? WM_E_UNSUPPORTED : error;
}

/* ---- batches ---- */

struct batch {
	struct wm_buf records;
	size_t begins[WM__HANDOVER_BATCH + 1];
	int fds[WM__HANDOVER_BATCH];
	struct wm_conn *conns[WM__HANDOVER_BATCH];
	size_t n;
};

static void
give_add(struct wm__link *link, struct batch *b, struct wm_conn *c)
{
	size_t before = b->records.len;
	int error = give_record(link, c, &b->records);

	if (error < 0) {
		b->records.len = before;
		b->records.failed = false;
		if (error == WM_E_BUSY)
			link->again = true;
		else
			c->stays = true;
		return;
	}
	b->begins[b->n] = before;
	b->fds[b->n] = (int)event_get_fd(&c->ev);
	b->conns[b->n++] = c;
}

static void
give_send(struct wm__link *link, struct batch *b)
{
	uint32_t n = (uint32_t)b->n;

	b->begins[b->n] = b->records.len;
	wm__stream_put_fds(link->stream, WM__FRAME_BATCH, &n, sizeof(n), b->fds,
	    b->n);
	for (size_t i = 0; i < b->n; i++) {
		struct wm_conn *c = b->conns[i];

		wm__stream_put(link->stream, WM__FRAME_RECORD,
		    b->records.data + b->begins[i],
		    b->begins[i + 1] - b->begins[i], NULL, 0);
		wm__conn_hold(c);
		link->unanswered[link->n_unanswered++] =
		    (struct wm__unanswered){ .conn = c,
			    .told =
				c->output != NULL ? c->output->buf.len : 0 };
	}
	link->batches++;
}

/* The next batch of this pass. False when there is nothing more to send. */
static bool
give_batch(struct wm__link *link)
{
	struct batch b = { .n = 0 };

	while (b.n < WM__HANDOVER_BATCH && link->at < link->n_ids) {
		struct wm_conn *c =
		    wm_conn_find(give_proc(link), link->ids[link->at++]);

		if (c != NULL && !c->asleep && !c->stays)
			give_add(link, &b, c);
	}
	if (b.n > 0)
		give_send(link, &b);
	wm_buf_fini(&b.records);
	return b.n > 0;
}

/* ---- passes ---- */

static void
give_collect_id(struct wm_conn *c, void *arg)
{
	struct wm__link *link = arg;

	link->ids[link->n_ids++] = c->id;
}

/* Notes which connections there are. */
static void
give_collect(struct wm__link *link)
{
	struct wm_proc *p = give_proc(link);

	free(link->ids);
	link->n_ids = link->at = 0;
	link->again = false;
	link->ids = calloc(p->conns.count + 1, sizeof(*link->ids));
	if (link->ids != NULL)
		wm_proc_each_conn(p, give_collect_id, link);
}

/* From now on the others drain, too. */
static void
give_over(struct wm__link *link)
{
	link->moves = false;
	give_proc(link)->handing = false;
	wm__timer_stop(link->timer);
}

/* What this process read and published is with the taker: the inbox is its. */
static void
give_end(struct wm__link *link)
{
	if (link->ended)
		return;
	link->ended = true;
	if (link->foreign)
		return;
	wm__handover_read(link->handover, false);
	wm__stream_put(link->stream, WM__FRAME_END, NULL, 0, NULL, 0);
	wm__handover_yield(link->handover);
}

static void
give_go_on(struct wm__link *link)
{
	while (link->moves && link->batches < WM__HANDOVER_WINDOW &&
	    give_batch(link))
		;
	if (!link->moves || link->at >= link->n_ids) {
		give_end(link);
		if (link->moves && link->again && wm__clock_ms() < link->until)
			wm__timer_start(link->timer, WM__HANDOVER_AGAIN);
		else if (link->batches == 0)
			give_over(link);
	}
	wm__stream_flush(link->stream);
}

/* Another look at what could not move before. */
static void
give_again(void *arg)
{
	struct wm__link *link = arg;

	if (link->batches > 0)
		return; /* the answer goes on */
	give_collect(link);
	give_go_on(link);
}

static void
give_worker(struct wm__link *link)
{
	struct wm_proc *p = give_proc(link);
	struct wm_buf out = WM_BUF_INIT;
	struct wm_freezer f = { &out };
	struct wm__outer outer =
	    wm__running_begin(WM__RUNNING_WORKER_FREEZE, 0);

	if (p->row->on_worker_freeze != NULL && !link->foreign) {
		p->row->on_worker_freeze(p, &f);
		if (!out.failed)
			wm__stream_put(link->stream, WM__FRAME_WORKER, out.data,
			    out.len, NULL, 0);
	}
	wm__running_end(outer);
	wm_buf_fini(&out);
}

void
wm__give_begin(struct wm__link *link)
{
	struct wm_proc *p = give_proc(link);

	link->until = wm__clock_ms() + WM__HANDOVER_MS;
	link->timer = wm__timer_new(p->loop, give_again, link);
	if (link->timer == NULL)
		link->moves = false;
	p->handing = link->moves;
	if (link->moves) {
		give_worker(link);
		give_collect(link);
	}
	give_go_on(link);
}

/* ---- answers ---- */

/* It goes on here. */
static void
give_keep(const struct wm__unanswered *u)
{
	wm__conn_unhold(u->conn);
	if (u->closes)
		wm_conn_close_reason(u->conn, u->reason);
}

static void
give_answer(const struct wm__unanswered *u, bool taken)
{
	if (taken) {
		wm__conn_moved(u->conn);
		return;
	}
	u->conn->stays = true;
	give_keep(u);
}

void
wm__give_frame(struct wm__link *link, enum wm__frame type, const char *data,
    size_t len)
{
	size_t n = len < link->n_unanswered ? len : link->n_unanswered;

	if (type != WM__FRAME_ANSWER || link->batches == 0)
		return;
	for (size_t i = 0; i < n; i++)
		give_answer(&link->unanswered[i], data[i] == 1);
	link->n_unanswered -= n;
	memmove(link->unanswered, link->unanswered + n,
	    link->n_unanswered * sizeof(*link->unanswered));
	link->batches--;
	give_go_on(link);
}

void
wm__give_end(struct wm__link *link)
{
	size_t n = link->n_unanswered;

	link->n_unanswered = 0;
	link->batches = 0;
	for (size_t i = 0; i < n; i++)
		give_keep(&link->unanswered[i]);
	give_over(link);
}

/* ---- while they are on their way ---- */

static struct wm__unanswered *
give_find(struct wm_conn *c, struct wm__link **link_r)
{
	struct wm__worker *w = (struct wm__worker *)c->service->proc;
	struct wm__link *link;

	LIST_FOREACH(link, &w->handover->links, next)
		for (size_t i = 0; i < link->n_unanswered; i++)
			if (link->unanswered[i].conn == c) {
				*link_r = link;
				return &link->unanswered[i];
			}
	return NULL;
}

void
wm__give_out(struct wm_conn *c)
{
	struct wm__link *link;
	struct wm__unanswered *u = give_find(c, &link);
	const struct wm_buf *out = &c->output->buf;

	if (u == NULL || out->len <= u->told)
		return;
	wm__stream_put(link->stream, WM__FRAME_DATA, &c->id, sizeof(c->id),
	    out->data + u->told, out->len - u->told);
	wm__stream_flush(link->stream);
	u->told = out->len;
}

void
wm__give_close(struct wm_conn *c, enum wm_close_reason reason)
{
	struct wm__link *link;
	struct wm__unanswered *u = give_find(c, &link);
	struct {
		uint64_t id;
		uint64_t reason;
	} frame = { c->id, reason };

	if (u == NULL || u->closes)
		return;
	u->closes = true;
	u->reason = (uint8_t)reason;
	if (c->output != NULL)
		wm__give_out(c);
	wm__stream_put(link->stream, WM__FRAME_CLOSE, &frame, sizeof(frame),
	    NULL, 0);
	wm__stream_flush(link->stream);
}
