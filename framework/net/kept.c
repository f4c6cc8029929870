/* SPDX-License-Identifier: MIT */
/*
 * Responsible for messages that wait behind the output of a slow peer, and for
 * which of them goes when there are too many. Not for sending.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <sys/queue.h>

#include "framework/base/hash.h"
#include "framework/net/extra.h"
#include "framework/net/kept.h"

/* Whose key it is: two that use the same numbers do not meet. */
enum kept_space { KEPT_APPLICATION, KEPT_SENT, KEPT_TOPIC };

struct kept_key {
	uint64_t space, number;
};

struct kept {
	TAILQ_ENTRY(kept) order;
	UT_hash_handle hh; /* of those with a key */
	struct kept_key key;
	bool has_key;
	unsigned flags;
	size_t len;
	char *data;
};

struct wm__kept {
	TAILQ_HEAD(, kept) all; /* the oldest first */
	struct kept *by_key;
	size_t bytes; /* of all, with what keeping them takes */
};

static size_t
kept_cost(size_t len)
{
	return sizeof(struct kept) + len;
}

/* ---- one of them ---- */

static void
kept_free(struct kept *k)
{
	free(k->data);
	free(k);
}

static void
kept_remove(struct wm__kept *all, struct kept *k)
{
	TAILQ_REMOVE(&all->all, k, order);
	if (k->has_key)
		HASH_DEL(all->by_key, k);
	all->bytes -= kept_cost(k->len);
}

/* The message in place of what the entry has, or its first. */
static int
kept_fill(struct wm__kept *all, struct kept *k, const struct wm_msg *m)
{
	char *data = malloc(m->len > 0 ? m->len : 1);

	if (data == NULL)
		return WM_E_NOMEM;
	if (m->len > 0)
		memcpy(data, m->data, m->len);
	free(k->data);
	all->bytes += m->len - k->len;
	k->data = data;
	k->len = m->len;
	k->flags = m->flags;
	return 0;
}

/* An empty one, the youngest. */
static struct kept *
kept_new(struct wm__kept *all, const struct kept_key *key)
{
	struct kept *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	if (key != NULL) {
		k->has_key = true;
		k->key = *key;
		HASH_ADD(hh, all->by_key, key, sizeof(k->key), k);
		if (!hash_has(k)) {
			free(k);
			return NULL;
		}
	}
	TAILQ_INSERT_TAIL(&all->all, k, order);
	all->bytes += kept_cost(0);
	return k;
}

/* ---- all of a connection ---- */

static struct wm__kept *
kept_of(struct wm_conn *c)
{
	struct wm__extra *e = wm__extra_of(c);

	if (e == NULL || e->kept != NULL)
		return e != NULL ? e->kept : NULL;
	e->kept = calloc(1, sizeof(*e->kept));
	if (e->kept != NULL)
		TAILQ_INIT(&e->kept->all);
	else
		wm__extra_trim(c);
	return e->kept;
}

/* None is left: back to nothing. */
static void
kept_trim(struct wm_conn *c)
{
	if (c->extra == NULL || c->extra->kept == NULL ||
	    !TAILQ_EMPTY(&c->extra->kept->all))
		return;
	free(c->extra->kept);
	c->extra->kept = NULL;
	wm__extra_trim(c);
}

static void
kept_count_lost(struct wm_conn *c)
{
	wm__count(&c->service->proc->counters->send_fail, 1);
}

/* Refused as any other message that finds too much waiting. */
static int
kept_refuse(struct wm_conn *c)
{
	kept_count_lost(c);
	c->refused = true;
	wm__conn_want(c, WM__WANT_EVENT);
	return WM_E_FULL;
}

/* Whether `more` bytes fit beside what is kept and what waits. */
static bool
kept_fits(const struct wm_conn *c, const struct wm__kept *all, size_t more)
{
	return more <= c->service->limits.unsent &&
	    all->bytes + wm_conn_unsent(c) <= c->service->limits.unsent - more;
}

/* The oldest of those that are not the newest of their kind. */
static bool
kept_drop_oldest(struct wm_conn *c, struct wm__kept *all)
{
	struct kept *k;

	TAILQ_FOREACH(k, &all->all, order)
		if (!k->has_key)
			break;
	if (k == NULL)
		return false;
	kept_remove(all, k);
	kept_free(k);
	kept_count_lost(c);
	return true;
}

static int
kept_append(struct wm_conn *c, struct wm__kept *all, const struct wm_msg *m)
{
	struct kept *k;

	while (!kept_fits(c, all, kept_cost(m->len)))
		if (!kept_drop_oldest(c, all))
			return kept_refuse(c);
	k = kept_new(all, NULL);
	if (k == NULL)
		return WM_E_NOMEM;
	if (kept_fill(all, k, m) == 0)
		return WM_QUEUED;
	kept_remove(all, k);
	kept_free(k);
	return WM_E_NOMEM;
}

static int
kept_replace(struct wm_conn *c, struct wm__kept *all,
    const struct kept_key *key, const struct wm_msg *m)
{
	struct kept *k;
	size_t more;
	int error;

	HASH_FIND(hh, all->by_key, key, sizeof(*key), k);
	more = k == NULL    ? kept_cost(m->len) :
	    m->len > k->len ? m->len - k->len :
			      0;
	if (more > 0 && !kept_fits(c, all, more))
		return kept_refuse(c);
	if (k == NULL && (k = kept_new(all, key)) == NULL)
		return WM_E_NOMEM;
	error = kept_fill(all, k, m);
	if (error < 0 && k->data == NULL) {
		kept_remove(all, k);
		kept_free(k);
	}
	return error < 0 ? error : WM_QUEUED;
}

