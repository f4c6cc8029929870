/* SPDX-License-Identifier: MIT */
/*
 * Whose session it is. A client may come back to another worker than the one
 * that it left, or leave a connection there that is still open.
 *
 * Each CONNECT is told to all workers as a claim, with its moment. Whoever
 * holds that session for an older claim lets it go at once: it closes the
 * connection and, when the session is to be kept, answers with all of it;
 * the others answer that they have none. The client gets its CONNACK when
 * the session or all answers have come, or after AWAIT_MS: a worker that is
 * dead or blocked for so long has lost it. While a session is awaited,
 * another claim may follow; it is passed on then. So of two claims the newer
 * one wins wherever they meet, and no two workers keep the session.
 *
 * Messages that are published meanwhile reach both workers, in different
 * orders. The session therefore says which ones its owner has dealt with;
 * of the others, the new owner takes what it has already routed out of
 * `recent`, and what comes later as it comes: nothing is lost or doubled. No
 * worker writes anything down: the sessions of one that is killed are lost.
 */
#include <utlist.h>

#include "broker.h"
#include "pack.h"

#define AWAIT_MS 2000

static struct mesh_claim
claim_of(const struct session *s)
{
	return (struct mesh_claim){ s->claim, s->clean, span_of(s->id) };
}

/* ---- giving ---- */

/* What this worker has heard of every run, so far. */
static void
give_seen(struct broker *b, struct session *s)
{
	const struct peer *peer;
	unsigned i = 0;

	while (i < s->n_seen) {
		LL_FOREACH(b->mesh.peers, peer)
		if (peer->run == s->seen[i].run)
			break;
		if (peer == NULL)
			session_drop_seen(s, i);
		else
			i++;
	}
	LL_FOREACH(b->mesh.peers, peer)
	session_add_seen(s, peer->run, peer->seq);
	session_add_seen(s, b->mesh.run, b->mesh.seq);
}

static void
give(struct broker *b, struct session *s, uint64_t to,
    const struct mesh_claim *claim)
{
	struct wm_buf state = WM_BUF_INIT;

	give_seen(b, s);
	session_pack(&state, s);
	if (state.failed ||
	    mesh_say_session(&b->mesh, to, claim,
		(struct wm_span){ state.data, state.len }) < 0)
		wm_log(WM_LOG_ERROR, "the session of '%s' is lost", s->id);
	wm_buf_fini(&state);
}

void
handover_on_claim(void *arg, uint64_t from, const struct mesh_claim *claim)
{
	struct broker *b = arg;
	struct session *s = session_find(&b->sessions, claim->id);

	if (s == NULL || !stamp_is_newer(claim->stamp, s->claim)) {
		if (!claim->clean)
			mesh_say_none(&b->mesh, from, claim);
		return;
	}
	broker_take_over(b, s);
	s->claim = claim->stamp;
	if (s->awaited) {
		s->heir = claim->clean ? 0 : from;
		s->clean = claim->clean;
		return;
	}
	if (!claim->clean && !s->clean)
		give(b, s, from, claim);
	else if (!claim->clean)
		mesh_say_none(&b->mesh, from, claim);
	session_free(&b->sessions, &s);
}

void
handover_leave(struct broker *b)
{
	struct session *s, *next;
	struct mesh_claim claim;

	if (b->mesh.peers == NULL)
		return;
	HASH_ITER(hh, b->sessions.by_id, s, next)
		if (!s->clean && !s->awaited) {
			claim = claim_of(s);
			give(b, s, b->mesh.peers->run, &claim);
		}
}

/* ---- getting ---- */

/* The session is this worker's now; whether there was one before. */
static void
await_end(struct broker *b, struct session *s, bool present)
{
	struct mesh_claim claim = claim_of(s);
	struct wm_conn *c = s->conn;

	wm_timer_cancel(b->proc, s->timer);
	s->awaited = false;
	s->timer = 0;
	if (s->heir != 0 && present)
		give(b, s, s->heir, &claim);
	else if (s->heir != 0)
		mesh_say_none(&b->mesh, s->heir, &claim);
	if (c != NULL)
		broker_accept(b, c, s, present);
	else if (present && s->heir == 0 && !s->clean)
		session_attach(&b->sessions, s, NULL);
	else
		session_free(&b->sessions, &s);
}

static void
await_timeout(struct wm_proc *p, void *arg)
{
	(void)p;
	await_end(wm_proc_data(p), arg, false);
}

void
handover_on_none(void *arg, uint64_t from, const struct mesh_claim *claim)
{
	struct broker *b = arg;
	struct session *s = session_find(&b->sessions, claim->id);

	(void)from;
	if (s == NULL || !s->awaited || s->asked.ns != claim->stamp.ns)
		return;
	if (++s->answers >= mesh_expected(&b->mesh))
		await_end(b, s, false);
}

void
handover_on_session(void *arg, uint64_t from, const struct mesh_claim *claim,
    struct wm_span state)
{
	struct broker *b = arg;
	struct session *s = session_find(&b->sessions, claim->id);

	(void)from;
	if (s != NULL && !s->awaited)
		return;  /* the client began anew */
	if (s == NULL) { /* a worker that ends leaves it to us */
		if ((s = session_new(&b->sessions, claim->id)) == NULL)
			return;
		s->claim = claim->stamp;
	}
	if (session_unpack(&b->sessions, s, state.data, state.len) < 0)
		wm_log(WM_LOG_ERROR, "the session of '%s' is damaged", s->id);
	deliver_missed(b, s);
	await_end(b, s, true);
}

static void
await(struct broker *b, struct wm_conn *c, struct session *s)
{
	s->conn = c;
	s->answers = 0;
	s->asked = s->claim;
	s->heir = 0;
	if (!s->awaited)
		s->timer = wm_timer_once(b->proc, AWAIT_MS, await_timeout, s);
	s->awaited = s->timer != 0;
	if (!s->awaited) {
		((struct client *)wm_conn_data(c))->session = NULL;
		broker_refuse(c, MQTT_UNAVAILABLE);
		session_free(&b->sessions, &s);
	}
}

/* A session that was here, if it may be kept, or else a new one. */
static struct session *
claim_here(struct broker *b, const struct mesh_claim *claim, bool *present_r)
{
	struct session *s = session_find(&b->sessions, claim->id);

	if (s != NULL)
		broker_take_over(b, s);
	if (s != NULL && (claim->clean || s->clean)) {
		wm_timer_cancel(b->proc, s->timer);
		session_free(&b->sessions, &s);
	}
	*present_r = s != NULL;
	if (s == NULL)
		s = session_new(&b->sessions, claim->id);
	if (s != NULL) {
		s->claim = claim->stamp;
		s->clean = claim->clean;
	}
	return s;
}

void
handover_connect(struct broker *b, struct wm_conn *c,
    const struct mqtt_connect *connect)
{
	struct mesh_claim claim = { stamp_now(b->mesh.run), connect->clean,
		connect->client_id };
	struct client *client = wm_conn_data(c);
	bool present;
	struct session *s = claim_here(b, &claim, &present);

	if (s == NULL || mesh_say_claim(&b->mesh, &claim) < 0) {
		broker_refuse(c, MQTT_UNAVAILABLE);
		if (s != NULL && !present)
			session_free(&b->sessions, &s);
		else if (s != NULL && !s->awaited)
			session_attach(&b->sessions, s, NULL);
		return;
	}
	client->session = s;
	if (s->awaited ||
	    (!present && !s->clean && mesh_expected(&b->mesh) > 0))
		await(b, c, s);
	else
		broker_accept(b, c, s, present);
}
