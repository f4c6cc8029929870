/* SPDX-License-Identifier: MIT */
/*
 * Messages between workers: see mesh.h. What they say is trusted, since only
 * workers of the same master can; that it is whole is checked nevertheless.
 */
#include <stdlib.h>
#include <unistd.h>

#include <utlist.h>

#include "mesh.h"
#include "pack.h"

/* Programs that write anything here differently have another one. */
#define MESH_TOPIC "mqtt/1"

#define PEER_GONE_MS 20000 /* as long as somebody may ask what it said */

enum mesh_kind {
	MESH_HELLO,
	MESH_HERE,
	MESH_BYE,
	MESH_PUBLISH,
	MESH_RETAINED,
	MESH_CLAIM,
	MESH_NONE,
	MESH_PASSED,
	MESH_ASK,
	MESH_SESSION,
	MESH_LEFT
};

/* ---- speaking ---- */

static void
say_begin(const struct mesh *mesh, struct wm_buf *b, enum mesh_kind kind,
    uint64_t to)
{
	pack_uint(b, kind, 1);
	pack_uint(b, mesh->run, 8);
	pack_uint(b, mesh->place, 8);
	pack_uint(b, mesh->seq, 8);
	pack_uint(b, to, 8);
}

static int
say_end(const struct mesh *mesh, struct wm_buf *b)
{
	int error = WM_E_NOMEM;

	if (!b->failed)
		error = wm_publish(mesh->proc, MESH_TOPIC, b->data, b->len, 0);
	wm_buf_fini(b);
	return error;
}

static int
say(const struct mesh *mesh, enum mesh_kind kind, uint64_t to)
{
	struct wm_buf b = WM_BUF_INIT;

	say_begin(mesh, &b, kind, to);
	return say_end(mesh, &b);
}

static int
say_message(const struct mesh *mesh, enum mesh_kind kind, uint64_t to,
    const struct message *m)
{
	struct wm_buf b = WM_BUF_INIT;

	say_begin(mesh, &b, kind, to);
	message_pack(&b, m);
	return say_end(mesh, &b);
}

static int
say_claim(const struct mesh *mesh, enum mesh_kind kind, uint64_t to,
    const struct mesh_claim *c, struct wm_span state)
{
	struct wm_buf b = WM_BUF_INIT;

	say_begin(mesh, &b, kind, to);
	pack_uint(&b, c->stamp.ns, 8);
	pack_uint(&b, c->stamp.run, 8);
	pack_uint(&b, c->clean, 1);
	pack_uint(&b, c->other, 8);
	pack_span(&b, c->id, 2);
	wm_buf_put(&b, state.data, state.len);
	return say_end(mesh, &b);
}

int
mesh_publish(struct mesh *mesh, struct message *m)
{
	m->stamp = stamp_now(mesh->run);
	m->seq = ++mesh->seq;
	return say_message(mesh, MESH_PUBLISH, 0, m);
}

int
mesh_say_retained(struct mesh *mesh, uint64_t to, const struct message *m)
{
	return say_message(mesh, MESH_RETAINED, to, m);
}

int
mesh_say_claim(struct mesh *mesh, const struct mesh_claim *c)
{
	return say_claim(mesh, MESH_CLAIM, 0, c, span_of(""));
}

int
mesh_say_none(struct mesh *mesh, uint64_t to, const struct mesh_claim *c)
{
	struct mesh_claim ask = *c;

	if (!mesh->passed)
		return say_claim(mesh, MESH_NONE, to, c, span_of(""));
	ask.other = to;
	say_claim(mesh, MESH_ASK, 0, &ask, span_of(""));
	return say_claim(mesh, MESH_PASSED, to, c, span_of(""));
}

int
mesh_say_session(struct mesh *mesh, uint64_t to, const struct mesh_claim *c,
    struct wm_span state)
{
	return say_claim(mesh, MESH_SESSION, to, c, state);
}

int
mesh_say_left(struct mesh *mesh, const struct mesh_claim *c,
    struct wm_span state)
{
	return say_claim(mesh, MESH_LEFT, 0, c, state);
}

/* ---- the others ---- */

static void
peer_free(struct mesh *mesh, struct peer *peer)
{
	LL_DELETE(mesh->peers, peer);
	free(peer);
}

/* Nobody asks any more for what it said. */
static void
peers_sweep(struct mesh *mesh)
{
	uint64_t now = stamp_now(0).ns;
	struct peer *peer, *next;

	LL_FOREACH_SAFE(mesh->peers, peer, next)
	if (peer->gone != 0 && peer->gone + PEER_GONE_MS * 1000000ull < now)
		peer_free(mesh, peer);
}

