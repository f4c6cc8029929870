/* SPDX-License-Identifier: MIT */
/*
 * How the workers keep their rosters equal: see gossip.h.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/workerman.h>

#include "gossip.h"
#include "words.h"

#define TOPIC        "chat/gossip"
#define BEAT_MS      2000
#define BEATS_MISSED 5 /* then a run is taken for dead */
#define KILLED_MAX   16

/* Another run, as far as heard of. */
struct peer {
	uint64_t run;
	uint64_t seq;
	uint64_t pid;
	unsigned silent; /* beats of ours since it was heard */
	bool whole;      /* all of its people are known */
	bool ended;      /* it said bye, or died: what still comes is stale */
	UT_hash_handle hh;
};

struct gossip {
	struct wm_proc *proc;
	struct roster *roster;
	struct peer *peers;
	uint64_t run, seq, timer;
	uint64_t killed[KILLED_MAX]; /* pids; the latest, round and round */
	unsigned n_killed;
};

/* Publishes a message; takes `more`, its members beyond the common ones. */
static void
say_take(struct gossip *g, const char *what, json_t *more)
{
	json_t *out = json_pack("{s:s, s:I, s:I, s:I}", "what", what, "run",
	    (json_int_t)g->run, "pid", (json_int_t)getpid(), "seq",
	    (json_int_t)g->seq);

	if (more != NULL && json_object_update_missing(out, more) < 0) {
		json_decref(out);
		out = NULL;
	}
	json_decref(more);
	if (words_publish_take(g->proc, TOPIC, out) < 0)
		wm_log(WM_LOG_WARNING, "gossip: '%s' was not published", what);
}

static uint64_t
number_get(const json_t *in, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(in, key));
}

static json_t *
person_pack(const struct person *p)
{
	return json_pack("{s:I, s:I, s:I, s:s, s:s, s:s}", "id",
	    (json_int_t)p->id, "since", (json_int_t)p->since, "hop",
	    (json_int_t)p->hop, "name", p->name, "room", p->room, "key",
	    p->key);
}

