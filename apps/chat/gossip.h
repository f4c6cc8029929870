/* SPDX-License-Identifier: MIT */
/*
 * How the workers keep their rosters equal.
 *
 * Each run of a worker publishes, on one topic, what happens to the people
 * that it holds, with a sequence number. Who notices a gap, or meets a run
 * for the first time, asks it for all of its people. A run that replaces a
 * dead one in the same slot, or says bye, or falls silent, ends what the
 * others know of it.
 *
 *   hello                 a run begins: the others answer with all
 *   put   person          entered or changed
 *   gone  id
 *   all   people          everybody that the run holds
 *   ask   of              that run is to say all
 *   beat                  now and then: I live, and this is where I am
 *   bye                   the run ends
 *
 * Each message also has: what, run, slot, generation, seq (of the last put
 * or gone).
 */
#ifndef CHAT_GOSSIP_H
#define CHAT_GOSSIP_H

#include "roster.h"

struct wm_proc;
struct gossip;

/*
 * Begins to talk and to listen; changes the roster from now on. Null when
 * memory ran out.
 */
struct gossip *gossip_new(struct wm_proc *, struct roster *);

/* Says bye. The roster stays. */
void gossip_free(struct gossip **);

/* The id of this run: what person.run is for the people held here. */
uint64_t gossip_run(const struct gossip *);

/* roster_put() and roster_drop() here and, by word of mouth, elsewhere; the
   latter only for the people held here. */
int gossip_put(struct gossip *, const struct person *);
void gossip_drop(struct gossip *, uint64_t id);

#endif