/* By key, or (null) as one of many. */
static int
kept_keep(struct wm_conn *c, const struct kept_key *key, const struct wm_msg *m)
{
	struct wm__kept *all = kept_of(c);
	int r;

	if (all == NULL)
		return WM_E_NOMEM;
	r = key != NULL ? kept_replace(c, all, key, m) : kept_append(c, all, m);
	kept_trim(c);
	return r;
}

/* ---- what the policy says ---- */

bool
wm__kept_wants(const struct wm_conn *c, const struct wm_msg *m)
{
	if (c->asleep || m->view != NULL || (m->flags & WM_MSG_PART) != 0)
		return false;
	return c->extra->overflow == WM_OVERFLOW_DROP_OLDEST ||
	    c->extra->overflow == WM_OVERFLOW_LATEST;
}

/* FNV-1a */
static uint64_t
kept_number(const char *topic)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	while (*topic != '\0')
		h = (h ^ (unsigned char)*topic++) * UINT64_C(0x100000001b3);
	return h;
}

int
wm__kept_send(struct wm_conn *c, const struct wm_msg *m)
{
	const char *topic = c->service->proc->publishing;
	struct kept_key key = { KEPT_SENT, 0 };

	if (c->extra->overflow == WM_OVERFLOW_DROP_OLDEST)
		return kept_keep(c, NULL, m);
	if ((m->flags & WM_MSG_PUBLISHED) != 0 && topic != NULL)
		key = (struct kept_key){ KEPT_TOPIC, kept_number(topic) };
	return kept_keep(c, &key, m);
}

int
wm_conn_send_latest(struct wm_conn *c, uint64_t number, const struct wm_msg *m)
{
	struct kept_key key = { KEPT_APPLICATION, number };

	if (c->life != WM__OPEN)
		return WM_E_CLOSED;
	if (m->view != NULL)
		return WM_E_INVALID;
	/* of a connection that moves, all that is sent moves with it */
	if (!c->stuck || c->asleep)
		return wm_conn_send_msg(c, m);
	return kept_keep(c, &key, m);
}

/* ---- and its end ---- */

static struct kept *
kept_take_first(struct wm_conn *c)
{
	struct wm__kept *all = c->extra->kept;
	struct kept *k = TAILQ_FIRST(&all->all);

	kept_remove(all, k);
	kept_trim(c);
	return k;
}

static bool
kept_has_some(const struct wm_conn *c)
{
	return c->extra != NULL && c->extra->kept != NULL;
}

/* It was accepted, and is bounded as all of them are. */
static void
kept_send(struct wm_conn *c, struct kept *k)
{
	struct wm_msg m = { c->protocol, k->data, k->len, k->flags, NULL };

	if (wm__conn_send_accepted(c, &m) < 0)
		kept_count_lost(c);
	kept_free(k);
}

void
wm__kept_flush(struct wm_conn *c)
{
	while (kept_has_some(c) && !c->stuck && c->life == WM__OPEN) {
		struct kept *k = kept_take_first(c);

		kept_send(c, k);
	}
}

void
wm__kept_close(struct wm_conn *c)
{
	while (kept_has_some(c)) {
		struct kept *k = kept_take_first(c);

		if (!k->has_key)
			kept_send(c, k);
		else
			kept_free(k);
	}
}

void
wm__kept_drop(struct wm_conn *c)
{
	while (kept_has_some(c))
		kept_free(kept_take_first(c));
}

/* ---- moving ---- */

void
wm__kept_freeze(const struct wm_conn *c, struct wm_freezer *f)
{
	const struct kept *k = NULL;
	uint64_t n = 0;

	if (kept_has_some(c))
		k = TAILQ_FIRST(&c->extra->kept->all);
	for (const struct kept *i = k; i != NULL; i = TAILQ_NEXT(i, order))
		n++;
	wm_freeze_number(f, n);
	for (; k != NULL; k = TAILQ_NEXT(k, order)) {
		wm_freeze_number(f, k->has_key);
		wm_freeze_number(f, k->key.space);
		wm_freeze_number(f, k->key.number);
		wm_freeze_number(f, k->flags);
		wm_freeze_bytes(f, k->data, k->len);
	}
}

int
wm__kept_thaw(struct wm_conn *c, struct wm_thawer *t)
{
	uint64_t n = wm_thaw_number(t);
	int error = 0;

	for (uint64_t i = 0; i < n && error >= 0; i++) {
		bool has_key = wm_thaw_number(t) != 0;
		uint64_t space = wm_thaw_number(t);
		struct kept_key key = { space, wm_thaw_number(t) };
		unsigned flags = (unsigned)wm_thaw_number(t);
		struct wm_span bytes = wm_thaw_bytes(t);
		struct wm_msg m = { c->protocol, bytes.data, bytes.len, flags,
			NULL };

		error = wm_thaw_ok(t) ?
		    kept_keep(c, has_key ? &key : NULL, &m) :
		    WM_E_PROTOCOL;
	}
	return error < 0 ? error : 0;
}
