/* SPDX-License-Identifier: MIT */
/*
 * The retained messages: the last one of each topic. All workers hold all of
 * them; stamps make them agree which is the last, in whatever order they
 * hear of them.
 */
#ifndef MQTT_RETAINED_H
#define MQTT_RETAINED_H

#include "message.h"

/*
 * Bounds. A message beyond them is delivered but not retained. The bytes are
 * half of what may wait for another worker, so that one that begins can be
 * told all of them at once.
 */
#define RETAINED_MAX       4096
#define RETAINED_BYTES_MAX (2u << 20)

struct retained_entry;

struct retained {
	struct retained_entry *by_topic;
	size_t bytes;
};

/*
 * Keeps the message if it is newer than what is known of its topic; one
 * without payload ends the topic. Returns 1 when it was newer, 0 when not,
 * WM_E_FULL or WM_E_NOMEM.
 */
int retained_put(struct retained *, struct message *m);

/* Calls fn for each that matches the filter (null data: all; ended topics
   among them, as empty messages). */
void retained_match(struct retained *, struct wm_span filter,
    void (*fn)(void *arg, struct message *m), void *arg);

/* Forgets the topics that ended before then: what could still be heard of
   them is older. */
void retained_sweep(struct retained *, struct stamp then);

void retained_fini(struct retained *);

#endif
