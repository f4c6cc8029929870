/* SPDX-License-Identifier: MIT */
/*
 * The status for people: a head of a few lines, a row for each process, what
 * they add up to, and how processes ended. Numbers are whole where there is
 * room, else "12.3k".
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "framework/base/clock.h"
#include "framework/cli/columns.h"
#include "framework/cli/figures.h"
#include "framework/cli/sorted.h"
#include "framework/cli/status.h"
#include "framework/ipc/facts.h"
#include "framework/ipc/rows.h"

/* One table as it is written. */
struct table {
	const struct wm__status_look *look;
	struct wm__columns columns;
	const struct wm__fact *facts[WM__COLUMNS_MAX];
	unsigned long long sums[WM__COLUMNS_MAX];
	size_t n;
	bool brief;
};

static const char *
table_get(const char *row, const char *key, char *buf, size_t size)
{
	return wm__control_get(row, key, buf, size) != NULL ? buf : "-";
}

static const char *
table_colour(const struct wm__status_look *look, const char *escape)
{
	return look->colour ? escape : "";
}

static void
table_number(const struct table *table, const struct wm__fact *fact,
    unsigned long long n, char *buf, size_t size)
{
	if (fact->form == WM__FACT_BYTES)
		wm__figure_bytes(n, buf, size);
	else if (fact->form == WM__FACT_MS)
		wm__figure_age(n, buf, size);
	else if (fact->form == WM__FACT_PERMILLE)
		snprintf(buf, size, n < 1000 ? "%.1f" : "%.0f", (double)n / 10);
	else if (table->brief)
		wm__figure_short(n, buf, size);
	else
		snprintf(buf, size, "%llu", n);
}

/* ---- the head ---- */

static void
table_reload(const char *row, struct wm_buf *out)
{
	unsigned long long then = wm__control_get_number(row, "reload_time", 0);
	unsigned long long now = (unsigned long long)wm__clock_time();
	char result[64], why[WM__ROW_MAX], ago[64];

	wm_buf_printf(out, "last reload: %s",
	    table_get(row, "reload_result", result, sizeof(result)));
	if (then > 0) {
		wm__figure_uptime(now > then ? (now - then) * 1000 : 0, ago,
		    sizeof(ago));
		wm_buf_printf(out, " %s ago, in %llu ms", ago,
		    wm__control_get_number(row, "reload_ms", 0));
	}
	if (wm__control_get(row, "reload_why", why, sizeof(why)) != NULL &&
	    why[0] != '\0')
		wm_buf_printf(out, ": %s", why);
	wm_buf_puts(out,
	    wm__control_get_number(row, "reload_running", 0) > 0 ?
		"; one is in progress\n" :
		"\n");
}

static void
table_head(const char *row, const struct wm__status_look *look,
    struct wm_buf *out)
{
	char a[256], b[256], up[64];

	wm_buf_printf(out, "%s%s%s %s", table_colour(look, "\033[1m"),
	    table_get(row, "name", a, sizeof(a)), table_colour(look, "\033[0m"),
	    table_get(row, "version", b, sizeof(b)));
	wm_buf_printf(out, "%s(workerman-c %s), %s, ", *b != '\0' ? " " : "",
	    table_get(row, "framework", a, sizeof(a)),
	    table_get(row, "mode", b, sizeof(b)));
	wm__figure_uptime(wm__control_get_number(row, "uptime_ms", 0), up,
	    sizeof(up));
	wm_buf_printf(out, "%s for %s\n", table_get(row, "phase", a, sizeof(a)),
	    up);
	wm_buf_printf(out, "event loop %s, load average %s\n",
	    table_get(row, "event_loop", a, sizeof(a)),
	    table_get(row, "load", b, sizeof(b)));
	wm_buf_printf(out, "master %llu, generation %llu, ",
	    wm__control_get_number(row, "pid", 0),
	    wm__control_get_number(row, "generation", 0));
	wm_buf_printf(out, "%llu workers, %llu processes\n",
	    wm__control_get_number(row, "workers", 0),
	    wm__control_get_number(row, "processes", 0));
	table_reload(row, out);
	wm_buf_puts(out, "\n");
}

/* ---- cells ---- */

static const char *
table_state_colour(const struct wm__status_look *look, const char *state)
{
	static const struct {
		const char *state, *escape;
	} colours[] = {
		{ "idle", "\033[32m" },
		{ "busy", "\033[33m" },
		{ "stopped", "\033[33m" },
		{ "crash-loop", "\033[31m" },
	};

	for (size_t i = 0; i < sizeof(colours) / sizeof(*colours); i++)
		if (strcmp(colours[i].state, state) == 0)
			return table_colour(look, colours[i].escape);
	return "";
}

static void
table_words(struct table *table, const char *row, const struct wm__fact *fact)
{
	unsigned long long more = wm__control_get_number(row, "listeners", 0);
	char a[512];
	const char *word = table_get(row, fact->key, a, sizeof(a));

	if (strcmp(fact->key, "listen") == 0 && more > 1)
		wm__columns_add(&table->columns, "%s +%llu", word, more - 1);
	else if (strcmp(fact->key, "worker") == 0 &&
	    wm__control_get(row, "slot", a, 2) != NULL)
		wm__columns_add(&table->columns, "%s/%llu",
		    table_get(row, fact->key, a, sizeof(a)),
		    wm__control_get_number(row, "slot", 0));
	else if (strcmp(fact->key, "state") == 0)
		wm__columns_add(&table->columns, "%s%s%s",
		    table_state_colour(table->look, word), word,
		    table_state_colour(table->look, word)[0] != '\0' ?
			"\033[0m" :
			"");
	else
		wm__columns_add(&table->columns, "%s", word);
}

