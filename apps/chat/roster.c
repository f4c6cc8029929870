/* SPDX-License-Identifier: MIT */
/*
 * Who is in which room, in all workers: see roster.h.
 *
 * A name that two workers gave away at the same moment goes to the earlier
 * claim. The other member stays, without a name, until whoever holds it has
 * renamed it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <workerman/error.h>

#include "roster.h"
#include "words.h"

void
roster_init(struct roster *r, const struct roster_watch *watch, void *arg)
{
	*r = (struct roster){ .watch = watch, .arg = arg };
}

static void
room_free(struct roster *r, struct room *room)
{
	HASH_DEL(r->rooms, room);
	free(room);
}

/* FNV-1a */
static uint64_t
hash_add(uint64_t hash, const char *s)
{
	do
		hash = (hash ^ (unsigned char)*s) * 0x100000001b3u;
	while (*s++ != '\0');
	return hash;
}

/* Of a person's name and room. */
static uint64_t
person_hash(const struct person *p)
{
	return hash_add(hash_add(0xcbf29ce484222325u, p->name), p->room);
}

uint64_t
roster_weight(const struct person *before, const struct person *after)
{
	uint64_t left = before != NULL ? person_hash(before) : 0;
	uint64_t came = after != NULL ? person_hash(after) : 0;

	return left != came ? 3 * left + came : 0; /* who returns adds, too */
}

static void
room_leave(struct roster *r, struct member *m)
{
	struct room *room = m->room;

	if (room == NULL)
		return;
	DL_DELETE(room->members, m);
	room->total--;
	room->changed = r->changed = true;
	m->room = NULL;
	if (room->members == NULL)
		room_free(r, room);
}

static void
room_enter(struct roster *r, struct member *m, struct room *room)
{
	DL_APPEND(room->members, m);
	room->total++;
	room->changed = r->changed = true;
	m->room = room;
}

struct room *
roster_room(const struct roster *r, const char *name)
{
	struct room *room;

	HASH_FIND_STR(r->rooms, name, room);
	return room;
}

/* The room of that name, made if need be; null when memory ran out. */
static struct room *
room_open(struct roster *r, const char *name)
{
	struct room *room = roster_room(r, name);

	if (room != NULL || (room = calloc(1, sizeof(*room))) == NULL)
		return room;
	memcpy(room->name, name, strlen(name) + 1);
	HASH_ADD_STR(r->rooms, name, room);
	return room;
}

static struct member *
member_find(const struct roster *r, uint64_t id)
{
	struct member *m;

	HASH_FIND(by_id, r->by_id, &id, sizeof(id), m);
	return m;
}

static struct member *
member_named(const struct roster *r, const char *name)
{
	char folded[PERSON_NAME_SIZE];
	struct member *m;

	words_fold(name, folded);
	HASH_FIND(by_name, r->by_name, folded, strlen(folded), m);
	return m;
}

static void
member_unname(struct roster *r, struct member *m)
{
	if (m->named)
		HASH_DELETE(by_name, r->by_name, m);
	m->named = false;
}

static void
member_name(struct roster *r, struct member *m)
{
	words_fold(m->who.name, m->folded);
	HASH_ADD_KEYPTR(by_name, r->by_name, m->folded, strlen(m->folded), m);
	m->named = true;
}

static void
member_remove(struct roster *r, struct member *m)
{
	member_unname(r, m);
	room_leave(r, m);
	r->seen += roster_weight(&m->who, NULL);
	HASH_DELETE(by_id, r->by_id, m);
	free(m);
}

void
roster_fini(struct roster *r)
{
	struct member *m, *next;

	HASH_ITER(by_id, r->by_id, m, next)
		member_remove(r, m);
}

/* Whether a claimed its name after b. */
static bool
later(const struct person *a, const struct person *b)
{
	return a->since != b->since ? a->since > b->since : a->id > b->id;
}

static bool
same_person(const struct person *a, const struct person *b)
{
	return a->key[0] != '\0' && strcmp(a->key, b->key) == 0;
}

static struct member *
member_open(struct roster *r, const struct person *p)
{
	struct room *room = room_open(r, p->room);
	struct member *m = room == NULL ? NULL : calloc(1, sizeof(*m));

	if (m == NULL) {
		if (room != NULL && room->members == NULL)
			room_free(r, room);
		return NULL;
	}
	m->who = *p;
	r->seen += roster_weight(NULL, p);
	HASH_ADD(by_id, r->by_id, who.id, sizeof(m->who.id), m);
	room_enter(r, m, room);
	return m;
}