static struct peer *
peer_find(const struct mesh *mesh, uint64_t run)
{
	struct peer *peer;

	LL_FOREACH(mesh->peers, peer)
	if (peer->run == run)
		break;
	return peer;
}

/* The run that speaks, met now if it is new. Null when memory ran out. */
static struct peer *
peer_meet(struct mesh *mesh, uint64_t run, uint64_t place)
{
	struct peer *peer = peer_find(mesh, run);

	if (peer != NULL)
		return peer;
	peers_sweep(mesh);
	if ((peer = calloc(1, sizeof(*peer))) == NULL)
		return NULL;
	peer->run = run;
	peer->place = place;
	LL_PREPEND(mesh->peers, peer);
	mesh->hearing->met(mesh->arg, peer);
	return peer;
}

static void
peer_end(struct mesh *mesh, struct peer *peer)
{
	if (peer->gone != 0)
		return;
	peer->gone = stamp_now(0).ns;
	mesh->hearing->gone(mesh->arg, peer);
}

void
mesh_lost(struct mesh *mesh, long pid)
{
	const uint64_t mask = (1u << MESH_PID_BITS) - 1;
	struct peer *peer;

	LL_FOREACH(mesh->peers, peer)
	if ((peer->run & mask) == ((uint64_t)pid & mask))
		peer_end(mesh, peer);
}

const struct peer *
mesh_peer(const struct mesh *mesh, uint64_t run)
{
	return peer_find(mesh, run);
}

uint64_t
mesh_successor(const struct mesh *mesh)
{
	const struct peer *peer;
	uint64_t last = 0;

	LL_FOREACH(mesh->peers, peer)
	if (peer->place == mesh->place && peer->gone == 0 &&
	    peer->run > mesh->run && peer->run > last)
		last = peer->run;
	return last;
}

const struct peer *
mesh_heir(const struct mesh *mesh, const struct peer *peer)
{
	const struct peer *heir;

	LL_FOREACH(mesh->peers, heir)
	if (heir->place == peer->place && heir->run > peer->run &&
	    (heir->gone == 0 || heir->passed))
		break;
	return heir;
}

static void
pack_peer(struct wm_buf *b, uint64_t run, uint64_t place, uint64_t seq)
{
	pack_uint(b, run, 8);
	pack_uint(b, place, 8);
	pack_uint(b, seq, 8);
}

static void
pack_end(struct wm_buf *b, uint64_t gone, bool passed)
{
	pack_uint(b, gone, 8);
	pack_uint(b, passed, 1);
}

void
mesh_pack(struct wm_buf *b, const struct mesh *mesh)
{
	const struct peer *peer;

	LL_FOREACH(mesh->peers, peer)
	{
		pack_peer(b, peer->run, peer->place, peer->seq);
		pack_end(b, peer->gone, peer->passed);
	}
	pack_peer(b, mesh->run, mesh->place, mesh->seq);
	pack_end(b, 0, false);
}

static void
unpack_peer(struct mesh *mesh, struct unpack *u)
{
	uint64_t run = unpack_uint(u, 8), place = unpack_uint(u, 8);
	uint64_t seq = unpack_uint(u, 8), gone = unpack_uint(u, 8);
	bool passed = unpack_uint(u, 1);
	struct peer *peer;

	if (u->failed || run == 0 || run == mesh->run ||
	    (peer = peer_meet(mesh, run, place)) == NULL)
		return;
	if (seq > peer->seq)
		peer->seq = seq;
	if (peer->gone == 0) {
		peer->gone = gone;
		peer->passed = passed;
	}
}

int
mesh_unpack(struct mesh *mesh, struct unpack *u)
{
	while (unpack_left(u) > 0)
		unpack_peer(mesh, u);
	say(mesh, MESH_HERE, 0);
	return u->failed ? WM_E_PROTOCOL : 0;
}

/* ---- hearing ---- */

static void
hear_message(struct mesh *mesh, enum mesh_kind kind, struct unpack *u)
{
	struct message *m = message_unpack(u);

	if (m == NULL) {
		wm_log(WM_LOG_ERROR, "a message between workers is lost");
		return;
	}
	if (kind == MESH_PUBLISH)
		mesh->hearing->publish(mesh->arg, m);
	else
		mesh->hearing->retained(mesh->arg, m);
	message_unref(&m);
}