static bool
person_unpack(json_t *in, uint64_t run, struct person *p)
{
	const char *name = words_get(in, "name"), *room = words_get(in, "room");

	*p = (struct person){ .run = run };
	p->id = number_get(in, "id");
	p->since = json_integer_value(json_object_get(in, "since"));
	p->hop = number_get(in, "hop");
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

/* Somebody whom that run says to hold, with a connection that is here. */
static const struct member *
find_ours(const struct gossip *g, uint64_t run)
{
	const struct member *m;

	for (m = g->roster->by_id; m != NULL; m = m->by_id.next)
		if (m->who.run == run &&
		    wm_conn_find(g->proc, m->who.id) != NULL)
			return m;
	return NULL;
}

/* Those who were moving to that run when it died are still here. */
static void
take_back(struct gossip *g, uint64_t run)
{
	const struct member *m;
	struct person p;

	while ((m = find_ours(g, run)) != NULL) {
		p = m->who;
		p.run = g->run;
		p.hop++;
		if (gossip_put(g, &p) != 0)
			return;
	}
}

/* Whoever the run still holds has left. */
static void
peer_drop(struct gossip *g, struct peer *peer)
{
	take_back(g, peer->run);
	roster_drop_run(g->roster, peer->run);
}

static struct peer *
peer_find(const struct gossip *g, uint64_t run)
{
	struct peer *peer;

	HASH_FIND(hh, g->peers, &run, sizeof(run), peer);
	return peer;
}

/* Whether that process was killed, and the number is nobody else's. */
static bool
was_killed(const struct gossip *g, uint64_t pid)
{
	unsigned i;

	for (i = 0; i < KILLED_MAX; i++)
		if (pid != 0 && g->killed[i] == pid)
			return kill((pid_t)pid, 0) < 0 && errno == ESRCH;
	return false;
}

/* The run, known from now on; null when memory ran out. What a killed one had
   said may be heard later than that it was. */
static struct peer *
peer_meet(struct gossip *g, uint64_t run, uint64_t pid)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	if (peer == NULL)
		return NULL;
	peer->run = run;
	peer->pid = pid;
	peer->ended = was_killed(g, pid);
	HASH_ADD(hh, g->peers, run, sizeof(peer->run), peer);
	return peer;
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
hear_step(struct gossip *g, struct peer *peer, const json_t *in)
{
	if (peer->whole && peer->seq + 1 != number_get(in, "seq"))
		say_ask(g, peer);
}

static void
hear_put(struct gossip *g, struct peer *peer, json_t *in)
{
	hear_step(g, peer, in);
	hear_person(g, peer, json_object_get(in, "person"));
}

static void
hear_gone(struct gossip *g, struct peer *peer, json_t *in)
{
	hear_step(g, peer, in);
	roster_drop(g->roster, number_get(in, "id"), peer->run);
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
	(void)peer;
	if (number_get(in, "of") == g->run)
		say_all(g);
}

static void
hear_beat(struct gossip *g, struct peer *peer, json_t *in)
{
	if (!peer->whole || peer->seq != number_get(in, "seq"))
		say_ask(g, peer);
}

/* Whom it held moved on with their connections, or else it had said that they
   are gone: the processes that took them over say so. */
static void
hear_bye(struct gossip *g, struct peer *peer, json_t *in)
{
	(void)g, (void)in;
	peer->ended = true;
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
	{ "bye", hear_bye },
};

static void
hear(struct gossip *g, json_t *in)
{
	const char *what = words_get(in, "what");
	const uint64_t run = number_get(in, "run");
	struct peer *peer = peer_find(g, run);
	size_t i;

	if (what == NULL || run == 0 || run == g->run)
		return;
	if (peer == NULL &&
	    (peer = peer_meet(g, run, number_get(in, "pid"))) == NULL)
		return;
	if (peer->ended)
		return;
	peer->silent = 0;
	for (i = 0; i < sizeof(hearing) / sizeof(hearing[0]); i++)
		if (strcmp(what, hearing[i].what) == 0)
			hearing[i].hear(g, peer, in);
	peer->seq = number_get(in, "seq");
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

	/* not a repeating one: the process beats as long as it lives */
	g->timer = wm_timer_once(p, BEAT_MS, on_beat, g);
	say_take(g, "beat", NULL);
	HASH_ITER(hh, g->peers, peer, next)
		if (++peer->silent > BEATS_MISSED) {
			peer_drop(g, peer);
			HASH_DEL(g->peers, peer);
			free(peer);
		}
}

void
gossip_killed(struct gossip *g, long pid)
{
	struct peer *peer;

	g->killed[g->n_killed++ % KILLED_MAX] = (uint64_t)pid;
	for (peer = g->peers; peer != NULL; peer = peer->hh.next)
		if (peer->pid == (uint64_t)pid && !peer->ended) {
			peer->ended = true;
			peer_drop(g, peer);
		}
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
	    (g->timer = wm_timer_once(p, BEAT_MS, on_beat, g)) == 0) {
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

bool
gossip_knows(const struct gossip *g, uint64_t run)
{
	return run == 0 || run == g->run || peer_find(g, run) != NULL;
}

int
gossip_put(struct gossip *g, const struct person *p)
{
	const struct person *now;
	int rc;

	if ((rc = roster_put(g->roster, p)) != 0)
		return rc;
	/* what the roster found out about it may have changed it at once */
	if ((now = roster_find(g->roster, p->id)) == NULL)
		return 0;
	g->seq++;
	say_take(g, "put", json_pack("{s:o}", "person", person_pack(now)));
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

/* ---- from a process to its successor ---- */

static void
peer_freeze(struct wm_freezer *f, const struct peer *peer)
{
	wm_freeze_number(f, peer->run);
	wm_freeze_number(f, peer->pid);
	wm_freeze_number(f, peer->seq);
	wm_freeze_number(f, peer->whole);
	wm_freeze_number(f, peer->ended);
}

static int
peer_thaw(struct gossip *g, struct wm_thawer *t)
{
	struct peer in = { .run = wm_thaw_number(t) }, *peer;

	in.pid = wm_thaw_number(t);
	in.seq = wm_thaw_number(t);
	in.whole = wm_thaw_number(t) != 0;
	in.ended = wm_thaw_number(t) != 0;
	if (!wm_thaw_ok(t) || gossip_knows(g, in.run))
		return 0;
	if ((peer = peer_meet(g, in.run, in.pid)) == NULL)
		return WM_E_NOMEM;
	peer->seq = in.seq;
	peer->whole = in.whole;
	if (peer->ended)
		peer_drop(g, peer);
	peer->ended |= in.ended;
	return 0;
}

void
gossip_freeze(const struct gossip *g, struct wm_freezer *f)
{
	const struct peer self = { .run = g->run,
		.pid = (uint64_t)getpid(),
		.seq = g->seq,
		.whole = true };
	const struct peer *peer;

	wm_freeze_number(f, HASH_COUNT(g->peers) + 1);
	peer_freeze(f, &self);
	for (peer = g->peers; peer != NULL; peer = peer->hh.next)
		peer_freeze(f, peer);
}

int
gossip_thaw(struct gossip *g, struct wm_thawer *t)
{
	uint64_t n = wm_thaw_number(t);
	int rc = 0;

	while (n-- > 0 && rc == 0 && wm_thaw_ok(t))
		rc = peer_thaw(g, t);
	return rc;
}
