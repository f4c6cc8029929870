/* SPDX-License-Identifier: MIT */
/* Columns and order of the rows. What is shown of them is conn_print.c's. */
#include "config.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <workerman/error.h>

#include "framework/cli/conn_rows.h"

#define ROWS_ROW "ROW connection "

const struct wm__conn_column wm__conn_columns[] = {
#define ROWS_COLUMN(key, heading, kind) { #key, heading, WM__COLUMN_##kind },
	WM__CONNECTION_TABLE(ROWS_COLUMN)
#undef ROWS_COLUMN
};

int
wm__conn_order(const char *name, struct wm__conn_order *order_r)
{
	order_r->reverse = *name == '-';
	name += order_r->reverse;
	for (int i = 0; i < WM__CONNECTION_COLUMNS; i++)
		if (strcasecmp(name, wm__conn_columns[i].key) == 0 ||
		    strcasecmp(name, wm__conn_columns[i].heading) == 0) {
			order_r->column = i;
			return 0;
		}
	return WM_E_NOT_FOUND;
}

/* What a row is compared by, found once. */
struct rows_item {
	const char *line;
	const char *word;   /* of the column; null for a number */
	uintmax_t number;   /* of the column */
	int sign;           /* of the column's order */
	const char *worker; /* and then by these */
	uintmax_t slot, id;
};

/* The value of a column in its line, up to a blank; "" if it has none. */
static const char *
rows_value(const char *line, enum wm__connection_column column)
{
	const char *key = wm__conn_columns[column].key;
	size_t len = strlen(key);

	while (*line != '\0') {
		if (strncmp(line, key, len) == 0 && line[len] == '=')
			return line + len + 1;
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	return line;
}

static uintmax_t
rows_number(const char *line, enum wm__connection_column column)
{
	return strtoumax(rows_value(line, column), NULL, 10);
}

static void
rows_item(const char *line, const struct wm__conn_order *order,
    struct rows_item *item)
{
	*item = (struct rows_item){ .line = line,
		.worker = rows_value(line, WM__CONNECTION_worker),
		.slot = rows_number(line, WM__CONNECTION_slot),
		.id = rows_number(line, WM__CONNECTION_id) };
	if (order->column < 0)
		return;
	item->sign = order->reverse ? -1 : 1;
	if (wm__conn_columns[order->column].kind == WM__COLUMN_WORD)
		item->word =
		    rows_value(line, (enum wm__connection_column)order->column);
	else
		item->number = rows_number(line,
		    (enum wm__connection_column)order->column);
}

/* Words end with a blank or with their line. */
static int
rows_compare_words(const char *a, const char *b)
{
	size_t a_len = strcspn(a, " "), b_len = strcspn(b, " ");
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static int
rows_compare(const void *left, const void *right)
{
	const struct rows_item *a = left, *b = right;
	int order = a->word != NULL ?
	    rows_compare_words(a->word, b->word) :
	    (a->number < b->number) - (a->number > b->number);

	if (order != 0)
		return order * a->sign;
	order = rows_compare_words(a->worker, b->worker);
	if (order == 0)
		order = (a->slot > b->slot) - (a->slot < b->slot);
	return order != 0 ? order : (a->id > b->id) - (a->id < b->id);
}

/* Cuts the text into lines; those that are connections go to *items. */
static size_t
rows_cut(char *rows, const struct wm__conn_order *order,
    struct rows_item *items)
{
	size_t n = 0;

	while (*rows != '\0') {
		char *end = rows + strcspn(rows, "\n");
		char *next = *end != '\0' ? end + 1 : end;

		if (strncmp(rows, ROWS_ROW, strlen(ROWS_ROW)) == 0) {
			*end = '\0';
			rows_item(rows + strlen(ROWS_ROW), order, &items[n++]);
		}
		rows = next;
	}
	return n;
}

const char **
wm__conn_sort(char *rows, const struct wm__conn_order *order, size_t *n_r)
{
	struct rows_item *items;
	const char **lines;
	size_t lines_most = 1;

	for (const char *p = rows; (p = strchr(p, '\n')) != NULL; p++)
		lines_most++;
	items = calloc(lines_most, sizeof(*items));
	lines = calloc(lines_most, sizeof(*lines));
	if (items == NULL || lines == NULL) {
		free(items);
		free(lines);
		return NULL;
	}
	*n_r = rows_cut(rows, order, items);
	qsort(items, *n_r, sizeof(*items), rows_compare);
	for (size_t i = 0; i < *n_r; i++)
		lines[i] = items[i].line;
	free(items);
	return lines;
}
