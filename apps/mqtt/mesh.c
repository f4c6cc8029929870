/* SPDX-License-Identifier: MIT */
/*
 * Messages between workers: see mesh.h. What they say is trusted, since only
 * workers of the same master can; that it is whole is checked nevertheless.
 */
#include <stdlib.h>

#include <utlist.h>

#include "mesh.h"
#include "pack.h"

#define MESH_TOPIC "mqtt"

enum mesh_kind {
	MESH_HELLO,
	MESH_HERE,
	MESH_BYE,
	MESH_PUBLISH,
	MESH_RETAINED,
	MESH_CLAIM,
	MESH_NONE,
	MESH_SESSION
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
	return say_claim(mesh, MESH_NONE, to, c, span_of(""));
}

int
mesh_say_session(struct mesh *mesh, uint64_t to, const struct mesh_claim *c,
    struct wm_span state)
{
	return say_claim(mesh, MESH_SESSION, to, c, state);
}

/* ---- the others ---- */

static void
peer_forget(struct mesh *mesh, struct peer *peer)
{
	LL_DELETE(mesh->peers, peer);
	mesh->n_peers--;
	free(peer);
}

/* The run that speaks, met now if it is new. Null when memory ran out. */
static struct peer *
peer_meet(struct mesh *mesh, uint64_t run, uint64_t place)
{
	struct peer *peer, *next;

	LL_FOREACH(mesh->peers, peer)
	if (peer->run == run)
		return peer;
	LL_FOREACH_SAFE(mesh->peers, peer, next)
	if (peer->place == place)
		peer_forget(mesh, peer);
	if ((peer = calloc(1, sizeof(*peer))) == NULL)
		return NULL;
	peer->run = run;
	peer->place = place;
	LL_PREPEND(mesh->peers, peer);
	mesh->n_peers++;
	return peer;
}

unsigned
mesh_expected(const struct mesh *mesh)
{
	unsigned all = wm_proc_count(mesh->proc);

	return mesh->n_peers + 1 > all ? mesh->n_peers : all - 1;
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
hear_claim(struct mesh *mesh, uint64_t from, enum mesh_kind kind,
    struct unpack *u)
{
	struct mesh_claim c;
	struct wm_span state;

	c.stamp.ns = unpack_uint(u, 8);
	c.stamp.run = unpack_uint(u, 8);
	c.clean = unpack_uint(u, 1);
	c.id = unpack_span(u, 2);
	state = unpack_rest(u);
	if (u->failed)
		return;
	if (kind == MESH_CLAIM)
		mesh->hearing->claim(mesh->arg, from, &c);
	else if (kind == MESH_NONE)
		mesh->hearing->none(mesh->arg, from, &c);
	else
		mesh->hearing->session(mesh->arg, from, &c, state);
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
		peer_forget(mesh, peer);
		break;
	case MESH_PUBLISH:
	case MESH_RETAINED:
		hear_message(mesh, kind, u);
		break;
	case MESH_CLAIM:
	case MESH_NONE:
	case MESH_SESSION:
		hear_claim(mesh, peer->run, kind, u);
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
	int error = wm_random(&mesh->run, sizeof(mesh->run));

	if (error < 0)
		return error;
	mesh->run |= 1; /* never 0 */
	mesh->proc = p;
	mesh->place = mesh_place(p);
	mesh->hearing = hearing;
	mesh->arg = arg;
	error = wm_channel_listen(p, MESH_TOPIC, on_mesh, mesh);
	return error < 0 ? error : say(mesh, MESH_HELLO, 0);
}

void
mesh_stop(struct mesh *mesh)
{
	if (mesh->proc == NULL)
		return; /* never started */
	say(mesh, MESH_BYE, 0);
	wm_channel_listen(mesh->proc, MESH_TOPIC, NULL, NULL);
	while (mesh->peers != NULL)
		peer_forget(mesh, mesh->peers);
}
