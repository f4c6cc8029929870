/* SPDX-License-Identifier: MIT */
/* Sorting rows by what one key holds. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "framework/cli/sorted.h"
#include "framework/ipc/facts.h"
#include "framework/ipc/rows.h"

/* qsort() has no argument to pass these by. */
static const struct wm__fact *sorted_by;
static bool sorted_descending;

static int
sorted_words(const char *a, const char *b)
{
	char x[512] = "", y[512] = "";

	wm__control_get(a, sorted_by->key, x, sizeof(x));
	wm__control_get(b, sorted_by->key, y, sizeof(y));
	return strcmp(x, y);
}

static int
sorted_numbers(const char *a, const char *b)
{
	unsigned long long m = wm__control_get_number(a, sorted_by->key, 0);
	unsigned long long n = wm__control_get_number(b, sorted_by->key, 0);

	return (m > n) - (m < n);
}

static int
sorted_compare(const void *a, const void *b)
{
	const struct wm__sorted_row *x = a, *y = b;
	int order = sorted_by->form == WM__FACT_WORD ?
	    sorted_words(x->line, y->line) :
	    sorted_numbers(x->line, y->line);

	if (order != 0)
		return sorted_descending ? -order : order;
	return x->at < y->at ? -1 : 1;
}

void
wm__sorted_read(struct wm__sorted *rows, const char *text, const char *kind)
{
	char line[WM__ROW_MAX];

	while (!rows->failed && wm__rows_next(&text, kind, line)) {
		struct wm__sorted_row *all =
		    realloc(rows->all, (rows->n + 1) * sizeof(*all));

		if (all != NULL) {
			rows->all = all;
			all[rows->n].at = rows->n;
			all[rows->n].line = strdup(line);
		}
		if (all == NULL || all[rows->n].line == NULL)
			rows->failed = true;
		else
			rows->n++;
	}
}

void
wm__sorted_sort(struct wm__sorted *rows, const struct wm__fact *by,
    bool descending)
{
	sorted_by = by;
	sorted_descending = descending;
	if (rows->n > 1)
		qsort(rows->all, rows->n, sizeof(*rows->all), sorted_compare);
}

void
wm__sorted_free(struct wm__sorted *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		free(rows->all[i].line);
	free(rows->all);
	*rows = (struct wm__sorted){ 0 };
}
