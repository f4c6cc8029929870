/* SPDX-License-Identifier: MIT */
/*
 * `connections`: what the workers say of their connections, in order, as a
 * table or as JSON; and `--close ID`. Filters are judged here first, so that
 * a mistake costs nobody anything.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <workerman/app.h>

#include "framework/cli/client.h"
#include "framework/cli/command.h"
#include "framework/cli/conn_print.h"
#include "framework/cli/conn_rows.h"
#include "framework/cli/options.h"
#include "framework/ipc/rows.h"
#include "framework/ipc/filter.h"
#include "framework/master/rundir.h"

#define CONNECTIONS_WIDTH 80    /* where the terminal does not tell */
#define CONNECTIONS_MS    60000 /* between two rows */

/* ---- the question ---- */

static int
connections_usage(const struct wm__cli *cli, const char *what,
    const char *about)
{
	char line[512];

	snprintf(line, sizeof(line), "%s: %.200s", what, about);
	return wm__cli_error(cli, WM__EXIT_USAGE, line);
}

/* All words, one in each line. Returns 0 or an exit status. */
static int
connections_filters(const struct wm__cli *cli, struct wm_buf *words)
{
	const struct wm__options *o = cli->options;
	struct wm__filter filter = { .n = 0 };
	char error[256];

	for (size_t i = 0; i < o->n_words; i++) {
		if (wm__filter_add(&filter, o->words[i], error, sizeof(error)) <
		    0)
			return wm__cli_error(cli, WM__EXIT_USAGE, error);
		wm_buf_printf(words, "%s\n", o->words[i]);
	}
	wm_buf_put(words, "", 1);
	return 0;
}

/* The id of --close; 0 when it is none. */
static unsigned long long
connections_id(const char *text)
{
	unsigned long long id;
	char *end;

	errno = 0;
	id = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 ? id :
									    0;
}

/* The request line. Returns 0 or an exit status. */
static int
connections_request(const struct wm__cli *cli, struct wm_buf *request)
{
	const struct wm__options *o = cli->options;
	struct wm_buf words = WM_BUF_INIT;
	int status = connections_filters(cli, &words);

	wm_buf_puts(request, "connections");
	if (status == 0 && o->close != NULL) {
		unsigned long long id = connections_id(o->close);

		if (id == 0)
			status = connections_usage(cli,
			    "not the id of a connection", o->close);
		else if (o->n_words > 0)
			status = connections_usage(cli,
			    "--close takes no filter", o->words[0]);
		wm__control_put_number(request, "close", id);
	}
	if (status == 0 && !words.failed)
		wm__control_put(request, "filter", words.data);
	wm_buf_put(request, "", 1);
	if (status == 0 && request->len > WM__CONTROL_LINE_MAX - 64)
		status = wm__cli_error(cli, WM__EXIT_USAGE, "too many filters");
	wm_buf_fini(&words);
	return status;
}

static int
connections_order(const struct wm__cli *cli, struct wm__conn_order *order_r)
{
	const char *sort = cli->options->sort;
	struct wm_buf line = WM_BUF_INIT;

	*order_r = (struct wm__conn_order){ .column = -1 };
	if (sort == NULL || wm__conn_order(sort, order_r) == 0)
		return 0;
	wm_buf_printf(&line, "no such column: %.80s (", sort);
	for (int i = 0; i < WM__CONNECTION_COLUMNS; i++)
		wm_buf_printf(&line, "%s%s", i > 0 ? " " : "",
		    wm__conn_columns[i].key);
	wm_buf_puts(&line, ")");
	wm_buf_put(&line, "", 1);
	wm__cli_error(cli, WM__EXIT_USAGE,
	    line.failed ? "out of memory" : line.data);
	wm_buf_fini(&line);
	return WM__EXIT_USAGE;
}

/* ---- the answer ---- */

/* Characters in a line of the terminal; 0 when there is none. */
static size_t
connections_width(void)
{
	struct winsize size = { 0 };

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return CONNECTIONS_WIDTH;
	return size.ws_col;
}

