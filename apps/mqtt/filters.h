/* SPDX-License-Identifier: MIT */
/*
 * Who subscribes to what in this worker: a trie of topic levels, searched
 * once for each message. Knows neither sessions nor messages.
 */
#ifndef MQTT_FILTERS_H
#define MQTT_FILTERS_H

#include <workerman/buf.h>

/* Longer ones are refused, so that one subscription costs little. */
#define FILTER_MAX        1024 /* bytes */
#define FILTER_LEVELS_MAX 64

struct session;
struct filter_node;

/* Owned by a session; linked here while it is in the trie. */
struct subscription {
	struct session *session;
	struct filter_node *node;
	struct subscription *prev, *next;         /* of the node */
	struct subscription *prev_own, *next_own; /* of the session */
	uint8_t qos;
	size_t len;
	char filter[];
};

struct filters {
	struct filter_node *nodes; /* all, by parent and level */
};

/* Returns 0, WM_E_TOO_BIG or WM_E_NOMEM. */
int filters_add(struct filters *, struct subscription *s);
void filters_remove(struct filters *, struct subscription *s);

/* Calls fn for each subscription whose filter matches the name; it may not
   change the trie. */
void filters_match(struct filters *, struct wm_span topic,
    void (*fn)(void *arg, struct subscription *s), void *arg);

static inline struct wm_span
subscription_filter(const struct subscription *s)
{
	return (struct wm_span){ s->filter, s->len };
}

#endif
