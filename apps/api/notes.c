/* SPDX-License-Identifier: MIT */
/*
 * The notes by prepared statements, one per call. Values are bound, never
 * part of the SQL. The form of the tables is schema.c's.
 *
 * SQLite blocks the process. Here that is short: every statement touches one
 * row, or one page of rows, by its key; in WAL mode readers never wait; and a
 * writer waits for the others at most BUSY_MS, which are as short. A program
 * with long queries would hand them to a thread and answer later
 * (wm_http_defer).
 */
#include <stdio.h>
#include <stdlib.h>

#include <workerman/error.h>
#include <workerman/log.h>

#include "notes.h"
#include "schema.h"

#define BUSY_MS 1000

#define COLUMNS "id, title, text, created, updated"

/*	name     SQL; the columns of every row are COLUMNS */
#define STATEMENT_TABLE(X)                                                     \
	X(LIST,                                                                \
	    "SELECT " COLUMNS " FROM notes"                                    \
	    " WHERE id > ?1 ORDER BY id LIMIT ?2")                             \
	X(READ, "SELECT " COLUMNS " FROM notes WHERE id = ?1")                 \
	X(CREATE,                                                              \
	    "INSERT INTO notes (title, text, created, updated)"                \
	    " VALUES (?1, ?2, ?3, ?4) RETURNING " COLUMNS)                     \
	X(REPLACE,                                                             \
	    "UPDATE notes SET title = ?1, text = ?2, updated = ?3"             \
	    " WHERE id = ?4 RETURNING " COLUMNS)                               \
	X(DELETE, "DELETE FROM notes WHERE id = ?1 RETURNING " COLUMNS)

enum {
#define STATEMENT_ENUM(name, sql) NOTES_##name,
	STATEMENT_TABLE(STATEMENT_ENUM)
#undef STATEMENT_ENUM
	    NOTES_STATEMENTS
};

static const char *const statements[] = {
#define STATEMENT_SQL(name, sql) sql,
	STATEMENT_TABLE(STATEMENT_SQL)
#undef STATEMENT_SQL
};

struct notes {
	sqlite3 *db;
	sqlite3_stmt *statements[NOTES_STATEMENTS];
};

static int
notes_error(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return WM_E_BUSY;
	case SQLITE_NOMEM:
		return WM_E_NOMEM;
	case SQLITE_MISMATCH:
		return WM_E_VERSION;
	default:
		return WM_E_SYSTEM;
	}
}

/* One line about what failed at the start. */
static int
notes_complain(struct notes *n, int rc, char *error, size_t size)
{
	const char *path = sqlite3_db_filename(n->db, "main");

	snprintf(error, size, "database %s: %s",
	    path != NULL ? path : "in memory",
	    rc == SQLITE_MISMATCH ? "of another version of this program" :
				    sqlite3_errmsg(n->db));
	return notes_error(rc);
}

