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

#define GIVE_BATCH_BYTES (4u << 20) /* of records: then it is full */
#define GIVE_DATA_BYTES  (1u << 20) /* of output in a frame */
#define GIVE_PATIENCE_MS 1000

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

/* What on_freeze must leave alone. */
static size_t
give_told(const struct wm_conn *c)
{
	return c->output != NULL ? c->output->buf.len : 0;
}

/* Appends the record of a connection. Returns as wm__conn_freeze() does. */
static int
give_record(const struct wm__link *link, struct wm_conn *c, struct wm_buf *out)
{
	struct wm_freezer f = { out };
	size_t before = out->len, told = give_told(c);
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
	if (error < 0)
		return error == WM_E_BUSY ? WM_E_BUSY : WM_E_UNSUPPORTED;
	if (!out->failed && c->life == WM__OPEN && !c->queued &&
	    give_told(c) == told && out->len - before <= WM__STREAM_FRAME)
		return 0;
	wm__conn_tell_moved(c, false);
	return out->failed ? WM_E_NOMEM : WM_E_UNSUPPORTED;
}

/* ---- batches ---- */

struct batch {
	struct wm_buf records;
	size_t begins[WM__HANDOVER_BATCH + 1];
	int fds[WM__HANDOVER_BATCH];
	size_t n;
};

/* From here on it is on its way, whatever is done to it before all of the
   batch is in the stream. */
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
	b->fds[b->n++] = wm__conn_fd(c);
	wm__conn_hold(c);
	link->unanswered[link->n_unanswered++] =
	    (struct wm__unanswered){ .conn = c, .told = give_told(c) };
}

/* What the application has sent since; not what was published. */
static void
give_tell_output(struct wm__link *link, struct wm__unanswered *u)
{
	const struct wm_conn *c = u->conn;

	if (!u->sent || link->handover->spreads)
		return;
	while (u->told < give_told(c)) {
		size_t n = give_told(c) - u->told;

		n = n < GIVE_DATA_BYTES ? n : GIVE_DATA_BYTES;
		wm__stream_put(link->stream, WM__FRAME_DATA, &c->id,
		    sizeof(c->id), c->output->buf.data + u->told, n);
		u->told += n;
	}
}

/* What happened to it behind its record. */
static void
give_follow(struct wm__link *link, struct wm__unanswered *u)
{
	const uint64_t frame[2] = { u->conn->id, u->reason };

	u->sent = true;
	give_tell_output(link, u);
	if (u->closes)
		wm__stream_put(link->stream, WM__FRAME_CLOSE, frame,
		    sizeof(frame), NULL, 0);
}

static void
give_send(struct wm__link *link, struct batch *b)
{
	const struct wm__batch head = { link->heard, b->n };

	link->said = link->heard;
	b->begins[b->n] = b->records.len;
	wm__stream_put_fds(link->stream, WM__FRAME_BATCH, &head, sizeof(head),
	    b->fds, b->n);
	for (size_t i = 0; i < b->n; i++)
		wm__stream_put(link->stream, WM__FRAME_RECORD,
		    b->records.data + b->begins[i],
		    b->begins[i + 1] - b->begins[i], NULL, 0);
	for (size_t i = link->n_unanswered - b->n; i < link->n_unanswered; i++)
		give_follow(link, &link->unanswered[i]);
	link->batches++;
}

