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
 *
 * At a reload sessions move with their connections, or as process state: that
 * is move.c's. A worker that has begun in the place of another one claims
 * nothing before it knows the others (broker.ready); one that has given its
 * sessions away passes claims on, behind them (mesh.passed).
 */
#include <utlist.h>

#include "broker.h"
#include "pack.h"

#define AWAIT_MS 2000

static struct mesh_claim
claim_of(const struct session *s)
{
	return (struct mesh_claim){ s->claim, s->clean, 0, span_of(s->id) };
}

/* ---- claims that were heard ---- */

static uint64_t
claim_hash(struct wm_span id)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	for (size_t i = 0; i < id.len; i++)
		hash = (hash ^ (unsigned char)id.data[i]) * 1099511628211u;
	return hash;
}

static void
claim_note(struct broker *b, uint64_t from, const struct mesh_claim *claim)
{
	struct heard *h = &b->heard[b->n_heard++ % HEARD_MAX];

	h->hash = claim_hash(claim->id);
	h->stamp = claim->stamp;
	h->from = from;
}

uint64_t
handover_claimer(const struct broker *b, struct wm_span id, struct stamp since)
{
	uint64_t hash = claim_hash(id), from = 0;

	for (unsigned i = 0; i < HEARD_MAX; i++)
		if (b->heard[i].hash == hash &&
		    stamp_is_newer(b->heard[i].stamp, since)) {
			since = b->heard[i].stamp;
			from = b->heard[i].from;
		}
	return from;
}

/* ---- giving ---- */

void
handover_note_seen(struct broker *b, struct session *s)
{
	const struct peer *peer;
	unsigned i = 0;

	while (i < s->n_seen)
		if (mesh_peer(&b->mesh, s->seen[i].run) == NULL)
			session_drop_seen(s, i);
		else
			i++;
	LL_FOREACH(b->mesh.peers, peer)
	session_add_seen(s, peer->run, peer->seq);
	session_add_seen(s, b->mesh.run, b->mesh.seq);
}

void
handover_forget_seen(struct broker *b, struct session *s)
{
	const struct peer *peer;
	unsigned i = 0;

	while (i < s->n_seen) {
		peer = mesh_peer(&b->mesh, s->seen[i].run);
		if (s->seen[i].run == b->mesh.run ||
		    (peer != NULL && peer->seq >= s->seen[i].seq))
			session_drop_seen(s, i);
		else
			i++;
	}
}

/* In answer to that claim; `to` is 0: unasked, to claim->other. */
static void
give(struct broker *b, struct session *s, uint64_t to,
    const struct mesh_claim *claim)
{
	struct wm_buf state = WM_BUF_INIT;
	struct wm_span bytes;
	int error = WM_E_NOMEM;

	handover_note_seen(b, s);
	session_pack(&state, s);
	bytes = (struct wm_span){ state.data, state.len };
	if (!state.failed)
		error = to != 0 ? mesh_say_session(&b->mesh, to, claim, bytes) :
				  mesh_say_left(&b->mesh, claim, bytes);
	if (error < 0)
		wm_log(WM_LOG_ERROR, "the session of '%s' is lost", s->id);
	wm_buf_fini(&state);
}

/* A claim came while the session is on its way: who has it then will see to
   it. Of several the newest counts. */
static void
claim_put_off(struct broker *b, struct session *s, uint64_t from,
    const struct mesh_claim *claim)
{
	struct mesh_claim older = { s->rival, s->rival_clean, s->rival_via,
		claim->id };

	if (stamp_is_newer(s->rival, claim->stamp)) {
		if (!claim->clean)
			mesh_say_none(&b->mesh, from, claim);
		return;
	}
	if (s->rival.ns != 0 && !s->rival_clean)
		mesh_say_none(&b->mesh, s->rival_from, &older);
	s->rival = claim->stamp;
	s->rival_from = from;
	s->rival_clean = claim->clean;
	s->rival_via = claim->other;
}

