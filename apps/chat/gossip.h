/* SPDX-License-Identifier: MIT */
/*
 * How the workers keep their rosters equal.
 *
 * Each run of a worker publishes, on one topic, what happens to the people
 * that it holds, with a sequence number. Who notices a gap, or meets a run
 * for the first time, asks it for all of its people. A run that was killed or
 * falls silent ends, and with it the people whom it held last.
 *
 *   hello                 a run begins: the others answer with all
 *   put   person          entered, changed, or moved here
 *   gone  id
 *   all   people          everybody that the run holds
 *   ask   of              that run is to say all
 *   beat                  now and then: I live, and this is where I am
 *   bye                   the run ends
 *
 * Each message also has: what, run, pid, seq (of the last put or gone).
 *
 * A person whose connection moves to another process is `put` by that one, with
 * one `hop` more: nobody left or came, and what the former one still says of
 * the person is stale. Its bye may be heard before that put; so a bye ends the
 * run, not its people.
 */
#ifndef CHAT_GOSSIP_H
#define CHAT_GOSSIP_H

#include "roster.h"

struct wm_freezer;
struct wm_proc;
struct wm_thawer;
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

/* Whether the run was heard of; its people are known by its own words. */
bool gossip_knows(const struct gossip *, uint64_t run);

/* roster_put() and roster_drop() here and, by word of mouth, elsewhere; the
   latter only for the people held here. */
int gossip_put(struct gossip *, const struct person *);
void gossip_drop(struct gossip *, uint64_t id);

/* A process was killed: whoever was there has left. */
void gossip_killed(struct gossip *, long pid);

/*
 * Which runs a process has heard, and how much of them, for its successor, so
 * that it need not ask. Returns 0 or WM_E_NOMEM.
 */
void gossip_freeze(const struct gossip *, struct wm_freezer *);
int gossip_thaw(struct gossip *, struct wm_thawer *);

#endif
