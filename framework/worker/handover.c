/* SPDX-License-Identifier: MIT */
/*
 * The links to other processes of the slot: see handover.h. What goes over
 * them is give.c's and take.c's; who reads the inbox, and passing published
 * messages on, is here.
 */
#include "config.h"

#include <stdlib.h>

#include "framework/base/fd.h"
#include "framework/channel/channel.h"
#include "framework/channel/record.h"
#include "framework/net/drain.h"
#include "framework/net/freeze.h"
#include "framework/net/listener.h"
#include "framework/worker/link.h"

#define HANDOVER_QUEUE     (16u << 20) /* bytes for a slow process */
#define HANDOVER_FINISH_MS 1000

static struct wm_proc *
handover_proc(const struct wm__handover *h)
{
	return &h->worker->proc;
}

void
wm__handover_read(struct wm__handover *h, bool on)
{
	if (h->reads == on)
		return;
	h->reads = on;
	wm__channel_read(handover_proc(h), on);
}

void
wm__handover_yield(struct wm__handover *h)
{
	wm__handover_read(h, false);
	h->yielded(h->arg);
}

void
wm__handover_update(struct wm__handover *h)
{
	struct wm_proc *p = handover_proc(h);
	bool before = p->handing;
	struct wm__link *link;

	p->handing = h->hopes && !h->quit;
	LIST_FOREACH(link, &h->links, next)
		if (link->gives && link->moves && !link->dead && !h->quit)
			p->handing = true;
	if (before && !p->handing)
		wm__drain_again(p);
}

static bool
handover_is_predecessor(const struct wm__link *link)
{
	return !link->gives && !link->foreign && !link->dead;
}

bool
wm__handover_expects(const struct wm__handover *h)
{
	const struct wm__link *link;

	LIST_FOREACH(link, &h->links, next)
		if (!link->gives && !link->dead && !link->done)
			return true;
	return false;
}

bool
wm__handover_is_idle(const struct wm__handover *h)
{
	const struct wm__link *link;

	LIST_FOREACH(link, &h->links, next)
		if (handover_is_predecessor(link) && !h->quit)
			return false;
	return true;
}

void
wm__handover_inherit(struct wm__handover *h)
{
	struct wm__link *link;

	h->waits = false;
	LIST_FOREACH(link, &h->links, next)
		if (link->gives && link->end_due && !link->dead) {
			wm__give_inbox(link);
			return;
		}
	wm__handover_read(h, true);
}

static void
handover_give_up_hope(void *arg)
{
	struct wm__handover *h = arg;

	h->hopes = false;
	wm__handover_update(h);
}

/* ---- published messages ---- */

static void
handover_put(struct wm__link *link, const struct wm_buf *bytes)
{
	struct wm__handover *h = link->handover;

	if (bytes->failed || wm__stream_unsent(link->stream) > HANDOVER_QUEUE) {
		wm__count(&handover_proc(h)->counters->publish_lost, 1);
		return;
	}
	wm__stream_put(link->stream, WM__FRAME_FORWARD, bytes->data, bytes->len,
	    NULL, 0);
	if (!link->gives)
		wm__take_log(link, bytes);
	wm__timer_start(h->flush, 0);
}

/* To every process of the slot but the one that it came from. */
static void
handover_pass(struct wm__handover *h, const struct wm__record *r,
    const struct wm__link *from)
{
	struct wm_buf bytes = WM_BUF_INIT;
	struct wm__link *link;

	LIST_FOREACH(link, &h->links, next) {
		if (link->gives)
			wm__give_before(link);
		if (link == from || link->foreign || link->dead)
			continue;
		if (bytes.len == 0)
			wm__record_put(&bytes, r);
		handover_put(link, &bytes);
	}
	h->spreads = true;
	wm_buf_fini(&bytes);
}

static void
handover_forward(void *arg, const struct wm__record *r)
{
	struct wm__handover *h = arg;

	if (!LIST_EMPTY(&h->links))
		handover_pass(h, r, NULL);
}

static void
handover_delivered(void *arg)
{
	struct wm__handover *h = arg;
	struct wm__link *link;

	h->spreads = false;
	LIST_FOREACH(link, &h->links, next)
		if (link->gives)
			wm__give_after(link);
}

