/* SPDX-License-Identifier: MIT */
/* Sessions and their subscriptions: see session.h. */
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <utlist.h>

#include <workerman/error.h>

#include "inflight.h"
#include "session.h"

struct session *
session_find(struct sessions *all, struct wm_span id)
{
	struct session *s;

	HASH_FIND(hh, all->by_id, id.data, id.len, s);
	return s;
}

struct session *
session_new(struct sessions *all, struct wm_span id)
{
	struct session *s, *oldest = all->away;

	if (HASH_COUNT(all->by_id) >= SESSIONS_MAX) {
		if (oldest == NULL)
			return NULL;
		session_free(all, &oldest);
	}
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	memcpy(s->id, id.data, id.len);
	HASH_ADD(hh, all->by_id, id, id.len, s);
	if (s->hh.tbl == NULL) {
		free(s);
		return NULL;
	}
	/* In no list yet; session_attach() tells by this. */
	s->prev = NULL;
	return s;
}

static void
session_drop_subscription(struct sessions *all, struct session *s,
    struct subscription *sub)
{
	filters_remove(&all->filters, sub);
	DL_DELETE2(s->subscriptions, sub, prev_own, next_own);
	s->n_subscriptions--;
	free(sub);
}

void
session_unlist(struct sessions *all, struct session *s)
{
	if (!s->unlisted)
		HASH_DEL(all->by_id, s);
	s->unlisted = true;
}

void
session_free(struct sessions *all, struct session **sp)
{
	struct session *s = *sp;

	*sp = NULL;
	if (s == NULL)
		return;
	while (s->subscriptions != NULL)
		session_drop_subscription(all, s, s->subscriptions);
	inflight_drop_all(all, s);
	if (s->prev != NULL)
		DL_DELETE(all->away, s);
	session_unlist(all, s);
	asked_clear(&s->asked);
	free(s->receiving);
	free(s->seen);
	free(s);
}

void
sessions_fini(struct sessions *all)
{
	struct session *s, *next;

	HASH_ITER(hh, all->by_id, s, next)
		session_free(all, &s);
}

void
session_attach(struct sessions *all, struct session *s, struct wm_conn *conn)
{
	if (s->prev != NULL)
		DL_DELETE(all->away, s);
	s->prev = s->next = NULL;
	s->conn = conn;
	inflight_reset(s);
	if (conn == NULL)
		DL_APPEND(all->away, s);
}

static struct subscription *
session_subscription(struct session *s, struct wm_span filter)
{
	struct subscription *sub;

	DL_FOREACH2(s->subscriptions, sub, next_own)
	if (sub->len == filter.len &&
	    memcmp(sub->filter, filter.data, filter.len) == 0)
		break;
	return sub;
}

int
session_subscribe(struct sessions *all, struct session *s,
    struct wm_span filter, uint8_t qos)
{
	struct subscription *sub = session_subscription(s, filter);
	int error;

	if (sub != NULL) {
		sub->qos = qos;
		return 0;
	}
	if (s->n_subscriptions >= SESSION_FILTERS_MAX)
		return WM_E_FULL;
	if ((sub = calloc(1, sizeof(*sub) + filter.len)) == NULL)
		return WM_E_NOMEM;
	sub->session = s;
	sub->qos = qos;
	sub->len = filter.len;
	memcpy(sub->filter, filter.data, filter.len);
	if ((error = filters_add(&all->filters, sub)) < 0) {
		free(sub);
		return error;
	}
	DL_APPEND2(s->subscriptions, sub, prev_own, next_own);
	s->n_subscriptions++;
	return 0;
}

void
session_unsubscribe(struct sessions *all, struct session *s,
    struct wm_span filter)
{
	struct subscription *sub = session_subscription(s, filter);

	if (sub != NULL)
		session_drop_subscription(all, s, sub);
}

bool
session_has_seen(const struct session *s, const struct message *m)
{
	unsigned i;

	for (i = 0; i < s->n_seen; i++)
		if (s->seen[i].run == m->stamp.run)
			return m->seq <= s->seen[i].seq;
	return false;
}

int
session_add_seen(struct session *s, uint64_t run, uint64_t seq)
{
	struct seen *seen = s->seen;
	unsigned i;

	for (i = 0; i < s->n_seen; i++)
		if (seen[i].run == run) {
			if (seen[i].seq < seq)
				seen[i].seq = seq;
			return 0;
		}
	if (s->n_seen >= SESSION_SEEN_MAX)
		return WM_E_FULL;
	seen = realloc(seen, (s->n_seen + 1) * sizeof(*seen));
	if (seen == NULL)
		return WM_E_NOMEM;
	seen[s->n_seen++] = (struct seen){ run, seq };
	s->seen = seen;
	return 0;
}

void
session_drop_seen(struct session *s, unsigned i)
{
	s->seen[i] = s->seen[--s->n_seen];
}
