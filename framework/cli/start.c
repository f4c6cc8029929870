/* SPDX-License-Identifier: MIT */
/* `start`: this process becomes the master, or makes one in the
   background. */
#include "config.h"

#include <limits.h>
#include <unistd.h>

#include <workerman/app.h>

#include "framework/base/program.h"
#include "framework/cli/banner.h"
#include "framework/cli/command.h"
#include "framework/cli/options.h"
#include "framework/cli/paths.h"
#include "framework/ipc/control.h"
#include "framework/master/master.h"
#include "framework/master/rundir.h"

int
wm__cli_start_as(const struct wm__cli *cli, bool as_daemon)
{
	const struct wm__options *o = cli->options;
	struct wm__rundir dir;
	char path[PATH_MAX];
	struct wm__master_options options = {
		.name = cli->app->name,
		.argv = wm__program_args(cli->argv),
		.backend = o->event_loop != NULL ? o->event_loop : "",
		.daemon = as_daemon,
		.watch = o->watch,
		.backoff_max_ms = o->backoff_max_ms,
		.banner = o->quiet ? NULL : wm__banner_write,
	};
	int status = wm__cli_rundir(cli, &dir);

	if (status != 0)
		return status;
	options.run_dir = dir.path;
	if (o->log != NULL)
		options.log = wm__paths_absolute(o->log, path, sizeof(path));
	else if (as_daemon)
		options.log =
		    wm__paths_log(cli->app->name, dir.path, path, sizeof(path));
	if (o->log != NULL && options.log == NULL)
		return wm__cli_error(cli, WM__EXIT_USAGE,
		    "the path of the log file is too long");
	wm__banner_init();
	return wm__master_run(&options);
}

int
wm__cli_start(const struct wm__cli *cli)
{
	return wm__cli_start_as(cli, cli->options->daemon);
}
