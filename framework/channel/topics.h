/* SPDX-License-Identifier: MIT */
/*
 * Who listens to what in this process: topics, subscribed connections, and
 * the worker's own functions.
 */
#ifndef CHANNEL_TOPICS_H
#define CHANNEL_TOPICS_H

#include <workerman/channel.h>

#include "framework/channel/record.h"

struct wm__topic;

struct wm__topics {
	struct wm_proc *proc;
	struct wm__topic *by_name;
};

int wm__topics_subscribe(struct wm__topics *t, struct wm_conn *c,
    const char *topic);
int wm__topics_unsubscribe(struct wm__topics *t, struct wm_conn *c,
    const char *topic);

/* Ends all subscriptions of a connection. */
void wm__topics_forget(struct wm__topics *t, struct wm_conn *c);

int wm__topics_listen(struct wm__topics *t, const char *topic,
    wm_channel_fn *fn, void *arg);

/* Subscribed connections. */
size_t wm__topics_count(struct wm__topics *t, const char *topic);

/* The topics of a connection that has some. */
void wm__topics_of(struct wm_conn *c, void (*fn)(void *arg, const char *topic),
    void *arg);

/*
 * Hands a message to all subscribed connections: encoded once for those whose
 * protocol says that they get the same bytes. It calls nobody.
 */
void wm__topics_deliver(struct wm__topics *t, const struct wm__record *r);
/* To this one only, if it is subscribed. */
void wm__topics_deliver_to(struct wm__topics *t, struct wm_conn *c,
    const struct wm__record *r);
/* And to the worker's own function. */
void wm__topics_call(struct wm__topics *t, const struct wm__record *r);

void wm__topics_fini(struct wm__topics *t);

#endif
