/* SPDX-License-Identifier: MIT */
/*
 * A reload: clients move to the next process of their slot with all that is
 * theirs, and notice nothing. Sessions that wait for their clients, what is
 * retained and who the other workers are go ahead of them, as the state of
 * the process; a session that begins to wait later follows by the mesh.
 *
 * From the moment that a session is frozen until it is known whether the next
 * worker has it, nothing happens to it here: messages for it are in `recent`
 * on both sides, and whichever has it then gives it those that it missed, so
 * each once. Claims wait as well (handover_settle).
 */
#include "broker.h"
#include "pack.h"

#define MOVE_VERSION 1 /* of all that is written here */

/* Of the sessions that wait; the rest follows by the mesh. */
#define MOVE_BYTES_MAX (32u << 20)

static struct broker *
move_broker(const struct wm_conn *c)
{
	return wm_proc_data(wm_conn_proc(c));
}

/* ---- a connection ---- */

static void
freeze_packed(struct wm_freezer *f, const struct wm_buf *b)
{
	wm_freeze_bytes(f, b->data, b->len);
}

static void
freeze_will(struct wm_freezer *f, const struct message *will, struct wm_buf *b)
{
	b->len = 0;
	if (will != NULL)
		message_pack(b, will);
	freeze_packed(f, b);
}

static void
freeze_session(struct broker *b, struct session *s, struct wm_freezer *f,
    struct wm_buf *bytes)
{
	wm_freeze_string(f, s != NULL ? s->id : "");
	if (s == NULL)
		return;
	handover_note_seen(b, s);
	bytes->len = 0;
	session_pack(bytes, s);
	wm_freeze_number(f, s->claim.ns);
	wm_freeze_number(f, s->claim.run);
	wm_freeze_number(f, s->clean);
	freeze_packed(f, bytes);
}

/* Before CONNECT there is no session; after it, one that is awaited, or that
   was taken over just now, has to be seen to here. */
static bool
freeze_must_wait(const struct client *client)
{
	const struct session *s = client->session;

	return client->begun && (s == NULL || s->awaited);
}

int
move_freeze(struct wm_conn *c, struct wm_freezer *f)
{
	struct client *client = wm_conn_data(c);
	struct wm_buf bytes = WM_BUF_INIT;
	int error;

	if (freeze_must_wait(client))
		return WM_E_BUSY;
	wm_freeze_number(f, MOVE_VERSION);
	wm_freeze_number(f, client->begun);
	error = link_freeze(c, f);
	if (error < 0)
		return error;
	freeze_will(f, client->will, &bytes);
	freeze_session(move_broker(c), client->session, f, &bytes);
	if (bytes.failed)
		error = WM_E_NOMEM;
	else if (client->session != NULL)
		client->session->moving = true;
	wm_buf_fini(&bytes);
	return error;
}

static int
thaw_will(struct client *client, struct wm_thawer *t)
{
	struct wm_span bytes = wm_thaw_bytes(t);
	struct unpack u = UNPACK_INIT(bytes.data, bytes.len);

	if (bytes.len == 0)
		return 0;
	client->will = message_unpack(&u);
	if (client->will != NULL)
		return 0;
	return u.failed ? WM_E_PROTOCOL : WM_E_NOMEM;
}

/* A session as it was; it is the caller's, listed. Null, with *error_r. */
static struct session *
thaw_packed(struct broker *b, struct wm_span id, struct wm_thawer *t,
    int *error_r)
{
	struct stamp claim;
	struct wm_span state;
	struct session *s;
	bool clean;

	claim.ns = wm_thaw_number(t);
	claim.run = wm_thaw_number(t);
	clean = wm_thaw_number(t) != 0;
	state = wm_thaw_bytes(t);
	*error_r = WM_E_PROTOCOL;
	if (!wm_thaw_ok(t) || id.len > CLIENT_ID_MAX)
		return NULL;
	*error_r = WM_E_BUSY; /* a claim that the other side will hear, too */
	if (session_find(&b->sessions, id) != NULL ||
	    handover_claimer(b, id, claim) != 0)
		return NULL;
	*error_r = WM_E_NOMEM;
	if ((s = session_new(&b->sessions, id)) == NULL)
		return NULL;
	s->claim = claim;
	s->clean = clean;
	*error_r = session_unpack(&b->sessions, s, state.data, state.len);
	if (*error_r == 0 && recent_has_gap(&b->recent, s))
		*error_r = WM_E_FULL;
	if (*error_r < 0)
		session_free(&b->sessions, &s);
	return s;
}

/* What it missed on the way is behind what it has. */
static void
catch_up(struct broker *b, struct session *s)
{
	deliver_missed(b, s, 0);
	handover_forget_seen(b, s);
	deliver_pump(s);
}

static int
thaw_session(struct wm_conn *c, struct wm_thawer *t)
{
	struct broker *b = move_broker(c);
	struct client *client = wm_conn_data(c);
	struct wm_span id = span_of(wm_thaw_string(t));
	int error = 0;

	if (id.len == 0)
		return wm_thaw_ok(t) ? 0 : WM_E_PROTOCOL;
	client->session = thaw_packed(b, id, t, &error);
	if (client->session == NULL)
		return error;
	client->session->conn = c;
	catch_up(b, client->session);
	return 0;
}

/* All that the data holds, without a word to anybody. */
static void
move_release(struct wm_conn *c)
{
	struct client *client = wm_conn_data(c);
	struct broker *b = move_broker(c);

	message_unref(&client->will);
	link_free(c);
	if (b != NULL)
		session_free(&b->sessions, &client->session);
}

