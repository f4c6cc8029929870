/* SPDX-License-Identifier: MIT */
/*
 * `reload`: asks the running master to bring the program's present file into
 * service, and shows each step. When this process goes away meanwhile, the
 * reload goes on.
 */
#include "config.h"

#include <stdio.h>

#include <workerman/app.h>

#include "framework/cli/client.h"
#include "framework/cli/command.h"
#include "framework/cli/options.h"
#include "framework/ipc/control.h"
#include "framework/master/rundir.h"

/* Describe, ready and the exclusive ones' drain each have their deadline in
   the master, and say so: this one is for a master that hangs. */
#define RELOAD_SILENCE_MS 150000

static void
reload_print(const char *text)
{
	printf("%s\n", text);
	fflush(stdout);
}

int
wm__cli_reload(const struct wm__cli *cli)
{
	struct wm__client client;
	struct wm__rundir dir;
	int status = wm__cli_connect(cli, &dir, &client);

	if (status != 0)
		return status;
	status = wm__client_ask(&client, "reload", RELOAD_SILENCE_MS, NULL,
	    cli->options->quiet ? NULL : reload_print);
	if (status != WM__EXIT_OK)
		wm__cli_error(cli, status,
		    client.why[0] != '\0' ? client.why :
					    "the master does not answer");
	else if (!cli->options->quiet)
		printf("%s: reloaded: %s\n", cli->app->name, client.why);
	wm__client_close(&client);
	return status;
}
