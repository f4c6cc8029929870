/* SPDX-License-Identifier: MIT */
/*
 * `check`: the table of checks, run one after another beside a running master
 * or without one. Starts nothing, changes nothing, and does not run
 * on_prepare.
 */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/app.h>
#include <workerman/error.h>

#include "framework/cli/check.h"
#include "framework/cli/client.h"
#include "framework/cli/command.h"
#include "framework/cli/options.h"
#include "framework/cli/paths.h"
#include "framework/cli/run_dir.h"
#include "framework/ipc/rows.h"
#include "framework/cli/tabulate.h"
#include "framework/ipc/control.h"
#include "framework/ipc/table.h"

#define CHECK_WIDTH 80

static const struct {
	const char *name;
	wm__check_fn *run;
} checks[] = {
	{ "table", wm__check_table },
	{ "program", wm__check_program },
	{ "kernel", wm__check_kernel },
	{ "event-loop", wm__check_event_loop },
	{ "library", wm__check_libraries },
	{ "open-files", wm__check_files },
	{ "processes", wm__check_processes },
	{ "memory", wm__check_memory },
	{ "core-dump", wm__check_core },
	{ "backlog", wm__check_backlog },
	{ "buffer", wm__check_buffers },
	{ "migration", wm__check_migration },
	{ "user", wm__check_users },
	{ "run-dir", wm__check_run_dir },
	{ "control", wm__check_control },
	{ "log", wm__check_log },
	{ "listener", wm__check_listeners },
	{ "port-range", wm__check_port_range },
	{ "certificate", wm__check_certificates },
	{ "cpu", wm__check_cpus },
};

/* ---- the program itself ---- */

void
wm__check_table(const struct wm__check *check, struct wm__report *report)
{
	const struct wm__table *table = check->table;
	struct wm__finding f = { 0 };
	size_t listeners = 0;

	for (size_t i = 0; i < table->n_rows; i++)
		listeners += table->rows[i].n_urls;
	if (check->table_error != NULL)
		wm__finding_set(&f, WM__CHECK_MISSING, "%s",
		    check->table_error);
	else
		wm__finding_set(&f, WM__CHECK_OK,
		    "%zu workers, %zu processes, %zu listeners", table->n_rows,
		    wm__table_slots(table), listeners);
	wm__report_add(report, &f);
}

/* ---- the command ---- */

/* Asks who runs here; silently, as none need run. */
static void
check_ask_master(struct wm__check *check, struct wm_buf *rows)
{
	struct wm__client client;
	const char *cursor;
	char line[WM__ROW_MAX];

	switch (wm__client_open(&client, &check->dir)) {
	case 0:
		break;
	case WM_E_NOT_FOUND:
		return;
	case WM_E_POLICY:
		check->master = WM__MASTER_FOREIGN;
		return;
	default:
		check->master = WM__MASTER_SILENT;
		return;
	}
	check->master = WM__MASTER_SILENT;
	if (wm__client_ask(&client, "status", WM__CLIENT_MS, rows, NULL) ==
		WM__EXIT_OK &&
	    (wm_buf_put(rows, "", 1), !rows->failed)) {
		check->master = WM__MASTER_RUNS;
		check->rows = cursor = rows->data;
		if (wm__rows_next(&cursor, "master", line))
			check->master_pid =
			    wm__control_get_number(line, "pid", 0);
	}
	wm__client_close(&client);
}

static int
check_print(const struct wm__cli *cli, const struct wm__check *check,
    const struct wm__report *report)
{
	struct wm_buf out = WM_BUF_INIT;
	int status = report->level[WM__CHECK_MISSING] > 0 ? WM__EXIT_MISSING :
							    WM__EXIT_OK;

	if (cli->options->json)
		wm__check_write_json(report, check, &out);
	else
		wm__check_write_text(report, check,
		    isatty(STDOUT_FILENO) ? CHECK_WIDTH : 0, &out);
	if (report->failed || out.failed ||
	    fwrite(out.data, 1, out.len, stdout) != out.len)
		status = wm__cli_error(cli, WM__EXIT_NO_ANSWER,
		    "cannot print the findings");
	wm_buf_fini(&out);
	return status;
}

static int
check_run(const struct wm__cli *cli, struct wm__check *check)
{
	struct wm__report report = { 0 };
	struct wm_buf rows = WM_BUF_INIT;
	int status;

	if (check->dir_error == NULL)
		check_ask_master(check, &rows);
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		report.check = checks[i].name;
		checks[i].run(check, &report);
	}
	status = check_print(cli, check, &report);
	wm__report_fini(&report);
	wm_buf_fini(&rows);
	return status;
}

int
wm__cli_check(const struct wm__cli *cli)
{
	static const struct wm__table empty;
	struct wm__check check = { .cli = cli, .table = &empty, .rows = "" };
	struct wm__table *table = NULL;
	char path[PATH_MAX], dir_error[PATH_MAX + 128], table_error[1024];
	const char *given = cli->options->run_dir;
	int status;

	if (given == NULL)
		given = wm__paths_run_dir(cli->app->name, path, sizeof(path));
	if (wm__rundir_names(&check.dir, given, cli->app->name, dir_error,
		sizeof(dir_error)) < 0)
		check.dir_error = dir_error;
	else
		wm__run_dir_set(check.dir.path); /* for the table's ./NAME */
	if (wm__tabulate(cli->app, cli->options, &table, table_error,
		sizeof(table_error)) == 0)
		check.table = table;
	else
		check.table_error = table_error;
	status = check_run(cli, &check);
	wm__table_free(&table);
	return status;
}
