/* SPDX-License-Identifier: MIT */
/* The retained messages: see retained.h. */
#include <stdlib.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include <workerman/error.h>

#include "retained.h"
#include "topic.h"

struct retained_entry {
	struct message *message; /* its topic is the key */
	UT_hash_handle hh;
};

static struct retained_entry *
retained_find(struct retained *r, struct wm_span topic)
{
	struct retained_entry *e;

	HASH_FIND(hh, r->by_topic, topic.data, topic.len, e);
	return e;
}

static void
retained_drop(struct retained *r, struct retained_entry *e)
{
	HASH_DEL(r->by_topic, e);
	r->bytes -= message_size(e->message);
	message_unref(&e->message);
	free(e);
}

int
retained_put(struct retained *r, struct message *m)
{
	struct retained_entry *e = retained_find(r, m->topic);

	if (e != NULL && !stamp_is_newer(m->stamp, e->message->stamp))
		return 0;
	if (e != NULL)
		retained_drop(r, e);
	if (r->bytes + message_size(m) > RETAINED_BYTES_MAX ||
	    HASH_COUNT(r->by_topic) >= RETAINED_MAX)
		return WM_E_FULL;
	if ((e = calloc(1, sizeof(*e))) == NULL)
		return WM_E_NOMEM;
	e->message = message_ref(m);
	HASH_ADD_KEYPTR(hh, r->by_topic, m->topic.data, m->topic.len, e);
	if (e->hh.tbl == NULL) {
		message_unref(&e->message);
		free(e);
		return WM_E_NOMEM;
	}
	r->bytes += message_size(m);
	return 1;
}

void
retained_match(struct retained *r, struct wm_span filter,
    void (*fn)(void *arg, struct message *m), void *arg)
{
	struct retained_entry *e, *next;

	if (filter.data != NULL && !filter_has_wildcard(filter)) {
		e = retained_find(r, filter);
		if (e != NULL && e->message->payload.len > 0)
			fn(arg, e->message);
		return;
	}
	HASH_ITER(hh, r->by_topic, e, next)
		if (filter.data == NULL ||
		    (e->message->payload.len > 0 &&
			filter_matches(filter, e->message->topic)))
			fn(arg, e->message);
}

void
retained_sweep(struct retained *r, struct stamp then)
{
	struct retained_entry *e, *next;

	HASH_ITER(hh, r->by_topic, e, next)
		if (e->message->payload.len == 0 &&
		    stamp_is_newer(then, e->message->stamp))
			retained_drop(r, e);
}

void
retained_fini(struct retained *r)
{
	struct retained_entry *e, *next;

	HASH_ITER(hh, r->by_topic, e, next)
		retained_drop(r, e);
}
