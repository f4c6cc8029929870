/* SPDX-License-Identifier: MIT */
/*
 * The taker's side of a link: connections are made from records, answered,
 * and only then served; nothing touches a descriptor before the answer has
 * left, because without it the giver will.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/channel.h>
#include <workerman/log.h>

#include "framework/base/running.h"
#include "framework/channel/channel.h"
#include "framework/channel/record.h"
#include "framework/net/freeze.h"
#include "framework/worker/link.h"

#define TAKE_LOG_BYTES (8u << 20)

static struct wm_proc *
take_proc(const struct wm__link *link)
{
	return &link->handover->worker->proc;
}

/* ---- a record ---- */

static int
take_topics(struct wm_conn *c, struct wm_thawer *t)
{
	uint64_t n = wm_thaw_number(t);
	int error = 0;

	for (uint64_t i = 0; i < n && wm_thaw_ok(t) && error == 0; i++)
		error = wm_subscribe(c, wm_thaw_string(t));
	return error;
}

/* What was published while it was on its way. */
static int
take_missed(const struct wm__link *link, struct wm_conn *c)
{
	uint64_t number = link->log_from;
	struct wm__record r;
	size_t pos = 0;

	if (c->subscriptions == NULL)
		return 0;
	if (link->batch_heard + 1 < link->log_from)
		return WM_E_FULL; /* the log does not go so far back */
	while (wm__record_get(link->log.data, link->log.len, &pos, &r) > 0)
		if (number++ > link->batch_heard)
			wm__channel_deliver_to(c, &r);
	return 0;
}

static int
take_application(struct wm_conn *c, struct wm_thawer *t)
{
	const struct wm_worker *row = c->service->proc->row;
	struct wm_thawer own = wm__thaw_open(t);
	struct wm__outer outer;
	int error;

	if (!c->announced || (own.len == 0 && row->conn_data_size == 0))
		return 0;
	if (row->on_thaw == NULL)
		return WM_E_UNSUPPORTED;
	outer = wm__running_begin(WM__RUNNING_THAW, c->id);
	error = row->on_thaw(c, &own);
	wm__running_end(outer);
	return error == 0 && !wm_thaw_ok(&own) ? WM_E_PROTOCOL : error;
}

/* The connection of a record on fd; null when it cannot be had. */
static struct wm_conn *
take_record(struct wm__link *link, int fd, const char *data, size_t len)
{
	struct wm__worker *w = link->handover->worker;
	const struct wm__thaw thaw = { &w->proc, w->services, WM__SERVICES_MAX,
		w->app->protocols, w->app->handlers };
	struct wm_thawer t = { .data = data, .len = len };
	const char *why = "";
	struct wm_conn *c = wm__conn_thaw(&thaw, fd, &t, &why);

	if (c != NULL &&
	    (take_topics(c, &t) < 0 || !wm_thaw_ok(&t) ||
		take_missed(link, c) < 0 || take_application(c, &t) < 0)) {
		wm__conn_unmake(c);
		c = NULL;
	}
	return c;
}

static void
take_one(struct wm__link *link, const char *data, size_t len)
{
	int fd = wm__stream_take_fd(link->stream);
	struct wm_conn *c = fd >= 0 ? take_record(link, fd, data, len) : NULL;

	link->answers[link->n_taken++] = c != NULL;
	if (c != NULL)
		link->taken[link->n_waiting++] = c->id;
	else if (fd >= 0)
		close(fd); /* a copy: the giver has its own */
}

/* ---- batches ---- */

/* The giver has heard so many. */
static void
take_forget(struct wm__link *link, uint64_t heard)
{
	struct wm__record r;
	size_t pos = 0;

	while (link->log_from <= heard &&
	    wm__record_get(link->log.data, link->log.len, &pos, &r) > 0)
		link->log_from++;
	wm_buf_consume(&link->log, pos);
}

void
wm__take_serve(struct wm__link *link)
{
	size_t n = link->n_waiting;

	link->n_waiting = 0;
	for (size_t i = 0; i < n; i++) {
		struct wm_conn *c =
		    wm_conn_find(take_proc(link), link->taken[i]);

		if (c != NULL)
			wm__conn_go(c);
	}
}

static void
take_answer(struct wm__link *link)
{
	wm__stream_next_batch(link->stream);
	wm__stream_put(link->stream, WM__FRAME_ANSWER, link->answers,
	    link->n_taken, NULL, 0);
	link->n_taken = 0;
	wm__stream_flush(link->stream);
	if (wm__stream_unsent(link->stream) == 0)
		wm__take_serve(link);
}

void
wm__take_drop(struct wm__link *link)
{
	for (size_t i = 0; i < link->n_waiting; i++) {
		struct wm_conn *c =
		    wm_conn_find(take_proc(link), link->taken[i]);

		if (c != NULL)
			wm__conn_moved(c); /* back to where it was */
	}
	link->n_waiting = 0;
}

