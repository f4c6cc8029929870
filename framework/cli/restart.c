/* SPDX-License-Identifier: MIT */
/* `restart`: stop if it runs, then start in the mode it ran in. */
#include "config.h"

#include <string.h>

#include <workerman/buf.h>
#include <workerman/error.h>

#include "framework/cli/client.h"
#include "framework/cli/command.h"
#include "framework/cli/options.h"
#include "framework/ipc/rows.h"
#include "framework/master/rundir.h"

/* Whether the running master is a daemon. Returns an exit status. */
static int
restart_ask_mode(const struct wm__cli *cli, const struct wm__rundir *dir,
    bool *daemon_r)
{
	struct wm__client client;
	struct wm_buf rows = WM_BUF_INIT;
	const char *cursor;
	char line[WM__ROW_MAX], mode[16] = "";
	int status;

	if (wm__client_open(&client, dir) < 0)
		return wm__cli_error(cli, WM__EXIT_NO_ANSWER,
		    "the master does not answer");
	status = wm__client_ask(&client, "status", WM__CLIENT_MS, &rows, NULL);
	wm_buf_put(&rows, "", 1);
	cursor = rows.failed ? "" : rows.data;
	if (wm__rows_next(&cursor, "master", line))
		wm__control_get(line, "mode", mode, sizeof(mode));
	*daemon_r = strcmp(mode, "daemon") == 0;
	wm_buf_fini(&rows);
	wm__client_close(&client);
	return status != WM__EXIT_NO_ANSWER ?
	    0 :
	    wm__cli_error(cli, status, "the master does not answer");
}

int
wm__cli_restart(const struct wm__cli *cli)
{
	struct wm__client client;
	struct wm__rundir dir;
	bool was_daemon = false;
	int status = wm__cli_rundir(cli, &dir);

	if (status != 0)
		return status;
	status = wm__client_open(&client, &dir);
	if (status == WM_E_NOT_FOUND)
		return wm__cli_start_as(cli, cli->options->daemon);
	if (status < 0)
		return wm__cli_error(cli, WM__EXIT_NO_ANSWER,
		    "the master does not answer");
	status = restart_ask_mode(cli, &dir, &was_daemon);
	if (status == 0)
		status = wm__cli_stop_master(cli, &client);
	wm__client_close(&client);
	if (status != WM__EXIT_OK && status != WM__EXIT_KILLED)
		return status;
	return wm__cli_start_as(cli, was_daemon || cli->options->daemon);
}