/* From another process of the slot. */
static void
handover_receive(struct wm__link *link, const char *data, size_t len)
{
	struct wm__record r;
	size_t pos = 0;

	link->heard++;
	if (wm__record_get(data, len, &pos, &r) <= 0)
		return;
	handover_pass(link->handover, &r, link);
	wm__channel_deliver(handover_proc(link->handover), &r);
}

static void
handover_flush(void *arg)
{
	struct wm__handover *h = arg;
	struct wm__link *link;

	LIST_FOREACH(link, &h->links, next) {
		wm__stream_flush(link->stream);
		if (!link->gives && wm__stream_unsent(link->stream) == 0)
			wm__take_serve(link); /* the answer has left, too */
	}
}

/* ---- links ---- */

static void
link_free(struct wm__link *link)
{
	LIST_REMOVE(link, next);
	wm__stream_free(&link->stream);
	wm__timer_free(&link->timer);
	wm_buf_fini(&link->log);
	free(link->ids);
	free(link);
}

static void
link_on_frame(void *arg, enum wm__frame type, const char *data, size_t len)
{
	struct wm__link *link = arg;

	if (type == WM__FRAME_FORWARD)
		handover_receive(link, data, len);
	else if (link->gives)
		wm__give_frame(link, type, data, len);
	else
		wm__take_frame(link, type, data, len);
}

static void
link_on_flushed(void *arg)
{
	struct wm__link *link = arg;

	if (!link->gives)
		wm__take_serve(link);
}

static bool
handover_has_taker(const struct wm__handover *h)
{
	const struct wm__link *link;

	LIST_FOREACH(link, &h->links, next)
		if (link->gives && link->moves && !link->dead)
			return true;
	return false;
}

/* The taker is gone. The master starts another one, or has. */
static void
link_hope(struct wm__link *link)
{
	struct wm__handover *h = link->handover;
	bool moved = link->moves || link->n_unanswered > 0;

	link->dead = true;
	wm__give_end(link);
	if (moved && !link->foreign && !h->quit && !handover_has_taker(h)) {
		h->hopes = true;
		wm__timer_start(h->hope, WM__HANDOVER_MS);
	}
	wm__handover_update(h);
}

/* The giver is gone, and what it had not heard of is nobody's but ours. */
static void
link_succeed(struct wm__link *link)
{
	struct wm__handover *h = link->handover;

	if (wm__stream_finish(link->stream, HANDOVER_FINISH_MS))
		wm__take_serve(link);
	else
		wm__take_drop(link);
	link->dead = true;
	if (h->waits && !link->foreign)
		wm__handover_inherit(h);
	wm__worker_may_end(h->worker);
}

/* The other process is gone. The link is freed later: its stream is in use. */
static void
link_on_end(void *arg)
{
	struct wm__link *link = arg;

	if (link->gives)
		link_hope(link);
	else
		link_succeed(link);
	wm__timer_start(link->handover->reap, 0);
}

static void
handover_reap(void *arg)
{
	struct wm__handover *h = arg;
	struct wm__link *link, *next;

	for (link = LIST_FIRST(&h->links); link != NULL; link = next) {
		next = LIST_NEXT(link, next);
		if (link->dead)
			link_free(link);
	}
}

static struct wm__link *
link_new(struct wm__handover *h, int fd, const struct wm__ipc_link *ipc)
{
	static const struct wm__stream_events events = { link_on_frame,
		link_on_flushed, link_on_end };
	struct wm__link *link = calloc(1, sizeof(*link));

	if (link == NULL) {
		wm__fd_close(&fd);
		return NULL;
	}
	link->handover = h;
	link->foreign = ipc->foreign != 0;
	link->moves = ipc->moves != 0 && !h->quit;
	link->log_from = 1;
	link->stream =
	    wm__stream_new(handover_proc(h)->loop, fd, &events, link);
	if (link->stream == NULL) {
		free(link);
		return NULL;
	}
	LIST_INSERT_HEAD(&h->links, link, next);
	return link;
}

