/* SPDX-License-Identifier: MIT */
/*
 * Who is in which room, in all workers. A data structure only: it knows
 * neither connections nor messages. It holds two promises: a name belongs to
 * one person at a time, and all workers that heard the same, in whatever
 * order, agree to whom.
 */
#ifndef CHAT_ROSTER_H
#define CHAT_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uthash.h>
#include <utlist.h>

#define PERSON_NAME_CHARS 24
#define PERSON_NAME_SIZE  (PERSON_NAME_CHARS * 4 + 1) /* UTF-8 and NUL */
#define PERSON_KEY_SIZE   65

/* Everything that is known of a person; a plain value. */
struct person {
	uint64_t id;   /* of the connection */
	uint64_t run;  /* of the worker process that holds it */
	uint64_t hop;  /* how often the connection moved to another one */
	int64_t since; /* when the name was claimed, ms since 1970 */
	char name[PERSON_NAME_SIZE];
	char room[PERSON_NAME_SIZE];
	char key[PERSON_KEY_SIZE]; /* "" for none */
};

struct member {
	struct person who;
	char folded[PERSON_NAME_SIZE]; /* the name in lower case */
	bool named;    /* owns its name; false until a race is settled */
	unsigned mark; /* of the last roster_learn_begin() seen */
	struct room *room;
	struct member *prev, *next; /* in the room */
	UT_hash_handle by_id, by_name;
};

struct room {
	char name[PERSON_NAME_SIZE];
	size_t total;
	bool changed;           /* set by the roster; the reader clears it */
	struct member *members; /* in order of arrival */
	UT_hash_handle hh;
};

struct roster {
	struct member *by_id, *by_name;
	struct room *rooms;
	bool changed;  /* some room did */
	bool learning; /* see roster_learn_begin() */
	uint64_t seen; /* the sum of all changes: equal where the same were */
	unsigned mark;
	const struct roster_watch *watch;
	void *arg;
};

/* Called when the roster is consistent again; may change it. */
struct roster_watch {
	/*
	 * Came (before is null), left (after is null), changed, or, with
	 * different ids, was taken over by the same person's new connection.
	 */
	void (*change)(void *arg, const struct person *before,
	    const struct person *after);
	/* Lost the name to an older claim: whoever holds it must rename it. */
	void (*clash)(void *arg, const struct person *loser);
};

void roster_init(struct roster *, const struct roster_watch *, void *arg);
void roster_fini(struct roster *);

/*
 * Enters the person, or changes the one with that id. Who has the same name
 * and key as another is that person's new connection, if it claimed later,
 * and stale otherwise; so is who has fewer hops than was known. Returns 0, 1
 * when stale (nothing is changed), or WM_E_NOMEM.
 */
int roster_put(struct roster *, const struct person *);

/* Removes the person, if that run still holds it; says whether it did. */
bool roster_drop(struct roster *, uint64_t id, uint64_t run);
void roster_drop_run(struct roster *, uint64_t run);

/*
 * Between these two, roster_put() enters everybody that a run holds; whoever
 * of that run was not entered is dropped at the end.
 */
void roster_learn_begin(struct roster *);
void roster_learn_end(struct roster *, uint64_t run);

const struct person *roster_find(const struct roster *, uint64_t id);
const struct person *roster_named(const struct roster *, const char *name);
struct room *roster_room(const struct roster *, const char *name);

/* What a change adds to `seen`; null for nobody, as in struct roster_watch. */
uint64_t roster_weight(const struct person *before, const struct person *after);

/* Marks the room, if there is one, as changed: its pages are told again. */
void roster_touch(struct roster *, const char *name);

/* Makes p->name one that nobody else has, by adding "-2", "-3" ... to it. */
void roster_free_name(const struct roster *, struct person *p);

#endif