/* The next batch of this pass. False when there is nothing more to send. */
static bool
give_batch(struct wm__link *link)
{
	struct batch b = { .n = 0 };

	while (b.n < WM__HANDOVER_BATCH && b.records.len < GIVE_BATCH_BYTES &&
	    link->at < link->n_ids) {
		struct wm_conn *c =
		    wm_conn_find(give_proc(link), link->ids[link->at++]);

		if (c == NULL || c->stays)
			continue;
		if (c->asleep) /* it is only just arriving */
			link->again = !c->moving || link->again;
		else
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

void
wm__give_over(struct wm__link *link)
{
	link->moves = false;
	if (link->timer != NULL)
		wm__timer_stop(link->timer);
	if (!link->done)
		wm__stream_put(link->stream, WM__FRAME_DONE, NULL, 0, NULL, 0);
	link->done = true;
	wm__handover_update(link->handover);
}

/* What this process read and published is with the taker: the inbox is its. */
void
wm__give_inbox(struct wm__link *link)
{
	struct wm__handover *h = link->handover;

	link->end_due = h->waits; /* another one's messages come first */
	if (link->ended || link->foreign || h->waits)
		return;
	link->ended = true;
	wm__handover_read(h, false);
	wm__stream_put(link->stream, WM__FRAME_END, NULL, 0, NULL, 0);
	wm__stream_flush(link->stream);
	wm__handover_yield(h);
}

/* All there were have been looked at. */
static void
give_passed(struct wm__link *link)
{
	bool again = link->again || wm__handover_expects(link->handover);

	wm__give_inbox(link);
	if (link->moves && link->batches == 0 && again &&
	    wm__clock_ms() < link->until)
		wm__timer_start(link->timer, WM__HANDOVER_AGAIN);
	else if (link->batches == 0)
		wm__give_over(link);
}

/* Whether everything that was said before has left for the other slots, so
   that nothing said later elsewhere overtakes it. */
static bool
give_is_silent(struct wm__link *link)
{
	return wm__channel_flush(give_proc(link)) ||
	    wm__clock_ms() >= link->patience;
}

static void
give_go_on(struct wm__link *link)
{
	wm__conn_turn(give_proc(link)); /* what is due needs not move */
	if (link->moves && !give_is_silent(link)) {
		wm__timer_start(link->timer, WM__HANDOVER_AGAIN);
		link->at = link->n_ids;
		link->again = true;
		return;
	}
	while (link->moves && link->batches < WM__HANDOVER_WINDOW &&
	    give_batch(link))
		;
	if (!link->moves || link->at >= link->n_ids)
		give_passed(link);
	if (link->moves && link->batches > 0)
		wm__timer_start(link->timer, WM__HANDOVER_MS);
	wm__channel_flush(give_proc(link));
	wm__stream_flush(link->stream);
}

/* Another look at what could not move before; or no answer came. */
static void
give_again(void *arg)
{
	struct wm__link *link = arg;

	int64_t left = link->until - wm__clock_ms();

	if (link->batches > 0) { /* the answer goes on */
		if (left <= 0)
			wm__give_over(link);
		else
			wm__timer_start(link->timer, (uint64_t)left);
		return;
	}
	if (link->said != link->heard)
		wm__stream_put(link->stream, WM__FRAME_HEARD, &link->heard,
		    sizeof(link->heard), NULL, 0);
	link->said = link->heard;
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
		if (out.failed || out.len > WM__STREAM_FRAME)
			wm_log(WM_LOG_ERROR,
			    "on_worker_freeze: more than can be sent");
		else
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
	link->patience = wm__clock_ms() + GIVE_PATIENCE_MS;
	link->timer = wm__timer_new(p->loop, give_again, link);
	if (link->timer == NULL)
		link->moves = false;
	wm__handover_update(link->handover);
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
give_answer(struct wm__link *link, struct wm__unanswered *u, bool taken)
{
	if (taken) {
		give_tell_output(link, u);
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
		give_answer(link, &link->unanswered[i], data[i] == 1);
	link->n_unanswered -= n;
	memmove(link->unanswered, link->unanswered + n,
	    link->n_unanswered * sizeof(*link->unanswered));
	link->batches--;
	link->until = wm__clock_ms() + WM__HANDOVER_MS;
	give_go_on(link);
}

void
wm__give_end(struct wm__link *link)
{
	size_t n = link->n_unanswered;

	link->moves = false;
	link->n_unanswered = 0;
	link->batches = 0;
	for (size_t i = 0; i < n; i++)
		give_keep(&link->unanswered[i]);
	if (link->timer != NULL)
		wm__timer_stop(link->timer);
}

/* ---- while they are on their way ---- */

void
wm__give_before(struct wm__link *link)
{
	for (size_t i = 0; i < link->n_unanswered; i++)
		give_tell_output(link, &link->unanswered[i]);
}

void
wm__give_after(struct wm__link *link)
{
	for (size_t i = 0; i < link->n_unanswered; i++)
		link->unanswered[i].told = give_told(link->unanswered[i].conn);
}

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

	if (u == NULL)
		return;
	give_tell_output(link, u);
	wm__stream_flush(link->stream);
}

void
wm__give_close(struct wm_conn *c, enum wm_close_reason reason)
{
	struct wm__link *link;
	struct wm__unanswered *u = give_find(c, &link);

	if (u == NULL || u->closes)
		return;
	u->closes = true;
	u->reason = (uint8_t)reason;
	if (!u->sent)
		return;
	give_follow(link, u);
	wm__stream_flush(link->stream);
}

void
wm__give_change(struct wm_conn *c, enum wm__moving_change change,
    const char *topic)
{
	struct wm__link *link;
	struct wm__unanswered *u = give_find(c, &link);
	const uint64_t head[2] = { c->id, change };

	if (u == NULL || !u->sent)
		return;
	wm__stream_put(link->stream, WM__FRAME_CHANGE, head, sizeof(head),
	    topic != NULL ? topic : "", topic != NULL ? strlen(topic) + 1 : 1);
	wm__stream_flush(link->stream);
}
