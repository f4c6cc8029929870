/* SPDX-License-Identifier: MIT */
/*
 * What the workers of the broker say to each other, on one topic of the
 * channel. Each process that ever serves is a run, with the place that it
 * serves (its worker and slot); several may have one place, as long as one
 * moves what it has to the next. A run says nothing before it is sure to hear
 * the others. Messages of one run are heard in the order in which they were
 * said, and a run hears its own at once.
 *
 *   HELLO                      a run begins: the others answer HERE
 *   HERE      to               that run, or all, should know me
 *   BYE       passed           what it had is with the next one in its place
 *   PUBLISH   message          for the subscribers at every worker
 *   RETAINED  to message       what was retained before that run began
 *   CLAIM     claim id         a client has connected; see handover.c
 *   NONE      to claim via id  I have not
 *   PASSED    to claim via id  nor have I, but I asked my successor, to whom
 *                              I give what I had: that one answers, too
 *   ASK       place claim from id   so do I; the answer is via me
 *   SESSION   to claim id state
 *   LEFT      claim heir id state   I end: who awaits it has it, or the heir
 */
#ifndef MQTT_MESH_H
#define MQTT_MESH_H

#include <workerman/workerman.h>

#include "message.h"

/*
 * A run's number: milliseconds of the machine's clock when it began, then its
 * process id. So the later one is the greater one.
 */
#define MESH_PID_BITS 22

/* Another run. */
struct peer {
	uint64_t run;
	uint64_t place; /* hash of its worker's name, and its slot */
	uint64_t seq;   /* of its PUBLISHes, as far as it was heard */
	uint64_t gone;  /* when it ended (struct stamp's ns); 0: not yet */
	bool passed;    /* it ended, and what it had is with its successor */
	struct peer *next;
};

struct mesh {
	struct wm_proc *proc;
	uint64_t run, seq, place;
	bool passed; /* what was here is with the next one in our place */
	struct peer *peers;
	const struct mesh_hearing *hearing;
	void *arg;
};

struct mesh_claim {
	struct stamp stamp;
	bool clean;
	uint64_t other; /* ASK: who has claimed; NONE, PASSED: via whom, or 0;
			   LEFT: the heir */
	struct wm_span id;
};

/* How the broker is told. `from` is never its own run, but in publish. */
struct mesh_hearing {
	void (*met)(void *arg, const struct peer *peer);
	void (*gone)(void *arg, const struct peer *peer);
	void (*publish)(void *arg, struct message *m);
	void (*retained)(void *arg, struct message *m);
	void (*hello)(void *arg, uint64_t from);
	void (*claim)(void *arg, uint64_t from, const struct mesh_claim *c);
	void (*ask)(void *arg, uint64_t from, const struct mesh_claim *c);
	void (*none)(void *arg, uint64_t from, const struct mesh_claim *c,
	    bool passed);
	void (*session)(void *arg, uint64_t from, const struct mesh_claim *c,
	    struct wm_span state);
	void (*left)(void *arg, uint64_t from, const struct mesh_claim *c,
	    struct wm_span state);
};

/* Begins to listen. Returns 0 or a negative error. */
int mesh_start(struct mesh *, struct wm_proc *, const struct mesh_hearing *,
    void *arg);
void mesh_stop(struct mesh *);

/* Introduces this run: all others tell it what they retain. */
void mesh_hello(struct mesh *);

/* The other runs as the predecessor knows them, itself among them; and to who
   takes its place, which introduces itself. Returns 0 or WM_E_PROTOCOL. */
struct unpack;
void mesh_pack(struct wm_buf *b, const struct mesh *);
int mesh_unpack(struct mesh *, struct unpack *u);

/* Process `pid` has ended, perhaps without BYE. */
void mesh_lost(struct mesh *, long pid);

/* The run; null when it is not known. The last one that began in our place
   after us; 0: none. */
const struct peer *mesh_peer(const struct mesh *, uint64_t run);
uint64_t mesh_successor(const struct mesh *);

/* Who answers for a peer that has ended: a later one in its place; null: none
   is known. */
const struct peer *mesh_heir(const struct mesh *, const struct peer *peer);

/* Gives the message its stamp and publishes it. Returns as wm_publish(). */
int mesh_publish(struct mesh *, struct message *m);

int mesh_say_retained(struct mesh *, uint64_t to, const struct message *m);
int mesh_say_claim(struct mesh *, const struct mesh_claim *c);
/* NONE, or PASSED and ASK. */
int mesh_say_none(struct mesh *, uint64_t to, const struct mesh_claim *c);
int mesh_say_session(struct mesh *, uint64_t to, const struct mesh_claim *c,
    struct wm_span state);
int mesh_say_left(struct mesh *, const struct mesh_claim *c,
    struct wm_span state);

#endif
