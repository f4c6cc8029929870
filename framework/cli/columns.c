/* SPDX-License-Identifier: MIT */
/* Columns for banner and status. Counts bytes: names and addresses are
   ASCII. */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "framework/cli/columns.h"

#define COLUMNS_GAP   2
#define COLUMNS_LEAST 6 /* no column is cut below this */

void
wm__columns_init(struct wm__columns *columns, const char *align)
{
	*columns = (struct wm__columns){ .align = align,
		.n = strlen(align),
		.gap = COLUMNS_GAP };
}

void
wm__columns_fini(struct wm__columns *columns)
{
	wm_buf_fini(&columns->cells);
}

void
wm__columns_add(struct wm__columns *columns, const char *fmt, ...)
{
	char cell[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(cell, sizeof(cell), fmt, args);
	va_end(args);
	wm_buf_put(&columns->cells, cell, strlen(cell) + 1);
}

/* What it takes on the terminal. */
static size_t
columns_length(const char *cell)
{
	size_t n = 0;

	while (*cell != '\0')
		if (*cell == '\033')
			cell += strcspn(cell, "m") + 1;
		else
			cell++, n++;
	return n;
}

/* How wide each column must be. */
static void
columns_measure(struct wm__columns *columns)
{
	const char *cell = columns->cells.data;
	const char *end = cell + columns->cells.len;

	memset(columns->width, 0, sizeof(columns->width));
	for (size_t i = 0; cell < end; i = (i + 1) % columns->n) {
		size_t len = columns_length(cell);

		if (len > columns->width[i])
			columns->width[i] = len;
		cell += strlen(cell) + 1;
	}
}

static size_t
columns_total(const struct wm__columns *columns, const char *indent)
{
	size_t total = strlen(indent) + columns->gap * (columns->n - 1);

	for (size_t i = 0; i < columns->n; i++)
		total += columns->width[i];
	return total;
}

static void
columns_squeeze(struct wm__columns *columns, const char *indent, size_t limit)
{
	size_t total = columns_total(columns, indent);

	while (limit > 0 && total > limit) {
		size_t widest = columns->n;

		for (size_t i = 0; i < columns->n; i++)
			if (strchr("lt", columns->align[i]) != NULL &&
			    columns->width[i] > COLUMNS_LEAST &&
			    (widest == columns->n ||
				columns->width[i] > columns->width[widest]))
				widest = i;
		if (widest == columns->n)
			return;
		columns->width[widest]--;
		total--;
	}
}

static void
columns_cell(const struct wm__columns *columns, size_t i, const char *cell,
    struct wm_buf *out)
{
	int width = (int)columns->width[i];
	size_t len = columns_length(cell);
	int blanks = len < columns->width[i] ? width - (int)len : 0;

	if (len > columns->width[i] && columns->align[i] == 't')
		wm_buf_printf(out, "..%s", cell + len - (size_t)width + 2);
	else if (len > columns->width[i])
		wm_buf_printf(out, "%.*s..", width - 2, cell);
	else if (columns->align[i] == 'r')
		wm_buf_printf(out, "%*s%s", blanks, "", cell);
	else if (i + 1 < columns->n)
		wm_buf_printf(out, "%s%*s", cell, blanks, "");
	else
		wm_buf_puts(out, cell);
}

size_t
wm__columns_width(struct wm__columns *columns)
{
	columns_measure(columns);
	return columns_total(columns, "");
}

void
wm__columns_write(struct wm__columns *columns, const char *indent, size_t limit,
    struct wm_buf *out)
{
	const char *cell = columns->cells.data;
	const char *end = cell + columns->cells.len;

	columns_measure(columns);
	columns_squeeze(columns, indent, limit);
	for (size_t i = 0; cell < end; i = (i + 1) % columns->n) {
		if (i == 0)
			wm_buf_puts(out, indent);
		else
			wm_buf_printf(out, "%*s", (int)columns->gap, "");
		columns_cell(columns, i, cell, out);
		if (i + 1 == columns->n)
			wm_buf_puts(out, "\n");
		cell += strlen(cell) + 1;
	}
}
