/* SPDX-License-Identifier: MIT */
/*
 * The last messages that this worker has routed, for sessions that come from
 * another one and have not seen all of them. Bounded by number, bytes and
 * age; what was dropped for the first two is remembered as a gap.
 */
#ifndef MQTT_RECENT_H
#define MQTT_RECENT_H

#include "message.h"
#include "session.h"

#define RECENT_MAX       65536
#define RECENT_BYTES_MAX (8u << 20)
#define RECENT_AGE_MS    10000
#define RECENT_GAPS      64 /* of so many runs */

struct recent {
	struct message **ring;
	unsigned first, n, size; /* of the ring: a power of two */
	size_t bytes;
	struct seen gaps[RECENT_GAPS]; /* dropped up to there */
	unsigned n_gaps;
};

void recent_add(struct recent *, struct message *m);

/* Drops what is too old. */
void recent_sweep(struct recent *);

/* Calls fn for each that is not too old and that the session has not seen, in
   order. */
void recent_missed(struct recent *, const struct session *s,
    void (*fn)(void *arg, struct message *m), void *arg);

/* Whether something that the session has not seen may be missing. */
bool recent_has_gap(const struct recent *, const struct session *s);

void recent_fini(struct recent *);

#endif
