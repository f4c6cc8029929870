/* SPDX-License-Identifier: MIT */
/*
 * `status`: the master's rows as a table for people, or as JSON. The master
 * answers from its own books, so this takes no worker's time.
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/cli/client.h"
#include "framework/cli/columns.h"
#include "framework/cli/command.h"
#include "framework/cli/options.h"
#include "framework/cli/rows.h"
#include "framework/master/rundir.h"

#define STATUS_WIDTH 80

/* ---- for people ---- */

/* What the summary adds up. */
struct status_sum {
	unsigned long long rss, connections, send_fail, timers, requests;
};

static const char *
status_get(const char *row, const char *key, char *buf, size_t size)
{
	return wm__control_get(row, key, buf, size) != NULL ? buf : "-";
}

/* "1.2M" */
static void
status_bytes(unsigned long long bytes, char *buf, size_t size)
{
	if (bytes >= 1ull << 30)
		snprintf(buf, size, "%.1fG", (double)bytes / (1 << 30));
	else
		snprintf(buf, size, "%.1fM", (double)bytes / (1 << 20));
}

static void
status_uptime(unsigned long long ms, char *buf, size_t size)
{
	unsigned long long s = ms / 1000;

	snprintf(buf, size, "%llu d %llu h %llu min %llu s", s / 86400,
	    s % 86400 / 3600, s % 3600 / 60, s % 60);
}

static void
status_head(const char *row, struct wm_buf *out)
{
	char a[256], b[256], up[64];

	wm_buf_printf(out, "%s %s", status_get(row, "name", a, sizeof(a)),
	    status_get(row, "version", b, sizeof(b)));
	wm_buf_printf(out, "%s(workerman-c %s), %s, ", *b != '\0' ? " " : "",
	    status_get(row, "framework", a, sizeof(a)),
	    status_get(row, "mode", b, sizeof(b)));
	status_uptime(wm__control_get_number(row, "uptime_ms", 0), up,
	    sizeof(up));
	wm_buf_printf(out, "%s for %s\n",
	    status_get(row, "phase", a, sizeof(a)), up);
	wm_buf_printf(out, "event loop %s, load average %s\n",
	    status_get(row, "event_loop", a, sizeof(a)),
	    status_get(row, "load", b, sizeof(b)));
	wm_buf_printf(out, "master %llu, generation %llu, ",
	    wm__control_get_number(row, "pid", 0),
	    wm__control_get_number(row, "generation", 0));
	wm_buf_printf(out, "%llu workers, %llu processes\n\n",
	    wm__control_get_number(row, "workers", 0),
	    wm__control_get_number(row, "processes", 0));
}

static void
status_process(const char *row, struct wm__columns *columns,
    struct status_sum *sum)
{
	unsigned long long pid = wm__control_get_number(row, "pid", 0);
	unsigned long long rss = wm__control_get_number(row, "rss", 0);
	unsigned long long more = wm__control_get_number(row, "listeners", 0);
	char a[512];

	if (pid > 0)
		wm__columns_add(columns, "%llu", pid);
	else
		wm__columns_add(columns, "-");
	status_bytes(rss, a, sizeof(a));
	wm__columns_add(columns, "%s", rss > 0 ? a : "-");
	status_get(row, "listen", a, sizeof(a));
	if (more > 1)
		wm__columns_add(columns, "%s +%llu", a, more - 1);
	else
		wm__columns_add(columns, "%s", a);
	wm__columns_add(columns, "%s/%llu",
	    status_get(row, "worker", a, sizeof(a)),
	    wm__control_get_number(row, "slot", 0));
	sum->rss += rss;
#define STATUS_NUMBER(field)                                                   \
	do {                                                                   \
		unsigned long long n = wm__control_get_number(row, #field, 0); \
		wm__columns_add(columns, "%llu", n);                           \
		sum->field += n;                                               \
	} while (0)
	STATUS_NUMBER(connections);
	STATUS_NUMBER(send_fail);
	STATUS_NUMBER(timers);
	STATUS_NUMBER(requests);
#undef STATUS_NUMBER
	wm__columns_add(columns, "%s", status_get(row, "state", a, sizeof(a)));
}

static void
status_table(const char *rows, struct wm_buf *out)
{
	static const char *const heads[] = { "PID", "RSS", "LISTEN", "WORKER",
		"CONNS", "FAIL", "TIMERS", "REQUESTS", "STATE" };
	struct status_sum sum = { 0 };
	struct wm__columns columns;
	char line[WM__ROW_MAX], rss[32];

	wm__columns_init(&columns, "rrtlrrrrl");
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		wm__columns_add(&columns, "%s", heads[i]);
	while (wm__rows_next(&rows, "process", line))
		status_process(line, &columns, &sum);
	status_bytes(sum.rss, rss, sizeof(rss));
	wm__columns_add(&columns, "all");
	wm__columns_add(&columns, "%s", rss);
	wm__columns_add(&columns, "-");
	wm__columns_add(&columns, "-");
	wm__columns_add(&columns, "%llu", sum.connections);
	wm__columns_add(&columns, "%llu", sum.send_fail);
	wm__columns_add(&columns, "%llu", sum.timers);
	wm__columns_add(&columns, "%llu", sum.requests);
	wm__columns_add(&columns, "summary");
	wm__columns_write(&columns, "",
	    isatty(STDOUT_FILENO) ? STATUS_WIDTH : 0, out);
	wm__columns_fini(&columns);
}

/* ---- for programs ---- */

/* Keys whose values are words; all others are numbers. */
static bool
status_is_word(const char *key, size_t len)
{
	static const char *const words[] = { "name", "version", "framework",
		"event_loop", "mode", "phase", "log", "load", "worker", "url",
		"listen", "state", "reload_result", "reload_why" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strlen(words[i]) == len && strncmp(words[i], key, len) == 0)
			return true;
	return false;
}

static void
status_json_string(const char *s, struct wm_buf *out)
{
	wm_buf_puts(out, "\"");
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f)
			wm_buf_printf(out, "\\u%04x", c);
		else
			wm_buf_printf(out,
			    c == '"' || c == '\\' ? "\\%c" : "%c", c);
	}
	wm_buf_puts(out, "\"");
}

