/* SPDX-License-Identifier: MIT */
/*
 * Responsible for messages of which only the newest per key counts: kept back
 * while the peer does not read, bounded by limits.unsent. Not for sending.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "framework/net/conn.h"
#include "framework/net/latest.h"

struct kept {
	uint64_t key;
	UT_hash_handle hh; /* also keeps the order */
	unsigned flags;
	size_t len;
	char *data;
};

struct wm__latest {
	struct kept *by_key;
	size_t bytes; /* of all, with what keeping them takes */
};

static size_t
kept_cost(size_t len)
{
	return sizeof(struct kept) + len;
}

static void
kept_free(struct wm__latest *l, struct kept *k)
{
	HASH_DEL(l->by_key, k);
	l->bytes -= kept_cost(k->len);
	free(k->data);
	free(k);
}

/* The message in place of what the entry has, or its first. */
static int
kept_fill(struct wm__latest *l, struct kept *k, const struct wm_msg *m)
{
	char *data = malloc(m->len > 0 ? m->len : 1);

	if (data == NULL)
		return WM_E_NOMEM;
	if (m->len > 0)
		memcpy(data, m->data, m->len);
	free(k->data);
	l->bytes += m->len - k->len;
	k->data = data;
	k->len = m->len;
	k->flags = m->flags;
	return 0;
}

static struct kept *
kept_new(struct wm__latest *l, uint64_t key)
{
	struct kept *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->key = key;
	HASH_ADD(hh, l->by_key, key, sizeof(k->key), k);
	l->bytes += kept_cost(0);
	return k;
}

/* Refused as any other message that finds too much waiting. */
static int
latest_refuse(struct wm_conn *c)
{
	wm__count(&c->service->proc->counters->send_fail, 1);
	c->refused = true;
	wm__conn_want(c, WM__WANT_EVENT);
	return WM_E_FULL;
}

static int
latest_keep(struct wm_conn *c, uint64_t key, const struct wm_msg *m)
{
	struct wm__latest *l = c->latest;
	struct kept *k;
	size_t more;
	int error;

	HASH_FIND(hh, l->by_key, &key, sizeof(key), k);
	more = k == NULL    ? kept_cost(m->len) :
	    m->len > k->len ? m->len - k->len :
			      0;
	if (more > 0 && l->bytes + more > c->service->limits.unsent)
		return latest_refuse(c);
	if (k == NULL && (k = kept_new(l, key)) == NULL)
		return WM_E_NOMEM;
	error = kept_fill(l, k, m);
	if (error < 0 && k->data == NULL)
		kept_free(l, k);
	return error < 0 ? error : WM_QUEUED;
}

int
wm_conn_send_latest(struct wm_conn *c, uint64_t key, const struct wm_msg *m)
{
	int error;

	if (c->life != WM__OPEN)
		return WM_E_CLOSED;
	if (m->view != NULL)
		return WM_E_INVALID;
	/* on its way to another process, nothing can be taken back */
	if (c->moving || (!c->stuck && c->latest == NULL))
		return wm_conn_send_msg(c, m);
	if (c->latest == NULL)
		c->latest = calloc(1, sizeof(*c->latest));
	if (c->latest == NULL)
		return WM_E_NOMEM;
	error = latest_keep(c, key, m);
	if (c->latest->by_key == NULL)
		wm__latest_drop(c);
	return error;
}

void
wm__latest_flush(struct wm_conn *c)
{
	struct kept *k;

	while (c->latest != NULL && !c->stuck && c->life == WM__OPEN) {
		k = c->latest->by_key;
		wm_conn_send_msg(c,
		    &(struct wm_msg){ c->protocol, k->data, k->len, k->flags,
			NULL });
		kept_free(c->latest, k);
		if (c->latest->by_key == NULL)
			wm__latest_drop(c);
	}
}

void
wm__latest_drop(struct wm_conn *c)
{
	if (c->latest == NULL)
		return;
	while (c->latest->by_key != NULL)
		kept_free(c->latest, c->latest->by_key);
	free(c->latest);
	c->latest = NULL;
}

void
wm__latest_freeze(const struct wm_conn *c, struct wm_freezer *f)
{
	const struct kept *k = c->latest != NULL ? c->latest->by_key : NULL;

	wm_freeze_number(f, k != NULL ? HASH_COUNT(k) : 0);
	for (; k != NULL; k = k->hh.next) {
		wm_freeze_number(f, k->key);
		wm_freeze_number(f, k->flags);
		wm_freeze_bytes(f, k->data, k->len);
	}
}

int
wm__latest_thaw(struct wm_conn *c, struct wm_thawer *t)
{
	uint64_t n = wm_thaw_number(t);
	int error = 0;

	if (n > 0 && (c->latest = calloc(1, sizeof(*c->latest))) == NULL)
		return WM_E_NOMEM;
	for (uint64_t i = 0; i < n && error >= 0; i++) {
		uint64_t key = wm_thaw_number(t);
		unsigned flags = (unsigned)wm_thaw_number(t);
		struct wm_span bytes = wm_thaw_bytes(t);

		error = wm_thaw_ok(t) ?
		    latest_keep(c, key,
			&(struct wm_msg){ .data = bytes.data,
			    .len = bytes.len,
			    .flags = flags }) :
		    WM_E_PROTOCOL;
	}
	return error < 0 ? error : 0;
}
