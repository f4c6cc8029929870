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

static void
notice(struct chat *chat, const struct person *who, const char *kind,
    const char *to)
{
	const struct room *room = roster_room(&chat->roster, who->room);

	if (room == NULL || room->total > CHAT_CROWD)
		return;
	tell_room_take(chat, room, who->id,
	    json_pack("{s:s, s:s, s:s*}", "kind", kind, "name", who->name, "to",
		to));
}

void
news_change(struct chat *chat, const struct person *before,
    const struct person *after)
{
	news_later(chat);
	if (chat->roster.learning)
		return;
	if (before != NULL && after != NULL &&
	    strcmp(before->room, after->room) == 0) {
		if (strcmp(before->name, after->name) != 0)
			notice(chat, before, "renamed", after->name);
		return;
	}
	if (before != NULL)
		notice(chat, before, "left", NULL);
	if (after != NULL)
		notice(chat, after, "came", NULL);
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
