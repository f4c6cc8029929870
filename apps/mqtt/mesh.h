/* SPDX-License-Identifier: MIT */
/*
 * What the workers of the broker say to each other, on one topic of the
 * channel. Each process that ever serves is a run; a run that begins in the
 * place of another one (same worker, same slot) ends it for those who hear
 * of it. Messages of one run are heard in the order in which they were said,
 * and a run hears its own at once.
 *
 *   HELLO                      a run begins: the others answer HERE
 *   HERE      to               that run knows me, too
 *   BYE
 *   PUBLISH   message          for the subscribers at every worker
 *   RETAINED  to message       what was retained before that run began
 *   CLAIM     claim clean id   a client has connected; see handover.c
 *   NONE      to claim id
 *   SESSION   to claim id state
 */
#ifndef MQTT_MESH_H
#define MQTT_MESH_H

#include <workerman/workerman.h>

#include "message.h"

/* Another run. */
struct peer {
	uint64_t run;
	uint64_t place; /* hash of its worker's name, and its slot */
	uint64_t seq;   /* of its PUBLISHes, as far as it was heard */
	struct peer *next;
};

struct mesh {
	struct wm_proc *proc;
	uint64_t run, seq, place;
	struct peer *peers;
	unsigned n_peers;
	const struct mesh_hearing *hearing;
	void *arg;
};

struct mesh_claim {
	struct stamp stamp;
	bool clean;
	struct wm_span id;
};

/* How the broker is told. `from` is never its own run, but in publish. */
struct mesh_hearing {
	void (*publish)(void *arg, struct message *m);
	void (*retained)(void *arg, struct message *m);
	void (*hello)(void *arg, uint64_t from);
	void (*claim)(void *arg, uint64_t from, const struct mesh_claim *c);
	void (*none)(void *arg, uint64_t from, const struct mesh_claim *c);
	void (*session)(void *arg, uint64_t from, const struct mesh_claim *c,
	    struct wm_span state);
};

/* Begins to listen and says HELLO. Returns 0 or a negative error. */
int mesh_start(struct mesh *, struct wm_proc *, const struct mesh_hearing *,
    void *arg);
void mesh_stop(struct mesh *);

/* How many other runs should answer a question. */
unsigned mesh_expected(const struct mesh *);

/* Gives the message its stamp and publishes it. Returns as wm_publish(). */
int mesh_publish(struct mesh *, struct message *m);

int mesh_say_retained(struct mesh *, uint64_t to, const struct message *m);
int mesh_say_claim(struct mesh *, const struct mesh_claim *c);
int mesh_say_none(struct mesh *, uint64_t to, const struct mesh_claim *c);
int mesh_say_session(struct mesh *, uint64_t to, const struct mesh_claim *c,
    struct wm_span state);

#endif
