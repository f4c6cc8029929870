/* SPDX-License-Identifier: MIT */
/* Connections as a table and as JSON. Their order is conn_rows.c's. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "framework/cli/columns.h"
#include "framework/cli/conn_print.h"
#include "framework/cli/conn_rows.h"
#include "framework/cli/json.h"
#include "framework/ipc/rows.h"

#define CELL_MAX 160

/* ---- for people ---- */

/* The columns of the table: how they are aligned, and which are left out
   first (0: never). Worker and slot are one. */
static const struct {
	enum wm__connection_column column;
	char align;
	char spare;
} print_columns[] = {
	{ WM__CONNECTION_pid, 'r', 6 },
	{ WM__CONNECTION_worker, 'l', 0 },
	{ WM__CONNECTION_id, 'r', 0 },
	{ WM__CONNECTION_trans, 'l', 2 },
	{ WM__CONNECTION_protocol, 'l', 7 },
	{ WM__CONNECTION_ipv4, 'r', 1 },
	{ WM__CONNECTION_ipv6, 'r', 1 },
	{ WM__CONNECTION_recv_q, 'r', 0 },
	{ WM__CONNECTION_send_q, 'r', 0 },
	{ WM__CONNECTION_bytes_r, 'r', 4 },
	{ WM__CONNECTION_bytes_w, 'r', 4 },
	{ WM__CONNECTION_requests, 'r', 5 },
	{ WM__CONNECTION_age, 'r', 8 },
	{ WM__CONNECTION_idle, 'r', 0 },
	{ WM__CONNECTION_tls, 'l', 2 },
	{ WM__CONNECTION_state, 'l', 0 },
	{ WM__CONNECTION_local, 't', 3 },
	{ WM__CONNECTION_foreign, 't', 0 },
};

#define PRINT_COLUMNS (sizeof(print_columns) / sizeof(*print_columns))
#define PRINT_SPARES  8
#define PRINT_GAP     2

/* 99999, 123K, 45.6M: at most five characters up to 999 G. */
static void
print_bytes(unsigned long long n, char *cell)
{
	static const char units[] = "KMGT";
	double shown = (double)n;
	int unit = -1;

	if (n < 100000) {
		snprintf(cell, CELL_MAX, "%llu", n);
		return;
	}
	while (shown >= 999.5 && unit < 3) {
		shown /= 1024;
		unit++;
	}
	snprintf(cell, CELL_MAX, shown < 99.95 ? "%.1f%c" : "%.0f%c", shown,
	    units[unit]);
}

/* 59s, 3m20s, 5h12m, 3d4h */
static void
print_seconds(unsigned long long s, char *cell)
{
	if (s < 60)
		snprintf(cell, CELL_MAX, "%llus", s);
	else if (s < 3600)
		snprintf(cell, CELL_MAX, "%llum%llus", s / 60, s % 60);
	else if (s < 86400)
		snprintf(cell, CELL_MAX, "%lluh%llum", s / 3600, s % 3600 / 60);
	else
		snprintf(cell, CELL_MAX, "%llud%lluh", s / 86400,
		    s % 86400 / 3600);
}

