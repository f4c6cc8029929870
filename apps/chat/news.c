/* SPDX-License-Identifier: MIT */
/*
 * Tells the pages of this worker what changed in the roster. Notices go out
 * at once. Lists are sent whole, a moment later, so that many changes make
 * one list, and nothing that a page missed can stay wrong.
 *
 * Each worker tells its own people: also those of a killed worker are seen
 * off by the others. Who is on the way to another process is told by that one,
 * from the moment at which it was frozen here.
 */
#include <stdlib.h>
#include <string.h>

#include "chat.h"
#include "gossip.h"
#include "words.h"

#define LATER_MS 50

/* To the people of a room that this worker holds, but for one. */
static void
tell_room_take(struct chat *chat, const struct room *room, uint64_t except,
    json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);
	const uint64_t run = gossip_run(chat->gossip);
	const struct member *m;
	struct wm_conn *c;

	json_decref(object);
	if (text == NULL)
		return;
	DL_FOREACH(room->members, m)
		if (m->who.run == run && m->who.id != except &&
		    (c = wm_conn_find(chat->proc, m->who.id)) != NULL &&
		    !wm_conn_moving(c))
			wm_conn_send(c, text, strlen(text));
	free(text);
}

/* To the page alone, if it is in that room and not the person's own. */
static void
tell_page_take(struct chat *chat, const struct room *room, uint64_t except,
    struct wm_conn *c, json_t *object)
{
	const struct person *p = roster_find(&chat->roster, wm_conn_id(c));

	if (p != NULL && p->id != except && strcmp(p->room, room->name) == 0)
		words_send_take(c, object);
	else
		json_decref(object);
}

/* To all of the room, or to one page. */
static void
notice(struct chat *chat, struct wm_conn *only, const struct person *who,
    const char *kind, const char *to)
{
	const struct room *room = roster_room(&chat->roster, who->room);
	json_t *object;

	if (room == NULL || room->total > CHAT_CROWD)
		return;
	object = json_pack("{s:s, s:s, s:s*}", "kind", kind, "name", who->name,
	    "to", to);
	if (only != NULL)
		tell_page_take(chat, room, who->id, only, object);
	else
		tell_room_take(chat, room, who->id, object);
}

static void
notices(struct chat *chat, struct wm_conn *only, const struct person *before,
    const struct person *after)
{
	if (before != NULL && after != NULL &&
	    strcmp(before->room, after->room) == 0) {
		if (strcmp(before->name, after->name) != 0)
			notice(chat, only, before, "renamed", after->name);
		return;
	}
	if (before != NULL)
		notice(chat, only, before, "left", NULL);
	if (after != NULL)
		notice(chat, only, after, "came", NULL);
}

static const struct person *
or_nobody(const struct person *p)
{
	return p->id != 0 ? p : NULL;
}

static uint64_t
weight(const struct change *change)
{
	return roster_weight(or_nobody(&change->before),
	    or_nobody(&change->after));
}

/* Keeps a change of our own; one that two connections had part in ends what
   can be told again. */
static void
keep(struct chat *chat, const struct person *before, const struct person *after)
{
	const struct person *who = after != NULL ? after : before;
	struct change change = { .before = { .id = 0 } };

	if (before != NULL)
		change.before = *before;
	if (after != NULL)
		change.after = *after;
	if (before != NULL && after != NULL && before->id != after->id)
		chat->n_recent = 0;
	else if (who->run == gossip_run(chat->gossip) && weight(&change) != 0)
		chat->recent[chat->n_recent++ % CHAT_RECENT] = change;
}

void
news_change(struct chat *chat, const struct person *before,
    const struct person *after)
{
	news_later(chat);
	if (chat->roster.learning)
		return;
	keep(chat, before, after);
	notices(chat, NULL, before, after);
}

void
news_missed(struct chat *chat, struct wm_conn *c, uint64_t seen)
{
	uint64_t then = chat->roster.seen;
	size_t end = chat->n_recent, i = end;
	const struct change *change;

	while (i > 0 && end - i < CHAT_RECENT && then != seen)
		then -= weight(&chat->recent[--i % CHAT_RECENT]);
	for (; i < end && then == seen; i++) {
		change = &chat->recent[i % CHAT_RECENT];
		notices(chat, c, or_nobody(&change->before),
		    or_nobody(&change->after));
	}
}

static json_t *
pack_people(const struct room *room)
{
	json_t *names = room->total > CHAT_CROWD ? NULL : json_array();
	const struct member *m;

	if (names != NULL)
		DL_FOREACH(room->members, m)
			json_array_append_new(names, json_string(m->who.name));
	return json_pack("{s:s, s:s, s:I, s:o*}", "kind", "people", "room",
	    room->name, "total", (json_int_t)room->total, "names", names);
}

static int
larger_first(const void *a, const void *b)
{
	const struct room *x = *(const struct room *const *)a;
	const struct room *y = *(const struct room *const *)b;

	if (x->total != y->total)
		return x->total < y->total ? 1 : -1;
	return strcmp(x->name, y->name);
}

json_t *
news_pack_rooms(const struct roster *r)
{
	size_t i, n = 0, total = HASH_COUNT(r->rooms);
	json_t *list = json_array();
	const struct room *room, *next, **sorted;

	if ((sorted = calloc(total + 1, sizeof(*sorted))) == NULL) {
		json_decref(list);
		return NULL;
	}
	HASH_ITER(hh, r->rooms, room, next)
		sorted[n++] = room;
	qsort(sorted, n, sizeof(*sorted), larger_first);
	for (i = 0; i < n && i < CHAT_ROOMS; i++)
		json_array_append_new(list,
		    json_pack("{s:s, s:I}", "name", sorted[i]->name, "total",
			(json_int_t)sorted[i]->total));
	free(sorted);
	return json_pack("{s:s, s:o}", "kind", "rooms", "rooms", list);
}

static void
tell_one(struct wm_conn *c, void *text)
{
	if (wm_conn_protocol(c) == &wm_protocol_websocket)
		wm_conn_send(c, text, strlen(text));
}

static void
find_moving(struct wm_conn *c, void *found)
{
	if (wm_conn_moving(c))
		*(bool *)found = true;
}

static void
on_later(struct wm_proc *p, void *arg)
{
	struct chat *chat = arg;
	bool moving = false;
	struct roster *r = &chat->roster;
	struct room *room, *next;
	json_t *rooms;
	char *text;

	chat->news_timer = 0;
	if (!r->changed)
		return;
	wm_proc_each_conn(p, find_moving, &moving);
	if (moving) { /* it may come back, and missed nothing then */
		news_later(chat);
		return;
	}
	r->changed = false;
	HASH_ITER(hh, r->rooms, room, next) {
		if (!room->changed)
			continue;
		room->changed = false;
		tell_room_take(chat, room, 0, pack_people(room));
	}
	rooms = news_pack_rooms(r);
	if ((text = json_dumps(rooms, JSON_COMPACT)) != NULL)
		wm_proc_each_conn(p, tell_one, text);
	free(text);
	json_decref(rooms);
}

void
news_later(struct chat *chat)
{
	if (chat->roster.changed && chat->news_timer == 0)
		chat->news_timer =
		    wm_timer_once(chat->proc, LATER_MS, on_later, chat);
}
