/* SPDX-License-Identifier: MIT */
/*
 * A reload moves the people of a worker process to its successor, and none of
 * them notices. First goes what the process knows of everybody, so that the
 * successor has nothing to tell when it hears of them; then each person with
 * the connection. The successor says by gossip that it holds them now.
 *
 * The successor serves, and hears, already when connections arrive. So each
 * brings the sum of all changes that its page was told: where that differs, the
 * page is told what it missed.
 */
#include <string.h>

#include "chat.h"
#include "gossip.h"
#include "words.h"

#define MOVE_VERSION 1 /* of all that is written here */

static void
person_freeze(struct wm_freezer *f, const struct person *p)
{
	wm_freeze_number(f, p->id);
	wm_freeze_number(f, p->run);
	wm_freeze_number(f, p->hop);
	wm_freeze_number(f, (uint64_t)p->since);
	wm_freeze_string(f, p->name);
	wm_freeze_string(f, p->room);
	wm_freeze_string(f, p->key);
}

/* False: this is nobody. */
static bool
person_thaw(struct wm_thawer *t, struct person *p)
{
	*p = (struct person){ .id = wm_thaw_number(t) };
	p->run = wm_thaw_number(t);
	p->hop = wm_thaw_number(t);
	p->since = (int64_t)wm_thaw_number(t);
	return words_name(wm_thaw_string(t), p->name) &&
	    words_name(wm_thaw_string(t), p->room) &&
	    words_key(wm_thaw_string(t), p->key) && wm_thaw_ok(t) && p->id != 0;
}

/* ---- what the process knows ---- */

void
move_worker_freeze(struct wm_proc *p, struct wm_freezer *f)
{
	const struct chat *chat = wm_proc_data(p);
	const struct room *room;
	const struct member *m;

	wm_freeze_number(f, MOVE_VERSION);
	wm_freeze_number(f, chat->roster.seen);
	wm_freeze_number(f, HASH_CNT(by_id, chat->roster.by_id));
	for (room = chat->roster.rooms; room != NULL; room = room->hh.next)
		DL_FOREACH(room->members, m)
			person_freeze(f, &m->who);
	gossip_freeze(chat->gossip, f);
}

static bool
is_page(struct wm_conn *c)
{
	return wm_conn_protocol(c) == &wm_protocol_websocket;
}

static void
find_page(struct wm_conn *c, void *found)
{
	if (is_page(c))
		*(bool *)found = true;
}

/* Pages that came here first must be told; those that follow know it all. */
static void
tell_learnt(struct chat *chat)
{
	struct roster *r = &chat->roster;
	struct room *room;
	bool pages = false;

	wm_proc_each_conn(chat->proc, find_page, &pages);
	if (pages) {
		news_later(chat);
		return;
	}
	r->changed = false;
	for (room = r->rooms; room != NULL; room = room->hh.next)
		room->changed = false;
}

void
move_worker_thaw(struct wm_proc *p, struct wm_thawer *t)
{
	struct chat *chat = wm_proc_data(p);
	struct person person;
	uint64_t n, seen = chat->roster.seen; /* of those who came here first */

	if (wm_thaw_number(t) != MOVE_VERSION)
		return; /* gossip tells it, too, in a while */
	seen += wm_thaw_number(t);
	roster_learn_begin(&chat->roster);
	for (n = wm_thaw_number(t); n > 0 && wm_thaw_ok(t); n--)
		if (person_thaw(t, &person) &&
		    !gossip_knows(chat->gossip, person.run))
			roster_put(&chat->roster, &person);
	roster_learn_end(&chat->roster, 0);
	chat->roster.seen = seen;
	if (gossip_thaw(chat->gossip, t) < 0)
		wm_log(WM_LOG_WARNING, "not all runs are known");
	tell_learnt(chat);
}

/* ---- a connection ---- */

int
move_freeze(struct wm_conn *c, struct wm_freezer *f)
{
	const struct chat *chat = wm_proc_data(wm_conn_proc(c));
	const struct person *p = roster_find(&chat->roster, wm_conn_id(c));

	if (!is_page(c))
		return 0; /* a request for a file leaves nothing behind */
	wm_freeze_number(f, MOVE_VERSION);
	wm_freeze_number(f, chat->roster.changed); /* its lists are old */
	wm_freeze_number(f, chat->roster.seen);
	wm_freeze_number(f, p != NULL);
	if (p != NULL)
		person_freeze(f, p);
	return 0;
}

/* The person is held here from now on. */
static int
person_arrives(struct chat *chat, struct wm_conn *c, struct wm_thawer *t)
{
	struct person p;

	if (!person_thaw(t, &p) || p.id != wm_conn_id(c))
		return WM_E_PROTOCOL;
	p.run = gossip_run(chat->gossip);
	p.hop++;
	/* stale: the same person came here by another connection */
	return gossip_put(chat->gossip, &p) == 0 ? 0 : WM_E_CLOSED;
}

int
move_thaw(struct wm_conn *c, struct wm_thawer *t)
{
	struct chat *chat = wm_proc_data(wm_conn_proc(c));
	struct roster *r = &chat->roster;
	const struct person *p;
	uint64_t seen;
	bool old;
	int rc;

	if (wm_thaw_number(t) != MOVE_VERSION)
		return WM_E_VERSION;
	old = wm_thaw_number(t) != 0;
	seen = wm_thaw_number(t);
	if (wm_thaw_number(t) != 0 && (rc = person_arrives(chat, c, t)) < 0)
		return rc;
	if (seen == r->seen && !old)
		return 0;
	news_missed(chat, c, seen);
	p = roster_find(r, wm_conn_id(c));
	roster_touch(r, p != NULL ? p->room : "");
	news_later(chat);
	return 0;
}
