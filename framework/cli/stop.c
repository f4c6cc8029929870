/* SPDX-License-Identifier: MIT */
/* `stop`: asks, and returns when the master is gone. */
#include "config.h"

#include <stdio.h>

#include <workerman/app.h>

#include "framework/cli/client.h"
#include "framework/cli/command.h"
#include "framework/cli/options.h"
#include "framework/ipc/control.h"
#include "framework/master/master.h"
#include "framework/master/rundir.h"

#define STOP_GONE_MS 5000 /* from the last answer to the end */
#define STOP_DEAD_MS 200  /* the same when there was no answer */

static long
stop_ms(const struct wm__options *o)
{
	if (o->seconds >= 0)
		return o->seconds * 1000;
	return o->graceful ? WM__STOP_GRACEFUL_MS : WM__STOP_FAST_MS;
}

int
wm__cli_stop_master(const struct wm__cli *cli, struct wm__client *client)
{
	const struct wm__options *o = cli->options;
	char request[64];
	int status;

	snprintf(request, sizeof(request), "stop mode=%s ms=%ld",
	    o->graceful ? "graceful" : "fast", stop_ms(o));
	wm__cli_progress_begin(cli);
	status = wm__client_ask(client, request, (int)stop_ms(o) + STOP_GONE_MS,
	    NULL, wm__cli_progress);
	wm__cli_progress_end();
	if (wm__client_wait(client,
		status == WM__EXIT_NO_ANSWER ? STOP_DEAD_MS : STOP_GONE_MS) < 0)
		return wm__cli_error(cli, WM__EXIT_NO_ANSWER,
		    status == WM__EXIT_NO_ANSWER ?
			"the master does not answer" :
			"the master does not end");
	if (status == WM__EXIT_KILLED)
		return wm__cli_error(cli, status,
		    "stopped, but workers had to be killed, or crashed: "
		    "see the log");
	/* Without an answer it is gone all the same: somebody killed it. */
	return WM__EXIT_OK;
}

int
wm__cli_stop(const struct wm__cli *cli)
{
	struct wm__client client;
	struct wm__rundir dir;
	int status = wm__cli_connect(cli, &dir, &client);

	if (status != 0)
		return status;
	status = wm__cli_stop_master(cli, &client);
	wm__client_close(&client);
	if (status == WM__EXIT_OK && !cli->options->quiet)
		printf("%s: stopped\n", cli->app->name);
	return status;
}
