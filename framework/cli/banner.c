/* SPDX-License-Identifier: MIT */
/*
 * The banner: the program in two lines, its workers in a table, and what to
 * do next. Plain when it does not go to a terminal.
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/cli/banner.h"
#include "framework/cli/columns.h"
#include "framework/cli/terminal.h"
#include "framework/ipc/rows.h"

#define BANNER_WIDTH 80

static bool banner_colour;
static bool banner_terminal;

void
wm__banner_init(void)
{
	banner_terminal = wm__terminal_is();
	banner_colour = wm__terminal_colour();
}

static const char *
banner_get(const char *row, const char *key)
{
	static char value[WM__ROW_MAX];

	if (wm__control_get(row, key, value, sizeof(value)) == NULL)
		value[0] = '\0';
	return value;
}

static void
banner_head(const char *row, struct wm_buf *out)
{
	const char *value;

	wm_buf_puts(out, banner_colour ? "\033[1m" : "");
	wm_buf_puts(out, banner_get(row, "name"));
	value = banner_get(row, "version");
	wm_buf_printf(out, "%s%s", *value != '\0' ? " " : "", value);
	wm_buf_puts(out, banner_colour ? "\033[0m" : "");
	wm_buf_printf(out, " (workerman-c %s)\n", banner_get(row, "framework"));
	wm_buf_printf(out, "event loop %s, ", banner_get(row, "event_loop"));
	wm_buf_printf(out, "master %s, ", banner_get(row, "pid"));
	value = banner_get(row, "log");
	wm_buf_printf(out, "log %s\n\n", *value != '\0' ? value : "here");
}

/* How many processes the worker has, by its rows. */
static unsigned
banner_count(const char *rows, const char *worker)
{
	char line[WM__ROW_MAX];
	unsigned n = 0;

	while (wm__rows_next(&rows, "process", line))
		n += strcmp(banner_get(line, "worker"), worker) == 0;
	return n;
}

static void
banner_row(struct wm__columns *columns, const char *worker, const char *url,
    unsigned count)
{
	const char *sep = strstr(url, "://");

	wm__columns_add(columns, "%s", worker);
	wm__columns_add(columns, "%.*s", sep != NULL ? (int)(sep - url) : 1,
	    sep != NULL ? url : "-");
	wm__columns_add(columns, "%s", sep != NULL ? sep + 3 : "-");
	wm__columns_add(columns, "%u", count);
	wm__columns_add(columns, "%s",
	    banner_colour ? "\033[32m[ok]\033[0m" : "[ok]");
}

/* The listeners of one worker, or one row of dashes. */
static void
banner_worker(const char *rows, const char *worker, struct wm__columns *columns)
{
	const char *cursor = rows;
	char line[WM__ROW_MAX];
	unsigned count = banner_count(rows, worker), n = 0;

	while (wm__rows_next(&cursor, "listener", line))
		if (strcmp(banner_get(line, "worker"), worker) == 0) {
			banner_row(columns, worker, banner_get(line, "url"),
			    count);
			n++;
		}
	if (n == 0)
		banner_row(columns, worker, "", count);
}

static void
banner_table(const char *rows, struct wm_buf *out)
{
	static const char *const heads[] = { "WORKER", "PROTOCOL", "ADDRESS",
		"COUNT", "STATUS" };
	struct wm__columns columns;
	const char *cursor = rows;
	char line[WM__ROW_MAX], worker[128];

	wm__columns_init(&columns, "lltrl");
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		wm__columns_add(&columns, "%s", heads[i]);
	while (wm__rows_next(&cursor, "process", line)) {
		if (wm__control_get_number(line, "slot", 1) != 0)
			continue;
		snprintf(worker, sizeof(worker), "%.100s",
		    banner_get(line, "worker"));
		banner_worker(rows, worker, &columns);
	}
	wm__columns_write(&columns, "", banner_terminal ? BANNER_WIDTH : 0,
	    out);
	wm__columns_fini(&columns);
}

void
wm__banner_write(char *rows, struct wm_buf *out)
{
	const char *cursor = rows;
	char line[WM__ROW_MAX];
	bool is_daemon;

	if (!wm__rows_next(&cursor, "master", line))
		return;
	is_daemon = strcmp(banner_get(line, "mode"), "daemon") == 0;
	banner_head(line, out);
	banner_table(rows, out);
	if (is_daemon)
		wm_buf_puts(out, "\nStarted in the background.\n");
	else
		wm_buf_puts(out, "\nPress Ctrl+C to stop.\n");
}
