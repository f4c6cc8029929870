/* SPDX-License-Identifier: MIT */
/* The rows of `connections` in the order that was asked for. */
#ifndef CLI_CONN_ROWS_H
#define CLI_CONN_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "framework/ipc/connections.h"

enum wm__conn_column_kind {
	WM__COLUMN_WORD,
	WM__COLUMN_NUMBER,
	WM__COLUMN_ID, /* a number, a string in JSON */
	WM__COLUMN_BYTES,
	WM__COLUMN_SECONDS
};

/* The columns of connections.h. */
extern const struct wm__conn_column {
	const char *key;
	const char *heading;
	enum wm__conn_column_kind kind;
} wm__conn_columns[WM__CONNECTION_COLUMNS];

struct wm__conn_order {
	int column; /* -1: worker, slot and id alone */
	bool reverse;
};

/*
 * The order that a person named: a key or a heading of a column, '-' before it
 * for the other way round. Numbers come largest first, words by alphabet.
 * Returns 0, or WM_E_NOT_FOUND.
 */
int wm__conn_order(const char *name, struct wm__conn_order *order_r);

/*
 * The rows "connection" of `rows` (as the master sends them, each with its
 * newline, and terminated) in order: an array that the caller frees, of *n_r
 * lines in `rows`, whose newlines become NULs. Null when memory ran out.
 */
const char **wm__conn_sort(char *rows, const struct wm__conn_order *order,
    size_t *n_r);

#endif