int
move_thaw(struct wm_conn *c, struct wm_thawer *t)
{
	struct client *client = wm_conn_data(c);
	int error;

	if (wm_thaw_number(t) != MOVE_VERSION)
		return WM_E_VERSION;
	client->begun = wm_thaw_number(t) != 0;
	error = link_thaw(c, t);
	if (error == 0)
		error = thaw_will(client, t);
	if (error == 0)
		error = thaw_session(c, t);
	if (error < 0)
		move_release(c);
	return error;
}

/* It goes on here, with what it missed; but who has its id by now is newer. */
static void
move_stay(struct broker *b, struct session *s)
{
	if (s->unlisted) {
		handover_yield(b, s);
		return;
	}
	if (recent_has_gap(&b->recent, s))
		wm_log(WM_LOG_WARNING, "client '%s' has missed messages",
		    s->id);
	catch_up(b, s);
	handover_settle(b, s, false);
}

void
move_moved(struct wm_conn *c, bool moved)
{
	struct client *client = wm_conn_data(c);
	struct broker *b = move_broker(c);
	struct session *s = client->session;

	if (moved) {
		if (b != NULL && s != NULL)
			handover_settle(b, s, true);
		move_release(c);
	} else if (b != NULL && s != NULL) {
		s->moving = false;
		move_stay(b, s);
	}
}

/* ---- the process ---- */

static void
freeze_retained(void *arg, struct message *m)
{
	if (m->topic.data[0] != '$')
		message_pack(arg, m);
}

/* Those that wait, longest first; they are the next worker's then. */
static void
freeze_away(struct broker *b, struct wm_freezer *f, struct wm_buf *bytes)
{
	struct session *s;
	size_t all = 0;

	while ((s = b->sessions.away) != NULL && all < MOVE_BYTES_MAX) {
		freeze_session(b, s, f, bytes);
		all += bytes->len;
		session_free(&b->sessions, &s);
	}
	wm_freeze_string(f, "");
}

void
move_worker_freeze(struct wm_proc *p, struct wm_freezer *f)
{
	struct broker *b = wm_proc_data(p);
	struct wm_buf bytes = WM_BUF_INIT;

	wm_freeze_number(f, MOVE_VERSION);
	mesh_pack(&bytes, &b->mesh);
	freeze_packed(f, &bytes);
	bytes.len = 0;
	retained_match(&b->retained, (struct wm_span){ NULL, 0 },
	    freeze_retained, &bytes);
	freeze_packed(f, &bytes);
	freeze_away(b, f, &bytes);
	if (bytes.failed)
		wm_log(WM_LOG_ERROR, "out of memory: sessions are lost");
	wm_buf_fini(&bytes);
	b->mesh.passed = true;
}

static void
thaw_retained(struct broker *b, struct wm_span bytes)
{
	struct unpack u = UNPACK_INIT(bytes.data, bytes.len);
	struct message *m;

	while (unpack_left(&u) > 0 && (m = message_unpack(&u)) != NULL) {
		deliver_on_retained(b, m);
		message_unref(&m);
	}
}

/* One whose client has come here meanwhile is what that one waits for. */
static void
thaw_away(struct broker *b, struct wm_thawer *t)
{
	struct mesh_claim claim = { .clean = false };
	const char *id;

	while (*(id = wm_thaw_string(t)) != '\0') {
		claim.id = span_of(id);
		claim.stamp.ns = wm_thaw_number(t);
		claim.stamp.run = wm_thaw_number(t);
		wm_thaw_number(t);
		handover_adopt(b, &claim, wm_thaw_bytes(t));
	}
}

void
move_worker_thaw(struct wm_proc *p, struct wm_thawer *t)
{
	struct broker *b = wm_proc_data(p);
	struct wm_span mesh;
	struct unpack u;

	if (wm_thaw_number(t) != MOVE_VERSION) {
		wm_log(WM_LOG_ERROR,
		    "the program before was another one: what it retained, "
		    "and sessions that wait, are lost");
		return;
	}
	mesh = wm_thaw_bytes(t);
	u = (struct unpack)UNPACK_INIT(mesh.data, mesh.len);
	mesh_unpack(&b->mesh, &u);
	thaw_retained(b, wm_thaw_bytes(t));
	thaw_away(b, t);
	if (!wm_thaw_ok(t))
		wm_log(WM_LOG_ERROR, "the state of the process is cut off");
	handover_ready(b);
}

void
move_worker_active(struct wm_proc *p)
{
	struct broker *b = wm_proc_data(p);

	if (b->ready)
		return;
	mesh_hello(&b->mesh);
	handover_ready(b);
}

/* One that ends by itself says so. */
void
move_on_event(struct wm_proc *p, const struct wm_event *e)
{
	struct broker *b = wm_proc_data(p);

	if (e->kind == WM_EVENT_WORKER_EXIT && e->status != 0 && b != NULL)
		mesh_lost(&b->mesh, e->pid);
}

/* Sessions that waited for a successor go to it. */
void
move_on_met(void *arg, const struct peer *peer)
{
	struct broker *b = arg;
	struct session *s, *next;

	if (!b->mesh.passed || peer->run != mesh_successor(&b->mesh))
		return;
	for (s = b->sessions.away; s != NULL; s = next) {
		next = s->next;
		handover_away(b, s);
	}
}
