/* SPDX-License-Identifier: MIT */
/*
 * Topics and their subscribers in this process: see topics.h. A topic exists
 * while somebody listens to it.
 */
#include "config.h"

#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "framework/base/hash.h"
#include "framework/base/running.h"
#include "framework/channel/topics.h"
#include "framework/net/conn.h"

#define TOPICS_VARIANTS 8 /* encodings of one message that are shared */

struct subscription {
	struct wm__topic *topic;
	struct wm_conn *conn;
	LIST_ENTRY(subscription) of_topic;
	struct subscription *of_conn; /* next of the same connection */
};

struct wm__topic {
	LIST_HEAD(, subscription) subscriptions;
	size_t count;
	wm_channel_fn *fn; /* the worker's own; null: none */
	void *arg;
	UT_hash_handle hh;
	char name[];
};

/* One encoding of a message. */
struct encoded {
	const struct wm_protocol *protocol;
	unsigned variant;
	struct wm_buf buf;
	int error;
};

/* ---- topics ---- */

static struct wm__topic *
topic_find(struct wm__topics *t, const char *name)
{
	struct wm__topic *topic;

	HASH_FIND_STR(t->by_name, name, topic);
	return topic;
}

static struct wm__topic *
topic_make(struct wm__topics *t, const char *name)
{
	struct wm__topic *topic = topic_find(t, name);
	size_t size = strlen(name) + 1;

	if (topic != NULL)
		return topic;
	topic = calloc(1, sizeof(*topic) + size);
	if (topic == NULL)
		return NULL;
	memcpy(topic->name, name, size);
	LIST_INIT(&topic->subscriptions);
	HASH_ADD_STR(t->by_name, name, topic);
	if (hash_has(topic))
		return topic;
	free(topic);
	return NULL;
}

static void
topic_free_unused(struct wm__topics *t, struct wm__topic *topic)
{
	if (topic->count > 0 || topic->fn != NULL)
		return;
	HASH_DEL(t->by_name, topic);
	free(topic);
}

/* ---- subscriptions ---- */

/* Where a connection's list holds the subscription to `topic`, or ends. */
static struct subscription **
subscription_link(struct wm_conn *c, const struct wm__topic *topic)
{
	struct subscription **link = (struct subscription **)&c->subscriptions;

	while (*link != NULL && (*link)->topic != topic)
		link = &(*link)->of_conn;
	return link;
}

static void
subscription_end(struct wm__topics *t, struct subscription **link)
{
	struct subscription *s = *link;

	*link = s->of_conn;
	LIST_REMOVE(s, of_topic);
	s->topic->count--;
	topic_free_unused(t, s->topic);
	free(s);
}

int
wm__topics_subscribe(struct wm__topics *t, struct wm_conn *c, const char *name)
{
	struct wm__topic *topic = topic_make(t, name);
	struct subscription *s, **link;

	if (topic == NULL)
		return WM_E_NOMEM;
	link = subscription_link(c, topic);
	if (*link != NULL)
		return 0;
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		topic_free_unused(t, topic);
		return WM_E_NOMEM;
	}
	s->topic = topic;
	s->conn = c;
	*link = s;
	LIST_INSERT_HEAD(&topic->subscriptions, s, of_topic);
	topic->count++;
	return 0;
}

int
wm__topics_unsubscribe(struct wm__topics *t, struct wm_conn *c,
    const char *name)
{
	struct wm__topic *topic = topic_find(t, name);
	struct subscription **link;

	if (topic == NULL)
		return WM_E_NOT_FOUND;
	link = subscription_link(c, topic);
	if (*link == NULL)
		return WM_E_NOT_FOUND;
	subscription_end(t, link);
	return 0;
}

void
wm__topics_forget(struct wm__topics *t, struct wm_conn *c)
{
	struct subscription **link = (struct subscription **)&c->subscriptions;

	while (*link != NULL)
		subscription_end(t, link);
}

