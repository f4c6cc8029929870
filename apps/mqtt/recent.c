/* SPDX-License-Identifier: MIT */
/* The messages of the last seconds: see recent.h. */
#include <stdlib.h>

#include "recent.h"

#define RECENT_FIRST 64 /* size of the first ring */

static struct message *
recent_at(const struct recent *r, unsigned i)
{
	return r->ring[(r->first + i) & (r->size - 1)];
}

static void
recent_drop_first(struct recent *r)
{
	struct message *m = recent_at(r, 0);

	r->bytes -= message_size(m);
	message_unref(&m);
	r->first = (r->first + 1) & (r->size - 1);
	r->n--;
}

/* The first one is dropped before its time. */
static void
recent_lose_first(struct recent *r)
{
	const struct message *m = recent_at(r, 0);
	unsigned i = 0;

	while (i < r->n_gaps && r->gaps[i].run != m->stamp.run)
		i++;
	if (i == RECENT_GAPS) /* the one that is longest known */
		memmove(r->gaps, r->gaps + 1, --i * sizeof(*r->gaps));
	else if (i == r->n_gaps)
		r->n_gaps++;
	r->gaps[i] = (struct seen){ m->stamp.run, m->seq };
	recent_drop_first(r);
}

static bool
recent_is_old(const struct message *m, uint64_t now)
{
	return m->stamp.ns + RECENT_AGE_MS * 1000000ull < now;
}

void
recent_sweep(struct recent *r)
{
	const uint64_t now = stamp_now(0).ns;

	while (r->n > 0 && recent_is_old(recent_at(r, 0), now))
		recent_drop_first(r);
}

static bool
recent_grow(struct recent *r)
{
	unsigned size = r->size > 0 ? 2 * r->size : RECENT_FIRST;
	struct message **ring;

	if (size > RECENT_MAX || (ring = calloc(size, sizeof(*ring))) == NULL)
		return false;
	for (unsigned i = 0; i < r->n; i++)
		ring[i] = recent_at(r, i);
	free(r->ring);
	r->ring = ring;
	r->first = 0;
	r->size = size;
	return true;
}

void
recent_add(struct recent *r, struct message *m)
{
	if (r->n == r->size && r->n > 0)
		recent_sweep(r);
	if (r->n == r->size && !recent_grow(r)) {
		if (r->n == 0)
			return; /* no memory for the first ring */
		recent_lose_first(r);
	}
	r->ring[(r->first + r->n++) & (r->size - 1)] = message_ref(m);
	r->bytes += message_size(m);
	while (r->bytes > RECENT_BYTES_MAX)
		recent_lose_first(r);
}

void
recent_missed(struct recent *r, const struct session *s,
    void (*fn)(void *arg, struct message *m), void *arg)
{
	const uint64_t now = stamp_now(0).ns;

	for (unsigned i = 0; i < r->n; i++) {
		struct message *m = recent_at(r, i);

		if (!recent_is_old(m, now) && !session_has_seen(s, m))
			fn(arg, m);
	}
}

bool
recent_has_gap(const struct recent *r, const struct session *s)
{
	for (unsigned i = 0; i < s->n_seen; i++)
		for (unsigned k = 0; k < r->n_gaps; k++)
			if (r->gaps[k].run == s->seen[i].run &&
			    r->gaps[k].seq > s->seen[i].seq)
				return true;
	return false;
}

void
recent_fini(struct recent *r)
{
	while (r->n > 0)
		recent_drop_first(r);
	free(r->ring);
	*r = (struct recent){ .ring = NULL };
}
