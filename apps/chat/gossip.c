/* SPDX-License-Identifier: MIT */
/*
 * How the workers keep their rosters equal: see gossip.h.
 */
#include <stdlib.h>
#include <string.h>

#include <workerman/workerman.h>

#include "gossip.h"
#include "words.h"

#define TOPIC        "chat/gossip"
#define BEAT_MS      2000
#define BEATS_MISSED 5 /* then a run is taken for dead */

/* Another run, as far as heard of. */
struct peer {
	uint64_t run;
	uint64_t seq;
	long long slot, generation;
	unsigned silent; /* beats of ours since it was heard */
	bool whole;      /* all of its people are known */
	UT_hash_handle hh;
};

struct gossip {
	struct wm_proc *proc;
	struct roster *roster;
	struct peer *peers;
	uint64_t run, seq, timer;
};

/* Publishes a message; takes `more`, its members beyond the common ones. */
static void
say_take(struct gossip *g, const char *what, json_t *more)
{
	json_t *out = json_pack("{s:s, s:I, s:i, s:i, s:I}", "what", what,
	    "run", (json_int_t)g->run, "slot", (int)wm_proc_slot(g->proc),
	    "generation", (int)wm_proc_generation(g->proc), "seq",
	    (json_int_t)g->seq);

	if (more != NULL && json_object_update_missing(out, more) < 0) {
		json_decref(out);
		out = NULL;
	}
	json_decref(more);
	if (words_publish_take(g->proc, TOPIC, out) < 0)
		wm_log(WM_LOG_WARNING, "gossip: '%s' was not published", what);
}

static json_t *
person_pack(const struct person *p)
{
	return json_pack("{s:I, s:I, s:s, s:s, s:s}", "id", (json_int_t)p->id,
	    "since", (json_int_t)p->since, "name", p->name, "room", p->room,
	    "key", p->key);
}

static bool
person_unpack(json_t *in, uint64_t run, struct person *p)
{
	const char *name = words_get(in, "name"), *room = words_get(in, "room");

	*p = (struct person){ .run = run };
	p->id = (uint64_t)json_integer_value(json_object_get(in, "id"));
	p->since = json_integer_value(json_object_get(in, "since"));
	return p->id != 0 && words_name(name, p->name) &&
	    words_name(room, p->room) &&
	    words_key(words_get(in, "key"), p->key);
}

static void
say_all(struct gossip *g)
{
	json_t *people = json_array();
	const struct member *m, *next;

	HASH_ITER(by_id, g->roster->by_id, m, next)
		if (m->who.run == g->run)
			json_array_append_new(people, person_pack(&m->who));
	say_take(g, "all", json_pack("{s:o}", "people", people));
}

static void
say_ask(struct gossip *g, struct peer *peer)
{
	peer->whole = false;
	say_take(g, "ask", json_pack("{s:I}", "of", (json_int_t)peer->run));
}

static void
peer_forget(struct gossip *g, struct peer *peer)
{
	uint64_t run = peer->run;

	HASH_DEL(g->peers, peer);
	free(peer);
	roster_drop_run(g->roster, run);
}

/* A run is known by a message of its own; its predecessor in the slot, which
   died or it would have gone on, is forgotten. Null without memory. */
static struct peer *
peer_meet(struct gossip *g, uint64_t run, json_t *in)
{
	struct peer *peer, *next, *met = calloc(1, sizeof(*met));

	if (met == NULL)
		return NULL;
	met->run = run;
	met->slot = json_integer_value(json_object_get(in, "slot"));
	met->generation = json_integer_value(json_object_get(in, "generation"));
	HASH_ITER(hh, g->peers, peer, next)
		if (peer->slot == met->slot &&
		    peer->generation == met->generation)
			peer_forget(g, peer);
	HASH_ADD(hh, g->peers, run, sizeof(met->run), met);
	return met;
}

static void
hear_person(struct gossip *g, struct peer *peer, json_t *in)
{
	struct person p;

	if (!person_unpack(in, peer->run, &p) || roster_put(g->roster, &p) < 0)
		peer->whole = false; /* the next beat makes us ask */
}

static void
hear_hello(struct gossip *g, struct peer *peer, json_t *in)
{
	(void)in;
	peer->whole = true;
	say_all(g);
}

/* What may have been missed before `in` is asked for, once. */
static void
hear_step(struct gossip *g, struct peer *peer, json_int_t seq)
{
	if (peer->whole && (json_int_t)peer->seq != seq - 1)
		say_ask(g, peer);
}

static void
hear_put(struct gossip *g, struct peer *peer, json_t *in)
{
	hear_step(g, peer, json_integer_value(json_object_get(in, "seq")));
	hear_person(g, peer, json_object_get(in, "person"));
}

