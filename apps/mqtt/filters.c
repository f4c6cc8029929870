/* SPDX-License-Identifier: MIT */
/*
 * The trie of filters.h. All nodes are in one hash table under their parent
 * and their level's text, so that a node without subscriptions costs little.
 * The wildcards are levels like any other.
 */
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

#include <workerman/error.h>

#include "filters.h"
#include "topic.h"

struct filter_key {
	const struct filter_node *parent; /* null: the root */
	char level[FILTER_MAX];
};

struct filter_node {
	struct filter_node *parent;
	size_t children;
	struct subscription *subscriptions;
	UT_hash_handle hh;
	size_t key_len;
	struct filter_key key; /* allocated as far as it is used */
};

#define KEY_LEN(level) (offsetof(struct filter_key, level) + (level).len)

static struct filter_node *
node_find(const struct filters *f, const struct filter_node *parent,
    struct wm_span level)
{
	struct filter_key key;
	struct filter_node *n;

	if (level.len > sizeof(key.level))
		return NULL;
	key.parent = parent;
	memcpy(key.level, level.data, level.len);
	HASH_FIND(hh, f->nodes, &key, KEY_LEN(level), n);
	return n;
}

static struct filter_node *
node_new(struct filters *f, struct filter_node *parent, struct wm_span level)
{
	struct filter_node *n;

	n = calloc(1, offsetof(struct filter_node, key) + KEY_LEN(level));
	if (n == NULL)
		return NULL;
	n->parent = parent;
	n->key_len = KEY_LEN(level);
	n->key.parent = parent;
	memcpy(n->key.level, level.data, level.len);
	HASH_ADD(hh, f->nodes, key, n->key_len, n);
	if (n->hh.tbl == NULL) { /* the table did not grow */
		free(n);
		return NULL;
	}
	if (parent != NULL)
		parent->children++;
	return n;
}

/* Releases the nodes that nothing needs, from here up. */
static void
node_prune(struct filters *f, struct filter_node *n)
{
	struct filter_node *parent;

	while (n != NULL && n->children == 0 && n->subscriptions == NULL) {
		parent = n->parent;
		HASH_DEL(f->nodes, n);
		free(n);
		if (parent != NULL)
			parent->children--;
		n = parent;
	}
}

int
filters_add(struct filters *f, struct subscription *s)
{
	struct wm_span level, rest = subscription_filter(s);
	struct filter_node *n = NULL, *next;

	if (s->len > FILTER_MAX || filter_levels(rest) > FILTER_LEVELS_MAX)
		return WM_E_TOO_BIG;
	while (topic_next_level(&rest, &level)) {
		next = node_find(f, n, level);
		if (next == NULL && (next = node_new(f, n, level)) == NULL) {
			node_prune(f, n);
			return WM_E_NOMEM;
		}
		n = next;
	}
	s->node = n;
	DL_APPEND(n->subscriptions, s);
	return 0;
}

void
filters_remove(struct filters *f, struct subscription *s)
{
	struct filter_node *n = s->node;

	if (n == NULL)
		return;
	s->node = NULL;
	DL_DELETE(n->subscriptions, s);
	node_prune(f, n);
}

struct search {
	const struct filters *filters;
	void (*fn)(void *arg, struct subscription *s);
	void *arg;
};

static void
search_found(const struct search *s, const struct filter_node *n)
{
	struct subscription *sub;

	if (n != NULL)
		DL_FOREACH(n->subscriptions, sub)
			s->fn(s->arg, sub);
}

/*
 * All below `n` (null: the root) that match `rest`. As deep as a filter may
 * be, whatever the name.
 */
static void
search_below(const struct search *s, const struct filter_node *n,
    struct wm_span rest)
{
	static const struct wm_span any = { "+", 1 }, all = { "#", 1 };
	bool own = n == NULL && rest.data[0] == '$'; /* [MQTT-4.7.2-1] */
	const struct filter_node *child;
	struct wm_span level;

	if (!own)
		search_found(s, node_find(s->filters, n, all));
	if (!topic_next_level(&rest, &level)) {
		search_found(s, n);
		return;
	}
	child = node_find(s->filters, n, level);
	if (child != NULL)
		search_below(s, child, rest);
	child = own ? NULL : node_find(s->filters, n, any);
	if (child != NULL)
		search_below(s, child, rest);
}

void
filters_match(struct filters *f, struct wm_span topic,
    void (*fn)(void *arg, struct subscription *s), void *arg)
{
	struct search s = { f, fn, arg };

	search_below(&s, NULL, topic);
}
