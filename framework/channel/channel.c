/* SPDX-License-Identifier: MIT */
/*
 * Publish and subscribe of <workerman/channel.h>: arguments are judged here,
 * then topics.c and inbox.c do the work.
 */
#include "config.h"

#include <stdlib.h>

#include "framework/channel/channel.h"
#include "framework/channel/inbox.h"
#include "framework/channel/topics.h"
#include "framework/net/conn.h"

struct wm__channel {
	struct wm__topics topics;
	struct wm__inbox *inbox;
	const struct wm__channel_events *events; /* or null */
	void *events_arg;
};

/* To the subscribers here. */
static void
channel_deliver(struct wm__channel *channel, const struct wm__record *r)
{
	wm__topics_deliver(&channel->topics, r);
	if (channel->events != NULL)
		channel->events->delivered(channel->events_arg);
	wm__topics_call(&channel->topics, r);
}

/* To the other processes of the slot, too. */
static void
channel_spread(struct wm__channel *channel, const struct wm__record *r)
{
	if (channel->events != NULL)
		channel->events->forward(channel->events_arg, r);
	channel_deliver(channel, r);
}

static void
channel_arrived(void *arg, const struct wm__record *r)
{
	struct wm__channel *channel = arg;

	channel_spread(channel, r);
}

static void
channel_turn(struct wm_proc *p)
{
	wm__inbox_flush(p->channel->inbox);
}

static void
channel_conn_ends(struct wm_conn *c)
{
	if (c->subscriptions != NULL)
		wm__topics_forget(&c->service->proc->channel->topics, c);
}

int
wm__channel_init(struct wm_proc *p)
{
	struct wm__channel *channel = calloc(1, sizeof(*channel));

	if (channel != NULL)
		channel->inbox = wm__inbox_new(p, channel_arrived, channel);
	if (channel == NULL || channel->inbox == NULL) {
		free(channel);
		return WM_E_NOMEM;
	}
	channel->topics.proc = p;
	p->channel = channel;
	p->turn_hook = channel_turn;
	p->conn_hook = channel_conn_ends;
	return 0;
}

void
wm__channel_fini(struct wm_proc *p)
{
	struct wm__channel *channel = p->channel;

	if (channel == NULL)
		return;
	wm__inbox_flush(channel->inbox);
	for (size_t i = 0; i < p->conns.size; i++)
		if (p->conns.slots[i] != NULL)
			channel_conn_ends(p->conns.slots[i]);
	wm__topics_fini(&channel->topics);
	wm__inbox_free(&channel->inbox);
	p->turn_hook = NULL;
	p->conn_hook = NULL;
	p->channel = NULL;
	free(channel);
}

int
wm__channel_set_inbox(struct wm_proc *p, int fd)
{
	return wm__inbox_read_from(p->channel->inbox, fd);
}

int
wm__channel_add_peer(struct wm_proc *p, uint32_t id, int fd)
{
	return wm__inbox_add_peer(p->channel->inbox, id, fd);
}

void
wm__channel_forget(struct wm_proc *p, uint32_t id)
{
	wm__inbox_forget(p->channel->inbox, id);
}

void
wm__channel_read(struct wm_proc *p, bool on)
{
	wm__inbox_read(p->channel->inbox, on);
}

bool
wm__channel_flush(struct wm_proc *p)
{
	wm__inbox_flush(p->channel->inbox);
	return wm__inbox_is_flushed(p->channel->inbox);
}

void
wm__channel_set_events(struct wm_proc *p,
    const struct wm__channel_events *events, void *arg)
{
	p->channel->events = events;
	p->channel->events_arg = arg;
}

void
wm__channel_deliver(struct wm_proc *p, const struct wm__record *r)
{
	channel_deliver(p->channel, r);
}

void
wm__channel_deliver_to(struct wm_conn *c, const struct wm__record *r)
{
	if (c->subscriptions != NULL)
		wm__topics_deliver_to(&c->service->proc->channel->topics, c, r);
}

void
wm__channel_topics(struct wm_conn *c, void (*fn)(void *arg, const char *topic),
    void *arg)
{
	if (c->subscriptions != NULL)
		wm__topics_of(c, fn, arg);
}

static bool
channel_topic_is_valid(const char *topic)
{
	return topic != NULL && *topic != '\0' && strlen(topic) <= WM_TOPIC_MAX;
}

int
wm_subscribe(struct wm_conn *c, const char *topic)
{
	struct wm_proc *p = c->service->proc;

	if (!channel_topic_is_valid(topic) || p->channel == NULL)
		return WM_E_INVALID;
	if (c->life != WM__OPEN)
		return WM_E_CLOSED;
	if (c->moving)
		p->moving_change(c, WM__MOVING_SUBSCRIBES, topic);
	return wm__topics_subscribe(&p->channel->topics, c, topic);
}

int
wm_unsubscribe(struct wm_conn *c, const char *topic)
{
	struct wm_proc *p = c->service->proc;

	if (!channel_topic_is_valid(topic) || p->channel == NULL)
		return WM_E_NOT_FOUND;
	if (c->moving)
		p->moving_change(c, WM__MOVING_UNSUBSCRIBES, topic);
	return wm__topics_unsubscribe(&p->channel->topics, c, topic);
}

int
wm_publish(struct wm_proc *p, const char *topic, const void *data, size_t len,
    unsigned flags)
{
	struct wm__record r = { topic, data, len, flags };
	int error;

	if (!channel_topic_is_valid(topic) || p->channel == NULL)
		return WM_E_INVALID;
	if (len > WM__MESSAGE_MAX)
		return WM_E_TOO_BIG;
	error = wm__inbox_post(p->channel->inbox, &r);
	if (error < 0)
		return error;
	wm__loop_again(p->loop);
	wm__count(&p->counters->published, 1);
	channel_spread(p->channel, &r);
	return 0;
}

int
wm_channel_listen(struct wm_proc *p, const char *topic, wm_channel_fn *fn,
    void *arg)
{
	if (!channel_topic_is_valid(topic) || p->channel == NULL)
		return WM_E_INVALID;
	return wm__topics_listen(&p->channel->topics, topic, fn, arg);
}

size_t
wm_channel_count(struct wm_proc *p, const char *topic)
{
	return channel_topic_is_valid(topic) && p->channel != NULL ?
	    wm__topics_count(&p->channel->topics, topic) :
	    0;
}