void
wm__handover_take(struct wm__handover *h, int fd,
    const struct wm__ipc_link *ipc)
{
	struct wm__link *link = link_new(h, fd, ipc);

	if (ipc->foreign)
		return;
	h->waits = link != NULL && ipc->waits != 0;
}

void
wm__handover_give(struct wm__handover *h, int fd,
    const struct wm__ipc_link *ipc)
{
	struct wm__link *link = link_new(h, fd, ipc);

	if (link == NULL)
		return;
	link->gives = true;
	wm__timer_stop(h->hope);
	h->hopes = false;
	wm__listener_close_all(handover_proc(h)); /* what comes now is its */
	wm__give_begin(link);
}

void
wm__handover_keep(struct wm__handover *h, uint64_t conn)
{
	struct wm_conn *c = wm_conn_find(handover_proc(h), conn);

	if (c != NULL)
		c->stays = true;
}

void
wm__handover_accept(struct wm__handover *h)
{
	if (!h->waits)
		wm__handover_read(h, true);
}

void
wm__handover_leave(struct wm__handover *h)
{
	struct wm__link *link;

	h->leaving = true;
	LIST_FOREACH(link, &h->links, next)
		if (link->gives && !link->dead && !link->foreign)
			return; /* it yields when it has given */
	LIST_FOREACH(link, &h->links, next)
		if (link->gives && link->foreign)
			return; /* nobody else reads its inbox */
	wm__handover_yield(h);
}

void
wm__handover_quit(struct wm__handover *h)
{
	struct wm__link *link;

	h->quit = true;
	h->hopes = false;
	wm__timer_stop(h->hope);
	LIST_FOREACH(link, &h->links, next)
		if (link->gives && !link->dead)
			wm__give_over(link);
	handover_proc(h)->handing = false;
}

/* Whatever left is the other side's, should it still want it. */
static void
handover_settle_giver(struct wm__link *link, bool left)
{
	for (size_t i = 0; i < link->n_unanswered; i++)
		if (left)
			wm__conn_moved(link->unanswered[i].conn);
		else
			wm__conn_unhold(link->unanswered[i].conn);
	link->n_unanswered = 0;
}

void
wm__handover_settle(struct wm__handover *h)
{
	struct wm__link *link;
	bool left;

	LIST_FOREACH(link, &h->links, next) {
		if (link->dead)
			continue;
		left = wm__stream_finish(link->stream, HANDOVER_FINISH_MS);
		if (link->gives)
			handover_settle_giver(link, left);
		else if (left)
			wm__take_serve(link);
		else
			wm__take_drop(link);
	}
}

struct wm__handover *
wm__handover_new(struct wm__worker *w, void (*yielded)(void *arg), void *arg)
{
	static const struct wm__channel_events events = { handover_forward,
		handover_delivered };
	struct wm__handover *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->worker = w;
	h->yielded = yielded;
	h->arg = arg;
	LIST_INIT(&h->links);
	wm__channel_set_events(&w->proc, &events, h);
	h->flush = wm__timer_new(w->proc.loop, handover_flush, h);
	h->reap = wm__timer_new(w->proc.loop, handover_reap, h);
	h->hope = wm__timer_new(w->proc.loop, handover_give_up_hope, h);
	if (h->flush == NULL || h->reap == NULL || h->hope == NULL) {
		wm__handover_free(&h);
		return NULL;
	}
	w->proc.moving_out = wm__give_out;
	w->proc.moving_close = wm__give_close;
	w->proc.moving_change = wm__give_change;
	return h;
}

void
wm__handover_free(struct wm__handover **handover)
{
	struct wm__handover *h = *handover;
	struct wm__link *link;

	*handover = NULL;
	if (h == NULL)
		return;
	wm__channel_set_events(handover_proc(h), NULL, NULL);
	while ((link = LIST_FIRST(&h->links)) != NULL) {
		if (!link->dead)
			wm__stream_finish(link->stream, HANDOVER_FINISH_MS);
		link_free(link);
	}
	wm__timer_free(&h->flush);
	wm__timer_free(&h->reap);
	wm__timer_free(&h->hope);
	free(h);
}