static void
claim_answer(struct broker *b, uint64_t from, const struct mesh_claim *claim)
{
	struct session *s = session_find(&b->sessions, claim->id);

	if (s == NULL || !stamp_is_newer(claim->stamp, s->claim)) {
		if (!claim->clean)
			mesh_say_none(&b->mesh, from, claim);
		return;
	}
	if (s->moving) {
		claim_put_off(b, s, from, claim);
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
handover_on_claim(void *arg, uint64_t from, const struct mesh_claim *claim)
{
	struct broker *b = arg;

	claim_note(b, from, claim);
	claim_answer(b, from, claim);
}

/* Who was before us here has passed it on. It may be our own. */
void
handover_on_ask(void *arg, uint64_t from, const struct mesh_claim *ask)
{
	struct broker *b = arg;
	struct mesh_claim claim = *ask;

	claim.other = from;
	if (ask->other != b->mesh.run) {
		claim_answer(b, ask->other, &claim);
		return;
	}
	if (b->mesh.passed)
		mesh_say_none(&b->mesh, b->mesh.run, &claim);
	handover_on_none(b, b->mesh.run, &claim, b->mesh.passed);
}

void
handover_settle(struct broker *b, struct session *s, bool moved)
{
	struct mesh_claim rival = { s->rival, s->rival_clean, s->rival_via,
		span_of(s->id) };
	uint64_t from = s->rival_from;

	s->moving = false;
	s->rival = (struct stamp){ 0, 0 };
	if (rival.stamp.ns == 0)
		return;
	if (!moved)
		claim_answer(b, from, &rival);
	else if (!rival.clean)
		mesh_say_none(&b->mesh, from, &rival);
}

void
handover_yield(struct broker *b, struct session *s)
{
	struct wm_buf state = WM_BUF_INIT;
	struct mesh_claim claim = claim_of(s);

	broker_take_over(b, s);
	handover_note_seen(b, s);
	session_pack(&state, s);
	if (!s->clean && !state.failed)
		handover_on_session(b, b->mesh.run, &claim,
		    (struct wm_span){ state.data, state.len });
	wm_buf_fini(&state);
	session_free(&b->sessions, &s);
}

void
handover_away(struct broker *b, struct session *s)
{
	uint64_t next = b->mesh.passed ? mesh_successor(&b->mesh) : 0;
	struct mesh_claim claim = claim_of(s);

	if (next == 0)
		return;
	claim.other = next;
	give(b, s, 0, &claim);
	session_free(&b->sessions, &s);
}

void
handover_leave(struct broker *b)
{
	uint64_t to = mesh_successor(&b->mesh);
	const struct peer *peer;
	struct session *s, *next;
	struct mesh_claim claim;

	LL_FOREACH(b->mesh.peers, peer)
	if (to == 0 && peer->gone == 0)
		to = peer->run;
	if (to == 0)
		return;
	HASH_ITER(hh, b->sessions.by_id, s, next)
		if (!s->clean && !s->awaited) {
			claim = claim_of(s);
			claim.other = to;
			give(b, s, 0, &claim);
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
	asked_clear(&s->asked);
	if (c != NULL && s->claimed.ns == 0) /* it came before we could ask */
		mesh_say_claim(&b->mesh, &claim);
	if (s->heir != 0 && present)
		give(b, s, s->heir, &claim);
	else if (s->heir != 0)
		mesh_say_none(&b->mesh, s->heir, &claim);
	if (c != NULL)
		broker_accept(b, c, s, present);
	else if (present && s->heir == 0 && !s->clean) {
		session_attach(&b->sessions, s, NULL);
		handover_away(b, s);
	} else
		session_free(&b->sessions, &s);
}

static void
await_timeout(struct wm_proc *p, void *arg)
{
	(void)p;
	await_end(wm_proc_data(p), arg, false);
}

/* Ends it when all have answered, which this worker may not know all yet. */
static void
await_check(struct broker *b, struct session *s)
{
	if (s->claimed.ns != 0 &&
	    asked_is_done(&s->asked, wm_proc_count(b->proc) - 1))
		await_end(b, s, false);
}

void
handover_on_none(void *arg, uint64_t from, const struct mesh_claim *claim,
    bool passed)
{
	struct broker *b = arg;
	struct session *s = session_find(&b->sessions, claim->id);
	const struct peer *peer;

	if (s == NULL || !s->awaited || s->claimed.ns != claim->stamp.ns)
		return;
	peer = mesh_peer(&b->mesh, from);
	if (claim->other != 0)
		asked_relayed(&s->asked, claim->other);
	else if (peer != NULL)
		asked_answered(&s->asked, from, peer->place);
	if (passed)
		asked_passed(&s->asked, from);
	await_check(b, s);
}

/* That one cannot be asked: its heir, if it has one, answers for it. We are
   the heirs in our own place. */
static void
ask_heir(struct broker *b, struct session *s, const struct peer *peer)
{
	if (peer->passed && peer->place != b->mesh.place &&
	    mesh_heir(&b->mesh, peer) == NULL)
		asked_add_heir(&s->asked, peer->run, peer->place);
}

void
handover_on_gone(void *arg, const struct peer *peer)
{
	struct broker *b = arg;
	const struct peer *heir = mesh_heir(&b->mesh, peer);
	struct session *s, *next;

	HASH_ITER(hh, b->sessions.by_id, s, next)
		if (s->awaited && asked_gone(&s->asked, peer->run)) {
			ask_heir(b, s, peer);
			if (peer->passed && heir != NULL && heir->gone == 0)
				asked_add(&s->asked, heir->run);
			await_check(b, s);
		}
}

static void
session_take(struct broker *b, struct session *s, struct wm_span state)
{
	int error = session_unpack(&b->sessions, s, state.data, state.len);

	if (error < 0)
		wm_log(WM_LOG_ERROR, "the session of '%s' is damaged: %s",
		    s->id, wm_error_text(error));
	deliver_missed(b, s, 1);
	handover_forget_seen(b, s);
	await_end(b, s, true);
}

void
handover_on_session(void *arg, uint64_t from, const struct mesh_claim *claim,
    struct wm_span state)
{
	struct broker *b = arg;
	struct session *s = session_find(&b->sessions, claim->id);

	(void)from;
	if (s != NULL && s->awaited) /* else the client began anew */
		session_take(b, s, state);
}

void
handover_adopt(struct broker *b, const struct mesh_claim *claim,
    struct wm_span state)
{
	struct session *s = session_find(&b->sessions, claim->id);
	uint64_t claimer;

	if (s != NULL) {
		handover_on_session(b, 0, claim, state);
		return;
	}
	claimer = handover_claimer(b, claim->id, claim->stamp);
	if (claimer != 0) /* and heard then that we have none */
		mesh_say_session(&b->mesh, claimer, claim, state);
	else if ((s = session_new(&b->sessions, claim->id)) != NULL) {
		s->claim = claim->stamp;
		session_take(b, s, state);
	}
}

/* Who has claimed it meanwhile hears of it before the end of who had it. */
void
handover_on_left(void *arg, uint64_t from, const struct mesh_claim *claim,
    struct wm_span state)
{
	struct broker *b = arg;

	if (claim->other == b->mesh.run)
		handover_adopt(b, claim, state);
	else
		handover_on_session(b, from, claim, state);
}

/* Says the claim of a session and notes who is to answer it. */
static int
await_claim(struct broker *b, struct session *s)
{
	struct mesh_claim claim = claim_of(s);
	const struct peer *peer;
	int error = mesh_say_claim(&b->mesh, &claim);

	if (error < 0)
		return error;
	s->claimed = s->claim;
	asked_clear(&s->asked);
	LL_FOREACH(b->mesh.peers, peer)
	if (peer->gone == 0)
		asked_add(&s->asked, peer->run);
	else
		ask_heir(b, s, peer);
	if (b->mesh.passed) {
		claim.other = 0;
		mesh_say_none(&b->mesh, b->mesh.run, &claim);
		asked_passed(&s->asked, b->mesh.run);
	}
	return 0;
}

void
handover_ready(struct broker *b)
{
	struct session *s, *next;

	b->ready = true;
	HASH_ITER(hh, b->sessions.by_id, s, next)
		if (s->awaited && s->claimed.ns == 0 && await_claim(b, s) == 0)
			await_check(b, s);
}

static void
await(struct broker *b, struct wm_conn *c, struct session *s)
{
	s->conn = c;
	s->heir = 0;
	if (!s->awaited)
		s->timer = wm_timer_once(b->proc, AWAIT_MS, await_timeout, s);
	s->awaited = s->timer != 0;
	if (!s->awaited) {
		((struct client *)wm_conn_data(c))->session = NULL;
		broker_refuse(c, MQTT_UNAVAILABLE);
		session_free(&b->sessions, &s);
		return;
	}
	await_check(b, s);
}

/* A session that was here, if it may be kept, or else a new one. */
static struct session *
claim_here(struct broker *b, const struct mesh_claim *claim, bool *present_r)
{
	struct session *s = session_find(&b->sessions, claim->id);

	if (s != NULL && s->moving) { /* the next worker is asked for it */
		session_unlist(&b->sessions, s);
		s = NULL;
	} else if (s != NULL)
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
	struct mesh_claim claim = { stamp_now(b->mesh.run), connect->clean, 0,
		connect->client_id };
	struct client *client = wm_conn_data(c);
	bool present, waits;
	struct session *s = claim_here(b, &claim, &present);

	waits = s != NULL && (s->awaited || (!present && !s->clean));
	if (s == NULL || ((b->ready || !waits) && await_claim(b, s) < 0)) {
		broker_refuse(c, MQTT_UNAVAILABLE);
		if (s != NULL && !present)
			session_free(&b->sessions, &s);
		else if (s != NULL && !s->awaited)
			session_attach(&b->sessions, s, NULL);
		return;
	}
	client->session = s;
	if (waits)
		await(b, c, s);
	else {
		asked_clear(&s->asked);
		broker_accept(b, c, s, present);
	}
}