static void
table_cell(struct table *table, const char *row, size_t i)
{
	const struct wm__fact *fact = table->facts[i];
	unsigned long long n;
	char text[64];

	if (fact->form == WM__FACT_WORD) {
		table_words(table, row, fact);
		return;
	}
	n = wm__control_get_number(row, fact->key, 0);
	table_number(table, fact, n, text, sizeof(text));
	if (strcmp(fact->key, "pid") == 0)
		snprintf(text, sizeof(text), "%llu", n);
	/* a slot without a process has neither */
	if (n == 0 && (fact->form == WM__FACT_BYTES || fact->letter == 'p'))
		snprintf(text, sizeof(text), "-");
	wm__columns_add(&table->columns, "%s", text);
	table->sums[i] += n;
}

/* ---- the table of processes ---- */

/* The facts of a kind that have a column, and how each is aligned. */
static void
table_init(struct table *table, const struct wm__status_look *look,
    const char *kind, const char *align)
{
	const struct wm__fact *fact = wm__facts_of(kind)->facts;

	for (; fact->key != NULL; fact++)
		if (fact->head != NULL && table->n < WM__COLUMNS_MAX)
			table->facts[table->n++] = fact;
	table->look = look;
	wm__columns_init(&table->columns, align);
}

static void
table_heads(struct table *table)
{
	const struct wm__status_look *look = table->look;

	for (size_t i = 0; i < table->n; i++) {
		const struct wm__fact *fact = table->facts[i];
		const char *head = table->brief && fact->brief != NULL ?
		    fact->brief :
		    fact->head;

		wm__columns_add(&table->columns, "%s%s%s",
		    table_colour(look,
			fact == look->sort ? "\033[1;7m" : "\033[1m"),
		    head, table_colour(look, "\033[0m"));
	}
}

static void
table_summary(struct table *table)
{
	char text[64];

	for (size_t i = 0; i < table->n; i++) {
		const struct wm__fact *fact = table->facts[i];

		if (strcmp(fact->key, "pid") == 0)
			snprintf(text, sizeof(text), "all");
		else if (strcmp(fact->key, "state") == 0)
			snprintf(text, sizeof(text), "summary");
		else if (fact->form == WM__FACT_WORD ||
		    fact->form == WM__FACT_MS)
			snprintf(text, sizeof(text), "-");
		else
			table_number(table, fact, table->sums[i], text,
			    sizeof(text));
		wm__columns_add(&table->columns, "%s", text);
	}
}

/* Those that do not fit are in the sums all the same. */
static void
table_fill(struct table *table, const struct wm__sorted *rows)
{
	size_t lines = table->look->lines;

	table_heads(table);
	for (size_t i = 0; i < rows->n; i++)
		for (size_t k = 0; k < table->n; k++)
			if (lines == 0 || i < lines)
				table_cell(table, rows->all[i].line, k);
			else
				table->sums[k] +=
				    wm__control_get_number(rows->all[i].line,
					table->facts[k]->key, 0);
	table_summary(table);
}

static void
table_processes(const char *text, const struct wm__status_look *look,
    struct wm_buf *out)
{
	struct wm__sorted rows = { 0 };
	struct table table = { 0 };

	wm__sorted_read(&rows, text, "process");
	if (look->sort != NULL)
		wm__sorted_sort(&rows, look->sort, look->descending);
	table_init(&table, look, "process", "rrttrrrrrrrrw");
	table_fill(&table, &rows);
	if (look->width > 0 &&
	    wm__columns_width(&table.columns) > look->width) {
		wm__columns_fini(&table.columns);
		table = (struct table){ .brief = true };
		table_init(&table, look, "process", "rrttrrrrrrrrw");
		table.columns.gap = 1;
		table_fill(&table, &rows);
	}
	wm__columns_write(&table.columns, "", look->width, out);
	if (look->lines > 0 && rows.n > look->lines)
		wm_buf_printf(out, "(%zu more)\n", rows.n - look->lines);
	out->failed = out->failed || rows.failed;
	wm__sorted_free(&rows);
	wm__columns_fini(&table.columns);
}

/* ---- how processes ended ---- */

static void
table_list(const char *text, const char *kind, const char *align,
    const struct wm__status_look *look, struct wm_buf *out)
{
	struct wm__sorted rows = { 0 };
	struct table table = { 0 };

	wm__sorted_read(&rows, text, kind);
	table_init(&table, look, kind, align);
	table_heads(&table);
	for (size_t i = 0; i < rows.n; i++)
		for (size_t k = 0; k < table.n; k++)
			table_cell(&table, rows.all[i].line, k);
	if (rows.n > 0) {
		wm_buf_puts(out, "\n");
		wm__columns_write(&table.columns, "", look->width, out);
	}
	out->failed = out->failed || rows.failed;
	wm__sorted_free(&rows);
	wm__columns_fini(&table.columns);
}

void
wm__status_text(const char *rows, const struct wm__status_look *look,
    struct wm_buf *out)
{
	const char *cursor = rows;
	char line[WM__ROW_MAX];

	if (wm__rows_next(&cursor, "master", line))
		table_head(line, look, out);
	table_processes(rows, look, out);
	table_list(rows, "exit", "lrl", look, out);
	table_list(rows, "death", "lrrrll", look, out);
}