/* The terminal's own language is not for what others chose. */
static void
print_word(const char *line, const char *key, char *cell)
{
	if (wm__control_get(line, key, cell, CELL_MAX) == NULL)
		snprintf(cell, CELL_MAX, "-");
	for (char *p = cell; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
}

static void
print_cell(const char *line, size_t i, char *cell)
{
	enum wm__connection_column column = print_columns[i].column;
	const char *key = wm__conn_columns[column].key;
	size_t len;

	switch (wm__conn_columns[column].kind) {
	case WM__COLUMN_BYTES:
		print_bytes(wm__control_get_number(line, key, 0), cell);
		break;
	case WM__COLUMN_SECONDS:
		print_seconds(wm__control_get_number(line, key, 0), cell);
		break;
	default:
		print_word(line, key, cell);
	}
	if (column != WM__CONNECTION_worker)
		return;
	len = strlen(cell);
	snprintf(cell + len, CELL_MAX - len, "/%llu",
	    wm__control_get_number(line, "slot", 0));
}

static const char *
print_heading(size_t i)
{
	return wm__conn_columns[print_columns[i].column].heading;
}

static void
print_measure(const char *const *lines, size_t n, size_t *widths)
{
	char cell[CELL_MAX];

	for (size_t i = 0; i < PRINT_COLUMNS; i++) {
		widths[i] = strlen(print_heading(i));
		for (size_t k = 0; k < n; k++) {
			size_t len;

			print_cell(lines[k], i, cell);
			len = strlen(cell);
			if (len > widths[i])
				widths[i] = len;
		}
	}
}

/* Which columns are shown: those whose rank is above the one returned. */
static char
print_choose(const char *const *lines, size_t n, size_t limit)
{
	size_t widths[PRINT_COLUMNS];
	char rank = 0;

	if (limit == 0)
		return 0;
	print_measure(lines, n, widths);
	for (; rank < PRINT_SPARES; rank++) {
		size_t total = 0;

		for (size_t i = 0; i < PRINT_COLUMNS; i++)
			if (print_columns[i].spare == 0 ||
			    print_columns[i].spare > rank)
				total += widths[i] + PRINT_GAP;
		if (total <= limit + PRINT_GAP)
			break;
	}
	return rank;
}

static bool
print_is_shown(size_t i, char rank)
{
	return print_columns[i].spare == 0 || print_columns[i].spare > rank;
}

static void
print_left_out(char rank, struct wm_buf *out)
{
	const char *before = "\nnot shown in this width: ";

	for (size_t i = 0; i < PRINT_COLUMNS; i++)
		if (!print_is_shown(i, rank)) {
			wm_buf_printf(out, "%s%s", before, print_heading(i));
			before = " ";
		}
	if (*before == ' ')
		wm_buf_puts(out, "\n");
}

void
wm__conn_table(const char *const *lines, size_t n, size_t limit,
    struct wm_buf *out)
{
	char rank = print_choose(lines, n, limit);
	char align[PRINT_COLUMNS + 1] = "", cell[CELL_MAX];
	struct wm__columns columns;
	size_t shown = 0;

	for (size_t i = 0; i < PRINT_COLUMNS; i++)
		if (print_is_shown(i, rank))
			align[shown++] = print_columns[i].align;
	wm__columns_init(&columns, align);
	for (size_t i = 0; i < PRINT_COLUMNS; i++)
		if (print_is_shown(i, rank))
			wm__columns_add(&columns, "%s", print_heading(i));
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < PRINT_COLUMNS; i++) {
			if (!print_is_shown(i, rank))
				continue;
			print_cell(lines[k], i, cell);
			wm__columns_add(&columns, "%s", cell);
		}
	wm__columns_write(&columns, "", limit, out);
	wm__columns_fini(&columns);
	print_left_out(rank, out);
}

void
wm__conn_missing(const char *row, char *buf, size_t size)
{
	char worker[80], why[CELL_MAX];

	print_word(row, "worker", worker);
	print_word(row, "why", why);
	snprintf(buf, size, "worker %s/%llu (pid %llu) %s", worker,
	    wm__control_get_number(row, "slot", 0),
	    wm__control_get_number(row, "pid", 0), why);
}

/* ---- for programs ---- */

static void
print_json_row(const char *line, struct wm_buf *out)
{
	char value[WM__ROW_MAX];

	for (int i = 0; i < WM__CONNECTION_COLUMNS; i++) {
		const char *key = wm__conn_columns[i].key;

		wm_buf_printf(out, "%s\"%s\": ", i == 0 ? "{" : ", ", key);
		if (wm__control_get(line, key, value, sizeof(value)) == NULL)
			wm_buf_puts(out, "null");
		else if (wm__conn_columns[i].kind == WM__COLUMN_WORD ||
		    wm__conn_columns[i].kind == WM__COLUMN_ID)
			wm__json_string(out, value);
		else
			wm_buf_printf(out, "%llu",
			    wm__control_get_number(line, key, 0));
	}
	wm_buf_puts(out, "}");
}

static void
print_json_missing(const char *row, struct wm_buf *out)
{
	char word[WM__ROW_MAX];

	wm_buf_printf(out, "{\"pid\": %llu, \"worker\": ",
	    wm__control_get_number(row, "pid", 0));
	wm__control_get(row, "worker", word, sizeof(word));
	wm__json_string(out, word);
	wm_buf_printf(out, ", \"slot\": %llu, \"why\": ",
	    wm__control_get_number(row, "slot", 0));
	wm__control_get(row, "why", word, sizeof(word));
	wm__json_string(out, word);
	wm_buf_puts(out, "}");
}

void
wm__conn_json(const char *const *lines, size_t n, const char *missing,
    struct wm_buf *out)
{
	char row[WM__ROW_MAX];
	const char *before = "\n    ";

	wm_buf_puts(out, "{\n  \"connections\": [");
	for (size_t i = 0; i < n; i++) {
		wm_buf_puts(out, i == 0 ? "\n    " : ",\n    ");
		print_json_row(lines[i], out);
	}
	wm_buf_printf(out, "%s],\n  \"missing\": [", n > 0 ? "\n  " : "");
	while (wm__rows_next(&missing, "missing", row)) {
		wm_buf_puts(out, before);
		print_json_missing(row, out);
		before = ",\n    ";
	}
	wm_buf_puts(out, *before == ',' ? "\n  ]\n}\n" : "]\n}\n");
}