static void
take_batch(struct wm__link *link, const char *data, size_t len)
{
	struct wm__batch batch = { 0, 0 };

	if (len == sizeof(batch))
		memcpy(&batch, data, sizeof(batch));
	link->expected = batch.n <= WM__HANDOVER_BATCH ? (size_t)batch.n : 0;
	link->batch_heard = batch.heard;
	take_forget(link, batch.heard);
}

/* ---- the log ---- */

void
wm__take_log(struct wm__link *link, const struct wm_buf *record)
{
	link->forwarded++;
	if (link->done)
		return;
	if (link->log.len + record->len <= TAKE_LOG_BYTES)
		wm_buf_put(&link->log, record->data, record->len);
	else
		link->log.failed = true;
	if (!link->log.failed)
		return;
	wm_buf_fini(&link->log); /* who missed some of it stays there */
	link->log_from = link->forwarded + 1;
}

/* ---- for a connection that has moved ---- */

/* The connection whose id a frame begins with; null: not here. */
static struct wm_conn *
take_find(struct wm__link *link, const char *data, size_t len)
{
	uint64_t id;

	if (len < sizeof(id))
		return NULL;
	memcpy(&id, data, sizeof(id));
	return wm_conn_find(take_proc(link), id);
}

static void
take_data(struct wm__link *link, const char *data, size_t len)
{
	struct wm_conn *c = take_find(link, data, len);

	if (c != NULL)
		wm__conn_append(c, data + sizeof(uint64_t),
		    len - sizeof(uint64_t));
}

static void
take_close(struct wm__link *link, const char *data, size_t len)
{
	struct wm_conn *c = take_find(link, data, len);
	uint64_t reason;

	if (c == NULL || len != 2 * sizeof(reason))
		return;
	memcpy(&reason, data + sizeof(reason), sizeof(reason));
	wm_conn_close_reason(c,
	    reason < WM_CLOSE_REASONS ? (enum wm_close_reason)reason :
					WM_CLOSE_APPLICATION);
}

static void
take_change(struct wm__link *link, const char *data, size_t len)
{
	struct wm_conn *c = take_find(link, data, len);
	const char *topic = data + 2 * sizeof(uint64_t);
	uint64_t change;

	if (c == NULL || len <= 2 * sizeof(change) || data[len - 1] != '\0')
		return;
	memcpy(&change, data + sizeof(change), sizeof(change));
	switch ((enum wm__moving_change)change) {
	case WM__MOVING_SUBSCRIBES:
		wm_subscribe(c, topic);
		break;
	case WM__MOVING_UNSUBSCRIBES:
		wm_unsubscribe(c, topic);
		break;
	case WM__MOVING_PAUSES:
		wm_conn_pause(c);
		break;
	case WM__MOVING_RESUMES:
		wm_conn_resume(c);
		break;
	}
}

static void
take_worker(struct wm__link *link, const char *data, size_t len)
{
	struct wm_proc *p = take_proc(link);
	struct wm_thawer t = { .data = data, .len = len };
	struct wm__outer outer = wm__running_begin(WM__RUNNING_WORKER_THAW, 0);

	if (p->row->on_worker_thaw != NULL)
		p->row->on_worker_thaw(p, &t);
	wm__running_end(outer);
}

/* No connection follows. */
static void
take_done(struct wm__link *link)
{
	link->done = true;
	wm_buf_fini(&link->log);
}

static void
take_heard(struct wm__link *link, const char *data, size_t len)
{
	uint64_t heard;

	if (len != sizeof(heard))
		return;
	memcpy(&heard, data, sizeof(heard));
	take_forget(link, heard);
}

static void
take_end(struct wm__link *link)
{
	struct wm__handover *h = link->handover;

	if (!link->foreign)
		wm__handover_inherit(h);
}

void
wm__take_frame(struct wm__link *link, enum wm__frame type, const char *data,
    size_t len)
{
	switch (type) {
	case WM__FRAME_WORKER:
		take_worker(link, data, len);
		break;
	case WM__FRAME_BATCH:
		take_batch(link, data, len);
		break;
	case WM__FRAME_RECORD:
		if (link->expected == 0)
			break;
		take_one(link, data, len);
		if (--link->expected == 0)
			take_answer(link);
		break;
	case WM__FRAME_DATA:
		take_data(link, data, len);
		break;
	case WM__FRAME_CLOSE:
		take_close(link, data, len);
		break;
	case WM__FRAME_CHANGE:
		take_change(link, data, len);
		break;
	case WM__FRAME_HEARD:
		take_heard(link, data, len);
		break;
	case WM__FRAME_DONE:
		take_done(link);
		break;
	case WM__FRAME_END:
		take_end(link);
		break;
	default:
		break;
	}
}