int
wm__topics_listen(struct wm__topics *t, const char *name, wm_channel_fn *fn,
    void *arg)
{
	struct wm__topic *topic =
	    fn != NULL ? topic_make(t, name) : topic_find(t, name);

	if (topic == NULL)
		return fn != NULL ? WM_E_NOMEM : 0;
	topic->fn = fn;
	topic->arg = arg;
	topic_free_unused(t, topic);
	return 0;
}

size_t
wm__topics_count(struct wm__topics *t, const char *name)
{
	const struct wm__topic *topic = topic_find(t, name);

	return topic != NULL ? topic->count : 0;
}

/* ---- delivery ---- */

/* The bytes for that protocol and variant; null when none can be shared. */
static const struct encoded *
encoded_for(struct encoded *cache, struct wm_conn *c, unsigned variant,
    const struct wm_msg *m)
{
	struct encoded *e = cache;

	while (e < cache + TOPICS_VARIANTS && e->protocol != NULL &&
	    (e->protocol != c->protocol || e->variant != variant))
		e++;
	if (e == cache + TOPICS_VARIANTS)
		return NULL;
	if (e->protocol != NULL)
		return e;
	e->protocol = c->protocol;
	e->variant = variant;
	e->error = c->protocol->encode(c, c->state, m, &e->buf);
	if (e->error == 0 && e->buf.failed)
		e->error = WM_E_NOMEM;
	return e;
}

static void
topic_deliver_one(struct wm_conn *c, const struct wm_msg *m,
    struct encoded *cache)
{
	const struct wm_protocol *p = c->protocol;
	const struct encoded *e = NULL;
	unsigned variant = 0;

	if (c->life != WM__OPEN)
		return;
	if (p->encode != NULL && p->variant != NULL)
		variant = p->variant(c, c->state);
	if (variant != 0)
		e = encoded_for(cache, c, variant, m);
	if (e == NULL)
		wm_conn_send_msg(c, m);
	else if (e->error == 0)
		wm__conn_emit(c, e->buf.data, e->buf.len, m);
}

void
wm__topics_of(struct wm_conn *c, void (*fn)(void *arg, const char *topic),
    void *arg)
{
	for (struct subscription *s = c->subscriptions; s != NULL;
	     s = s->of_conn)
		fn(arg, s->topic->name);
}

void
wm__topics_deliver(struct wm__topics *t, const struct wm__record *r)
{
	struct wm__topic *topic = topic_find(t, r->topic);
	struct encoded cache[TOPICS_VARIANTS] = { { .protocol = NULL } };
	struct wm_msg m = { NULL, r->data, r->len, r->flags | WM_MSG_PUBLISHED,
		NULL };
	struct subscription *s;

	if (topic == NULL)
		return;
	t->proc->publishing = r->topic;
	LIST_FOREACH(s, &topic->subscriptions, of_topic)
		topic_deliver_one(s->conn, &m, cache);
	t->proc->publishing = NULL;
	for (size_t i = 0; i < TOPICS_VARIANTS; i++)
		wm_buf_fini(&cache[i].buf);
}

void
wm__topics_deliver_to(struct wm__topics *t, struct wm_conn *c,
    const struct wm__record *r)
{
	struct wm__topic *topic = topic_find(t, r->topic);
	struct wm_msg m = { NULL, r->data, r->len, r->flags, NULL };

	if (topic != NULL && *subscription_link(c, topic) != NULL &&
	    c->life == WM__OPEN)
		wm_conn_send_msg(c, &m);
}

void
wm__topics_call(struct wm__topics *t, const struct wm__record *r)
{
	struct wm__topic *topic = topic_find(t, r->topic);
	struct wm__outer outer;

	if (topic == NULL || topic->fn == NULL)
		return;
	outer = wm__running_begin(WM__RUNNING_CHANNEL, 0);
	/* last: it may end the topic */
	topic->fn(t->proc, r->topic, r->data, r->len, topic->arg);
	wm__running_end(outer);
}

void
wm__topics_fini(struct wm__topics *t)
{
	struct wm__topic *topic, *next;

	HASH_ITER(hh, t->by_name, topic, next) {
		HASH_DEL(t->by_name, topic);
		free(topic);
	}
}
