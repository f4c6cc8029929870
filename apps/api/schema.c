/* SPDX-License-Identifier: MIT */
/*
 * The tables as a list of steps. A file knows how many of them it has had
 * (user_version); those that are missing are taken in one transaction. A step
 * that was published is never changed: the next form is one more step.
 */
#include <stddef.h>

#include "schema.h"

static const char *const steps[] = {
	/* AUTOINCREMENT: the address of a deleted note stays gone. */
	"CREATE TABLE notes ("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  title TEXT NOT NULL,"
	"  text TEXT NOT NULL,"
	"  created INTEGER NOT NULL,"
	"  updated INTEGER NOT NULL"
	") STRICT",
};

#define STEPS ((int)(sizeof(steps) / sizeof(steps[0])))

static int
schema_run(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static int
schema_version(sqlite3 *db, int *version_r)
{
	sqlite3_stmt *stmt;
	int rc;

	rc = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &stmt, NULL);
	if (rc != SQLITE_OK)
		return rc;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		*version_r = sqlite3_column_int(stmt, 0);
	return sqlite3_finalize(stmt);
}

/* Inside the transaction: nobody else migrates meanwhile. */
static int
schema_take_steps(sqlite3 *db)
{
	char sql[64];
	int version = 0, rc = schema_version(db, &version);

	if (rc == SQLITE_OK && (version < 0 || version > STEPS))
		return SQLITE_MISMATCH;
	for (; rc == SQLITE_OK && version < STEPS; version++)
		rc = schema_run(db, steps[version]);
	if (rc != SQLITE_OK)
		return rc;
	sqlite3_snprintf(sizeof(sql), sql, "PRAGMA user_version = %d", STEPS);
	return schema_run(db, sql);
}

int
schema_migrate(sqlite3 *db)
{
	int rc;

	/* Readers do not wait for the writer, nor it for them. The file
	   remembers it. */
	if ((rc = schema_run(db, "PRAGMA journal_mode = WAL")) != SQLITE_OK)
		return rc;
	if ((rc = schema_run(db, "BEGIN IMMEDIATE")) != SQLITE_OK)
		return rc;
	if ((rc = schema_take_steps(db)) == SQLITE_OK)
		rc = schema_run(db, "COMMIT");
	/* On failure closing the connection undoes what was begun. */
	return rc;
}

int
schema_check(sqlite3 *db)
{
	int version = 0, rc = schema_version(db, &version);

	if (rc != SQLITE_OK)
		return rc;
	return version == STEPS ? SQLITE_OK : SQLITE_MISMATCH;
}
