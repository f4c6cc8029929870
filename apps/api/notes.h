/* SPDX-License-Identifier: MIT */
/*
 * The notes and where they are kept: a file of SQLite. Knows nothing of HTTP
 * or JSON. Each process opens its own connection; several may use one file.
 *
 * Calls block for as long as SQLite works: see notes.c why that is short.
 */
#ifndef API_NOTES_H
#define API_NOTES_H

#include <stddef.h>
#include <stdint.h>

struct note {
	int64_t id; /* 1 and up; never used again after a delete */
	const char *title, *text;
	int64_t created, updated; /* seconds since 1970 */
};

struct notes;

/*
 * Opens the file, which is made if it is not there. A failure leaves nothing
 * open and is WM_E_NOMEM or WM_E_SYSTEM, with one line in error.
 */
int notes_open(const char *path, struct notes **notes_r, char *error,
    size_t size);

/* Accepts null. */
void notes_close(struct notes **notes);

/*
 * Brings the tables to the form that this program works with; nothing if they
 * have it. Once per start, before any worker opens the file. Returns 0, or
 * WM_E_VERSION when a newer program has written the file, WM_E_BUSY or
 * WM_E_SYSTEM, with one line in error.
 */
int notes_migrate(struct notes *n, char *error, size_t size);

/* Makes everything ready for the calls below, on tables that were migrated.
   Returns as notes_migrate(). */
int notes_prepare(struct notes *n, char *error, size_t size);

/*
 * What a call found or made is given to fn(note, arg); the note ends with its
 * return. A positive result ends the call: enough. So does a negative one,
 * which the call then returns; nothing is undone.
 *
 * The calls return 0 when they did it, and what they wrote is on disk then;
 * WM_E_NOT_FOUND when there is no note of that id, WM_E_BUSY when others
 * write for too long, WM_E_NOMEM, or WM_E_SYSTEM for everything else, after a
 * line in the log.
 */
typedef int notes_fn(const struct note *note, void *arg);

/* The notes behind the id `after`, by id, `most` of them at most. */
int notes_list(struct notes *n, int64_t after, int64_t most, notes_fn *fn,
    void *arg);
int notes_read(struct notes *n, int64_t id, notes_fn *fn, void *arg);

/* Takes title, text, created and updated from *draft. */
int notes_create(struct notes *n, const struct note *draft, notes_fn *fn,
    void *arg);

/* Takes id, title, text and updated from *draft. */
int notes_replace(struct notes *n, const struct note *draft, notes_fn *fn,
    void *arg);
int notes_delete(struct notes *n, int64_t id);

#endif