int
notes_open(const char *path, struct notes **notes_r, char *error, size_t size)
{
	struct notes *n = calloc(1, sizeof(*n));
	int rc;

	*notes_r = NULL;
	if (n == NULL) {
		snprintf(error, size, "%s", wm_error_text(WM_E_NOMEM));
		return WM_E_NOMEM;
	}
	rc = sqlite3_open_v2(path, &n->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(n->db, BUSY_MS);
	if (rc != SQLITE_OK) {
		snprintf(error, size, "database %s: %s", path,
		    sqlite3_errmsg(n->db));
		notes_close(&n);
		return notes_error(rc);
	}
	*notes_r = n;
	return 0;
}

void
notes_close(struct notes **notes)
{
	struct notes *n = *notes;
	int i;

	*notes = NULL;
	if (n == NULL)
		return;
	for (i = 0; i < NOTES_STATEMENTS; i++)
		sqlite3_finalize(n->statements[i]);
	sqlite3_close(n->db);
	free(n);
}

int
notes_migrate(struct notes *n, char *error, size_t size)
{
	int rc = schema_migrate(n->db);

	return rc == SQLITE_OK ? 0 : notes_complain(n, rc, error, size);
}

int
notes_prepare(struct notes *n, char *error, size_t size)
{
	int i, rc = schema_check(n->db);

	for (i = 0; rc == SQLITE_OK && i < NOTES_STATEMENTS; i++)
		rc = sqlite3_prepare_v3(n->db, statements[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &n->statements[i], NULL);
	return rc == SQLITE_OK ? 0 : notes_complain(n, rc, error, size);
}

/* ---- running a statement ---- */

static const char *
notes_text(sqlite3_stmt *stmt, int column)
{
	const unsigned char *text = sqlite3_column_text(stmt, column);

	return text != NULL ? (const char *)text : "";
}

/*
 * Gives each row to fn until the statement is done: only then is what it wrote
 * committed. Returns how many rows there were, or an error.
 */
static int
notes_step(sqlite3_stmt *stmt, notes_fn *fn, void *arg)
{
	struct note note;
	int rows = 0, rc, said = 0;

	while (said == 0 && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		rows++;
		note.id = sqlite3_column_int64(stmt, 0);
		note.title = notes_text(stmt, 1);
		note.text = notes_text(stmt, 2);
		note.created = sqlite3_column_int64(stmt, 3);
		note.updated = sqlite3_column_int64(stmt, 4);
		if (fn != NULL)
			said = fn(&note, arg);
	}
	if (said != 0)
		return said < 0 ? said : rows;
	return rc == SQLITE_DONE ? rows : notes_error(rc);
}

/* A statement whose values are bound. */
static int
notes_run(struct notes *n, int which, notes_fn *fn, void *arg)
{
	sqlite3_stmt *stmt = n->statements[which];
	int rows = notes_step(stmt, fn, arg);

	if (rows == WM_E_SYSTEM)
		wm_log(WM_LOG_ERROR, "database: %s", sqlite3_errmsg(n->db));
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	return rows;
}

/* The same for a statement about one note. */
static int
notes_run_one(struct notes *n, int which, notes_fn *fn, void *arg)
{
	int rows = notes_run(n, which, fn, arg);

	if (rows == 0)
		return WM_E_NOT_FOUND;
	return rows < 0 ? rows : 0;
}

/* Where memory runs out the value is null, which no column takes. */
static void
notes_bind_text(sqlite3_stmt *stmt, int i, const char *text)
{
	sqlite3_bind_text(stmt, i, text, -1, SQLITE_STATIC);
}

/* ---- the calls ---- */

int
notes_list(struct notes *n, int64_t after, int64_t most, notes_fn *fn,
    void *arg)
{
	sqlite3_stmt *stmt = n->statements[NOTES_LIST];
	int rows;

	sqlite3_bind_int64(stmt, 1, after);
	sqlite3_bind_int64(stmt, 2, most);
	rows = notes_run(n, NOTES_LIST, fn, arg);
	return rows < 0 ? rows : 0;
}

int
notes_read(struct notes *n, int64_t id, notes_fn *fn, void *arg)
{
	sqlite3_bind_int64(n->statements[NOTES_READ], 1, id);
	return notes_run_one(n, NOTES_READ, fn, arg);
}

int
notes_create(struct notes *n, const struct note *draft, notes_fn *fn, void *arg)
{
	sqlite3_stmt *stmt = n->statements[NOTES_CREATE];

	notes_bind_text(stmt, 1, draft->title);
	notes_bind_text(stmt, 2, draft->text);
	sqlite3_bind_int64(stmt, 3, draft->created);
	sqlite3_bind_int64(stmt, 4, draft->updated);
	return notes_run_one(n, NOTES_CREATE, fn, arg);
}

int
notes_replace(struct notes *n, const struct note *draft, notes_fn *fn,
    void *arg)
{
	sqlite3_stmt *stmt = n->statements[NOTES_REPLACE];

	notes_bind_text(stmt, 1, draft->title);
	notes_bind_text(stmt, 2, draft->text);
	sqlite3_bind_int64(stmt, 3, draft->updated);
	sqlite3_bind_int64(stmt, 4, draft->id);
	return notes_run_one(n, NOTES_REPLACE, fn, arg);
}

int
notes_delete(struct notes *n, int64_t id)
{
	sqlite3_bind_int64(n->statements[NOTES_DELETE], 1, id);
	return notes_run_one(n, NOTES_DELETE, NULL, NULL);
}