static void
hear_claim(struct mesh *mesh, const struct peer *peer, enum mesh_kind kind,
    struct unpack *u)
{
	const uint64_t from = peer->run;
	struct mesh_claim c;
	struct wm_span state;

	c.stamp.ns = unpack_uint(u, 8);
	c.stamp.run = unpack_uint(u, 8);
	c.clean = unpack_uint(u, 1);
	c.other = unpack_uint(u, 8);
	c.id = unpack_span(u, 2);
	state = unpack_rest(u);
	if (u->failed)
		return;
	switch (kind) {
	case MESH_CLAIM:
		mesh->hearing->claim(mesh->arg, from, &c);
		break;
	case MESH_NONE:
	case MESH_PASSED:
		mesh->hearing->none(mesh->arg, from, &c, kind == MESH_PASSED);
		break;
	case MESH_ASK:
		if (peer->place == mesh->place && from < mesh->run)
			mesh->hearing->ask(mesh->arg, from, &c);
		break;
	case MESH_LEFT:
		mesh->hearing->left(mesh->arg, from, &c, state);
		break;
	default:
		mesh->hearing->session(mesh->arg, from, &c, state);
	}
}

static void
hear_other(struct mesh *mesh, struct peer *peer, enum mesh_kind kind,
    struct unpack *u)
{
	switch (kind) {
	case MESH_HELLO:
		say(mesh, MESH_HERE, peer->run);
		mesh->hearing->hello(mesh->arg, peer->run);
		break;
	case MESH_BYE:
		peer->passed = unpack_uint(u, 1);
		peer_end(mesh, peer);
		break;
	case MESH_PUBLISH:
	case MESH_RETAINED:
		hear_message(mesh, kind, u);
		break;
	case MESH_CLAIM:
	case MESH_NONE:
	case MESH_PASSED:
	case MESH_ASK:
	case MESH_SESSION:
	case MESH_LEFT:
		hear_claim(mesh, peer, kind, u);
		break;
	default: /* HERE: met already */
		break;
	}
}

static void
on_mesh(struct wm_proc *p, const char *topic, const void *data, size_t len,
    void *arg)
{
	struct mesh *mesh = arg;
	struct unpack u = UNPACK_INIT((const char *)data, len);
	enum mesh_kind kind = (enum mesh_kind)unpack_uint(&u, 1);
	uint64_t run = unpack_uint(&u, 8), place = unpack_uint(&u, 8);
	uint64_t seq = unpack_uint(&u, 8), to = unpack_uint(&u, 8);
	struct peer *peer;

	(void)p, (void)topic;
	if (u.failed || run == 0)
		return;
	if (run == mesh->run) {
		if (kind == MESH_PUBLISH)
			hear_message(mesh, kind, &u);
		return;
	}
	if ((peer = peer_meet(mesh, run, place)) == NULL)
		return;
	peer->seq = seq;
	if (to == 0 || to == mesh->run)
		hear_other(mesh, peer, kind, &u);
}

/* ---- beginning and end ---- */

static uint64_t
mesh_place(struct wm_proc *p)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */
	const char *s;

	for (s = wm_proc_name(p); *s != '\0'; s++)
		hash = (hash ^ (unsigned char)*s) * 1099511628211u;
	return (hash ^ wm_proc_slot(p)) * 1099511628211u;
}

int
mesh_start(struct mesh *mesh, struct wm_proc *p,
    const struct mesh_hearing *hearing, void *arg)
{
	const uint64_t mask = (1u << MESH_PID_BITS) - 1;

	mesh->run = stamp_now(0).ns / 1000000u << MESH_PID_BITS |
	    ((uint64_t)getpid() & mask);
	mesh->proc = p;
	mesh->place = mesh_place(p);
	mesh->hearing = hearing;
	mesh->arg = arg;
	return wm_channel_listen(p, MESH_TOPIC, on_mesh, mesh);
}

void
mesh_hello(struct mesh *mesh)
{
	say(mesh, MESH_HELLO, 0);
}

void
mesh_stop(struct mesh *mesh)
{
	struct wm_buf b = WM_BUF_INIT;

	if (mesh->proc == NULL)
		return; /* never started */
	say_begin(mesh, &b, MESH_BYE, 0);
	pack_uint(&b, mesh->passed, 1);
	say_end(mesh, &b);
	wm_channel_listen(mesh->proc, MESH_TOPIC, NULL, NULL);
	while (mesh->peers != NULL)
		peer_free(mesh, mesh->peers);
}