static void
hear_gone(struct gossip *g, struct peer *peer, json_t *in)
{
	hear_step(g, peer, json_integer_value(json_object_get(in, "seq")));
	roster_drop(g->roster,
	    (uint64_t)json_integer_value(json_object_get(in, "id")), peer->run);
}

static void
hear_all(struct gossip *g, struct peer *peer, json_t *in)
{
	json_t *person;
	size_t i;

	peer->whole = true;
	roster_learn_begin(g->roster);
	json_array_foreach(json_object_get(in, "people"), i, person)
		hear_person(g, peer, person);
	roster_learn_end(g->roster, peer->run);
}

static void
hear_ask(struct gossip *g, struct peer *peer, json_t *in)
{
	json_int_t of = json_integer_value(json_object_get(in, "of"));

	(void)peer;
	if ((uint64_t)of == g->run)
		say_all(g);
}

static void
hear_beat(struct gossip *g, struct peer *peer, json_t *in)
{
	json_int_t seq = json_integer_value(json_object_get(in, "seq"));

	if (!peer->whole || (json_int_t)peer->seq != seq)
		say_ask(g, peer);
}

static const struct {
	const char *what;
	void (*hear)(struct gossip *, struct peer *, json_t *);
} hearing[] = {
	{ "hello", hear_hello },
	{ "put", hear_put },
	{ "gone", hear_gone },
	{ "all", hear_all },
	{ "ask", hear_ask },
	{ "beat", hear_beat },
};

static void
hear(struct gossip *g, json_t *in)
{
	const char *what = words_get(in, "what");
	const json_int_t seq = json_integer_value(json_object_get(in, "seq"));
	const uint64_t run =
	    (uint64_t)json_integer_value(json_object_get(in, "run"));
	struct peer *peer;
	size_t i;

	if (what == NULL || run == 0 || run == g->run)
		return;
	HASH_FIND(hh, g->peers, &run, sizeof(run), peer);
	if (strcmp(what, "bye") == 0) {
		if (peer != NULL)
			peer_forget(g, peer);
		return;
	}
	if (peer == NULL && (peer = peer_meet(g, run, in)) == NULL)
		return;
	peer->silent = 0;
	for (i = 0; i < sizeof(hearing) / sizeof(hearing[0]); i++)
		if (strcmp(what, hearing[i].what) == 0)
			hearing[i].hear(g, peer, in);
	peer->seq = (uint64_t)seq;
}

static void
on_gossip(struct wm_proc *p, const char *topic, const void *data, size_t len,
    void *arg)
{
	json_t *in = words_parse(data, len);

	(void)p, (void)topic;
	hear(arg, in);
	json_decref(in);
}

static void
on_beat(struct wm_proc *p, void *arg)
{
	struct gossip *g = arg;
	struct peer *peer, *next;

	(void)p;
	say_take(g, "beat", NULL);
	HASH_ITER(hh, g->peers, peer, next)
		if (++peer->silent > BEATS_MISSED)
			peer_forget(g, peer);
}

struct gossip *
gossip_new(struct wm_proc *p, struct roster *r)
{
	struct gossip *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	g->proc = p;
	g->roster = r;
	if (wm_random(&g->run, sizeof(g->run)) < 0 ||
	    wm_channel_listen(p, TOPIC, on_gossip, g) < 0 ||
	    (g->timer = wm_timer_every(p, BEAT_MS, on_beat, g)) == 0) {
		gossip_free(&g);
		return NULL;
	}
	g->run = g->run >> 1 | 1; /* positive as a JSON integer, never 0 */
	say_take(g, "hello", NULL);
	return g;
}

void
gossip_free(struct gossip **gp)
{
	struct gossip *g = *gp;
	struct peer *peer, *next;

	*gp = NULL;
	if (g == NULL)
		return;
	say_take(g, "bye", NULL);
	wm_timer_cancel(g->proc, g->timer);
	wm_channel_listen(g->proc, TOPIC, NULL, NULL);
	HASH_ITER(hh, g->peers, peer, next) {
		HASH_DEL(g->peers, peer);
		free(peer);
	}
	free(g);
}

uint64_t
gossip_run(const struct gossip *g)
{
	return g->run;
}

int
gossip_put(struct gossip *g, const struct person *p)
{
	int rc;

	if ((rc = roster_put(g->roster, p)) != 0)
		return rc;
	g->seq++;
	say_take(g, "put", json_pack("{s:o}", "person", person_pack(p)));
	return 0;
}

void
gossip_drop(struct gossip *g, uint64_t id)
{
	if (!roster_drop(g->roster, id, g->run))
		return;
	g->seq++;
	say_take(g, "gone", json_pack("{s:I}", "id", (json_int_t)id));
}