/* Moves m to p's room. Returns 0 or WM_E_NOMEM. */
static int
member_move(struct roster *r, struct member *m, const struct person *p)
{
	struct room *room = room_open(r, p->room);

	if (room == NULL)
		return WM_E_NOMEM;
	if (room != m->room) {
		room_leave(r, m);
		room_enter(r, m, room);
	} else if (strcmp(m->who.name, p->name) != 0)
		room->changed = r->changed = true;
	return 0;
}

/* The other holder of p's name, if any. */
static struct member *
member_rival(const struct roster *r, const struct person *p)
{
	struct member *m = member_named(r, p->name);

	return m != NULL && m->who.id != p->id ? m : NULL;
}

int
roster_put(struct roster *r, const struct person *given)
{
	const struct person p = *given; /* may lie in what changes here */
	struct member *m = member_find(r, p.id), *rival = member_rival(r, &p);
	struct person before, other;
	bool known = m != NULL, taken = false, lost = false;

	if (m != NULL && p.hop < m->who.hop)
		return 1;
	if (rival != NULL) {
		other = rival->who;
		taken = same_person(&p, &other);
		lost = !taken && later(&p, &other);
		if (taken && !later(&p, &other))
			return 1;
	}
	if (known)
		before = m->who;
	if (known ? member_move(r, m, &p) < 0 :
		    (m = member_open(r, &p)) == NULL)
		return WM_E_NOMEM;

	member_unname(r, m);
	r->seen += roster_weight(&m->who, &p);
	m->who = p;
	m->mark = r->mark;
	if (rival != NULL && !lost)
		member_unname(r, rival);
	if (!lost)
		member_name(r, m);
	if (taken)
		member_remove(r, rival);

	if (known)
		r->watch->change(r->arg, &before, &p);
	if (taken)
		r->watch->change(r->arg, &other, &p);
	else if (!known)
		r->watch->change(r->arg, NULL, &p);
	if (rival != NULL && !taken)
		r->watch->clash(r->arg, lost ? &p : &other);
	return 0;
}

static void
member_drop(struct roster *r, struct member *m)
{
	const struct person who = m->who;

	member_remove(r, m);
	r->watch->change(r->arg, &who, NULL);
}

bool
roster_drop(struct roster *r, uint64_t id, uint64_t run)
{
	struct member *m = member_find(r, id);

	if (m == NULL || m->who.run != run)
		return false;
	member_drop(r, m);
	return true;
}

void
roster_drop_run(struct roster *r, uint64_t run)
{
	struct member *m, *next;

	HASH_ITER(by_id, r->by_id, m, next)
		if (m->who.run == run)
			member_drop(r, m);
}

void
roster_learn_begin(struct roster *r)
{
	r->learning = true;
	r->mark++;
}

void
roster_learn_end(struct roster *r, uint64_t run)
{
	struct member *m, *next;

	HASH_ITER(by_id, r->by_id, m, next)
		if (m->who.run == run && m->mark != r->mark)
			member_drop(r, m);
	r->learning = false;
}

const struct person *
roster_find(const struct roster *r, uint64_t id)
{
	struct member *m = member_find(r, id);

	return m == NULL ? NULL : &m->who;
}

const struct person *
roster_named(const struct roster *r, const char *name)
{
	struct member *m = member_named(r, name);

	return m == NULL ? NULL : &m->who;
}

void
roster_touch(struct roster *r, const char *name)
{
	struct room *room = roster_room(r, name);

	r->changed = true;
	if (room != NULL)
		room->changed = true;
}

void
roster_free_name(const struct roster *r, struct person *p)
{
	const size_t whole = words_length(p->name);
	char stem[PERSON_NAME_SIZE], tail[16];
	size_t tail_len, chars;
	unsigned n;

	memcpy(stem, p->name, sizeof(stem));
	for (n = 2; member_rival(r, p) != NULL; n++) {
		tail_len = (size_t)snprintf(tail, sizeof(tail), "-%u", n);
		chars = PERSON_NAME_CHARS - tail_len;
		snprintf(p->name, sizeof(p->name), "%.*s%s",
		    (int)words_bytes(stem, whole < chars ? whole : chars), stem,
		    tail);
	}
}
