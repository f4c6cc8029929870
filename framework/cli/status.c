/* SPDX-License-Identifier: MIT */
/*
 * `status`: asks the master, which answers from its own books, and lets the
 * form that was asked for be written. How that looks is status_*.c's.
 */
#include "config.h"

#include <stdio.h>

#include <workerman/error.h>

#include "framework/cli/client.h"
#include "framework/cli/command.h"
#include "framework/cli/options.h"
#include "framework/cli/status.h"
#include "framework/cli/terminal.h"
#include "framework/ipc/control.h"
#include "framework/ipc/metrics.h"
#include "framework/master/rundir.h"

int
wm__status_gather(const struct wm__rundir *dir, struct wm_buf *rows, char *why,
    size_t size)
{
	const char *text = "the master does not answer";
	struct wm__client client;
	int status = wm__cli_reach(dir, &client, &text);

	rows->len = 0;
	if (status == WM__EXIT_OK) {
		status = wm__client_ask(&client, "status", WM__CLIENT_MS, rows,
		    NULL);
		if (client.why[0] != '\0')
			text = client.why;
		wm_buf_put(rows, "", 1);
		if (status == WM__EXIT_OK && rows->failed)
			status = WM__EXIT_NO_ANSWER;
		wm__client_close(&client);
	}
	snprintf(why, size, "%s", text);
	return status;
}

static void
status_people(const char *rows, struct wm_buf *out)
{
	struct wm__status_look look = { .colour = wm__terminal_colour() };
	size_t height;

	wm__terminal_size(&look.width, &height);
	wm__status_text(rows, &look, out);
}

static int
status_once(const struct wm__cli *cli, const struct wm__rundir *dir)
{
	struct wm_buf rows = WM_BUF_INIT, out = WM_BUF_INIT;
	char why[256];
	int status = wm__status_gather(dir, &rows, why, sizeof(why));

	if (status != WM__EXIT_OK) {
		wm__cli_error(cli, status, why);
	} else {
		if (cli->options->json)
			wm__status_json(rows.data, &out);
		else if (cli->options->metrics)
			wm__metrics_render(rows.data, &out);
		else
			status_people(rows.data, &out);
		if (out.failed ||
		    fwrite(out.data, 1, out.len, stdout) != out.len)
			status = wm__cli_error(cli, WM__EXIT_NO_ANSWER,
			    "cannot print the status");
	}
	wm_buf_fini(&rows);
	wm_buf_fini(&out);
	return status;
}

int
wm__cli_status(const struct wm__cli *cli)
{
	const struct wm__options *o = cli->options;
	struct wm__rundir dir;
	int status;

	if (o->refresh + o->json + o->metrics > 1)
		return wm__cli_error(cli, WM__EXIT_USAGE,
		    "only one of -w, --json and --metrics");
	status = wm__cli_rundir(cli, &dir);
	if (status != 0)
		return status;
	return o->refresh ? wm__status_watch(cli, &dir) :
			    status_once(cli, &dir);
}