/* Whoever did not answer is named, so that nobody takes the rest for all. */
static void
connections_warn(const struct wm__cli *cli, const char *rows)
{
	char row[WM__ROW_MAX], who[400];

	while (wm__rows_next(&rows, "missing", row)) {
		wm__conn_missing(row, who, sizeof(who));
		fprintf(stderr,
		    "%s: warning: %s; its connections are not "
		    "all shown\n",
		    cli->app->name, who);
	}
}

static void
connections_closed(const char *line, struct wm_buf *out)
{
	char id[32] = "", worker[80] = "", protocol[64] = "", foreign[160] = "";

	wm__control_get(line, "id", id, sizeof(id));
	wm__control_get(line, "worker", worker, sizeof(worker));
	wm__control_get(line, "protocol", protocol, sizeof(protocol));
	wm__control_get(line, "foreign", foreign, sizeof(foreign));
	wm_buf_printf(out, "closed %s: %s/%llu %s %s\n", id, worker,
	    wm__control_get_number(line, "slot", 0), protocol, foreign);
}

static int
connections_print(const struct wm__cli *cli, char *rows, const char *missing,
    const struct wm__conn_order *order)
{
	struct wm_buf out = WM_BUF_INIT;
	size_t n = 0;
	const char **lines = wm__conn_sort(rows, order, &n);
	int status = WM__EXIT_OK;

	if (lines == NULL)
		return wm__cli_error(cli, WM__EXIT_NO_ANSWER, "out of memory");
	if (cli->options->json)
		wm__conn_json(lines, n, missing, &out);
	else if (cli->options->close == NULL)
		wm__conn_table(lines, n, connections_width(), &out);
	else if (n > 0 && !cli->options->quiet)
		connections_closed(lines[0], &out);
	if (out.failed || fwrite(out.data, 1, out.len, stdout) != out.len)
		status = wm__cli_error(cli, WM__EXIT_NO_ANSWER,
		    "cannot print the connections");
	wm_buf_fini(&out);
	free(lines);
	return status;
}

/* The rows "missing" alone: sorting cuts the others into pieces. */
static void
connections_missing(const char *rows, struct wm_buf *missing)
{
	char row[WM__ROW_MAX];

	while (wm__rows_next(&rows, "missing", row))
		wm_buf_printf(missing, "ROW missing%s\n", row);
	wm_buf_put(missing, "", 1);
}

static int
connections_answer(const struct wm__cli *cli, struct wm_buf *rows,
    const struct wm__conn_order *order)
{
	struct wm_buf missing = WM_BUF_INIT;
	int status = WM__EXIT_NO_ANSWER;

	connections_missing(rows->data, &missing);
	if (!missing.failed) {
		connections_warn(cli, missing.data);
		status =
		    connections_print(cli, rows->data, missing.data, order);
	}
	wm_buf_fini(&missing);
	return status;
}

static int
connections_ask(const struct wm__cli *cli, const char *request,
    const struct wm__conn_order *order)
{
	struct wm_buf rows = WM_BUF_INIT;
	struct wm__client client;
	struct wm__rundir dir;
	int status = wm__cli_connect(cli, &dir, &client);

	if (status != 0)
		return status;
	status = wm__client_ask(&client, request, CONNECTIONS_MS, &rows, NULL);
	wm_buf_put(&rows, "", 1);
	if (status == WM__EXIT_OK && !rows.failed) {
		status = connections_answer(cli, &rows, order);
	} else {
		if (!rows.failed)
			connections_warn(cli, rows.data);
		wm__cli_error(cli, status,
		    client.why[0] != '\0' ? client.why :
					    "the master does not answer");
	}
	wm_buf_fini(&rows);
	wm__client_close(&client);
	return status;
}

int
wm__cli_connections(const struct wm__cli *cli)
{
	struct wm_buf request = WM_BUF_INIT;
	struct wm__conn_order order;
	int status = connections_order(cli, &order);

	if (status == 0)
		status = connections_request(cli, &request);
	if (status == 0 && request.failed)
		status =
		    wm__cli_error(cli, WM__EXIT_CANNOT_START, "out of memory");
	if (status == 0)
		status = connections_ask(cli, request.data, &order);
	wm_buf_fini(&request);
	return status;
}
