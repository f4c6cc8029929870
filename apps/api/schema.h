/* SPDX-License-Identifier: MIT */
/* The tables, and how older files get them. */
#ifndef API_SCHEMA_H
#define API_SCHEMA_H

#include <sqlite3.h>

/*
 * Brings the file to the newest form. Returns what SQLite said (SQLITE_OK,
 * with sqlite3_errmsg() otherwise), or SQLITE_MISMATCH when the file is of a
 * form that this program does not know yet.
 */
int schema_migrate(sqlite3 *db);

/* SQLITE_OK when the file has the newest form. Otherwise as above. */
int schema_check(sqlite3 *db);

#endif
