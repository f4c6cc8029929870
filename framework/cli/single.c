/* SPDX-License-Identifier: MIT */
/* `--single NAME`: one worker in this very process. */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <workerman/app.h>

#include "framework/base/fd.h"
#include "framework/cli/command.h"
#include "framework/cli/options.h"
#include "framework/cli/run_dir.h"
#include "framework/cli/tabulate.h"
#include "framework/ipc/control.h"
#include "framework/ipc/table.h"
#include "framework/master/rundir.h"
#include "framework/worker/worker.h"

/* The application may keep files there, with a master or without. */
static int
single_run_dir(const struct wm__cli *cli)
{
	struct wm__rundir dir;
	char error[PATH_MAX + 128];
	int status = wm__cli_rundir(cli, &dir);

	if (status != 0)
		return status;
	if (wm__rundir_open(&dir, error, sizeof(error)) < 0)
		return wm__cli_error(cli, WM__EXIT_CANNOT_START, error);
	wm__run_dir_set(dir.path);
	wm__rundir_close(&dir);
	return 0;
}

int
wm__cli_single(const struct wm__cli *cli)
{
	const struct wm__options *o = cli->options;
	const struct wm_worker *w = wm__tabulate_find(cli->app, o->single);
	const struct wm__row *row = NULL;
	struct wm__table *table;
	char error[1024];
	int status;

	if (w == NULL)
		return wm__cli_error(cli, WM__EXIT_USAGE,
		    "--single: there is no worker of that name");
	if ((status = single_run_dir(cli)) != 0)
		return status;
	if (wm__tabulate(cli->app, o, &table, error, sizeof(error)) < 0)
		return wm__cli_error(cli, WM__EXIT_CANNOT_START, error);
	for (size_t i = 0; i < table->n_rows; i++)
		if (strcmp(table->rows[i].name, o->single) == 0)
			row = &table->rows[i];
	wm__fd_raise_limit();
	if (cli->app->on_prepare != NULL && cli->app->on_prepare(cli->app) < 0)
		status = wm__cli_error(cli, WM__EXIT_CANNOT_START,
		    "on_prepare refused");
	else
		status = wm__worker_single(cli->app, w, row,
		    o->event_loop != NULL ? o->event_loop : "");
	wm__table_free(&table);
	return status;
}