static void
status_json_row(const char *row, struct wm_buf *out)
{
	char key[64], value[WM__ROW_MAX];
	bool first = true;

	wm_buf_puts(out, "{");
	while (*(row += strspn(row, " ")) != '\0') {
		size_t len = strcspn(row, "= ");

		snprintf(key, sizeof(key), "%.*s", len < 63 ? (int)len : 63,
		    row);
		wm_buf_printf(out, "%s\"%s\": ", first ? "" : ", ", key);
		first = false;
		wm__control_get(row, key, value, sizeof(value));
		if (status_is_word(key, strlen(key)))
			status_json_string(value, out);
		else
			wm_buf_printf(out, "%llu",
			    wm__control_get_number(row, key, 0));
		row += strcspn(row, " ");
	}
	wm_buf_puts(out, "}");
}

static void
status_json_list(const char *rows, const char *kind, struct wm_buf *out)
{
	char line[WM__ROW_MAX];
	bool first = true;

	while (wm__rows_next(&rows, kind, line)) {
		wm_buf_puts(out, first ? "\n    " : ",\n    ");
		status_json_row(line, out);
		first = false;
	}
}

static void
status_json(const char *rows, struct wm_buf *out)
{
	char line[WM__ROW_MAX];
	const char *cursor = rows;

	wm_buf_puts(out, "{\n  \"master\": ");
	if (wm__rows_next(&cursor, "master", line))
		status_json_row(line, out);
	wm_buf_puts(out, ",\n  \"listeners\": [");
	status_json_list(rows, "listener", out);
	wm_buf_puts(out, "\n  ],\n  \"processes\": [");
	status_json_list(rows, "process", out);
	wm_buf_puts(out, "\n  ]\n}\n");
}

/* ---- the command ---- */

static int
status_print(const struct wm__cli *cli, const char *rows)
{
	struct wm_buf out = WM_BUF_INIT;
	const char *cursor = rows;
	char line[WM__ROW_MAX];
	int status = WM__EXIT_OK;

	if (cli->options->json) {
		status_json(rows, &out);
	} else if (wm__rows_next(&cursor, "master", line)) {
		status_head(line, &out);
		status_table(rows, &out);
	}
	if (out.failed || fwrite(out.data, 1, out.len, stdout) != out.len)
		status = wm__cli_error(cli, WM__EXIT_NO_ANSWER,
		    "cannot print the status");
	wm_buf_fini(&out);
	return status;
}

int
wm__cli_status(const struct wm__cli *cli)
{
	struct wm_buf rows = WM_BUF_INIT;
	struct wm__client client;
	struct wm__rundir dir;
	int status = wm__cli_connect(cli, &dir, &client);

	if (status != 0)
		return status;
	status = wm__client_ask(&client, "status", WM__CLIENT_MS, &rows, NULL);
	wm_buf_put(&rows, "", 1);
	if (status == WM__EXIT_OK && !rows.failed)
		status = status_print(cli, rows.data);
	else
		wm__cli_error(cli, status,
		    client.why[0] != '\0' ? client.why :
					    "the master does not answer");
	wm_buf_fini(&rows);
	wm__client_close(&client);
	return status;
}
