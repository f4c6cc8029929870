/* SPDX-License-Identifier: MIT */
/* What the commands share: their errors and the way to the master. */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include <workerman/app.h>
#include <workerman/error.h>

#include "framework/base/clock.h"
#include "framework/base/progress.h"
#include "framework/cli/client.h"
#include "framework/cli/command.h"
#include "framework/cli/options.h"
#include "framework/cli/paths.h"
#include "framework/ipc/control.h"
#include "framework/master/rundir.h"

#define SHARED_EARLY 100 /* ms: the clocks of two processes */

static struct wm__progress shared_progress;
static int64_t shared_began;

void
wm__cli_progress_begin(const struct wm__cli *cli)
{
	wm__progress_init(&shared_progress,
	    cli->options->quiet ? -1 : STDERR_FILENO);
	shared_began = wm__clock_ms();
}

void
wm__cli_progress(const char *text)
{
	if (wm__clock_ms() - shared_began >= WM__PROGRESS_MS - SHARED_EARLY)
		wm__progress_show(&shared_progress, text);
}

void
wm__cli_progress_end(void)
{
	wm__progress_clear(&shared_progress);
}

int
wm__cli_error(const struct wm__cli *cli, int status, const char *text)
{
	fprintf(stderr, "%s: %s\n", cli->app->name, text);
	return status;
}

int
wm__cli_rundir(const struct wm__cli *cli, struct wm__rundir *dir)
{
	char path[PATH_MAX], error[PATH_MAX + 128];
	const char *given = cli->options->run_dir;

	if (given == NULL)
		given = wm__paths_run_dir(cli->app->name, path, sizeof(path));
	if (wm__rundir_names(dir, given, cli->app->name, error, sizeof(error)) <
	    0)
		return wm__cli_error(cli, WM__EXIT_USAGE, error);
	return 0;
}

int
wm__cli_reach(const struct wm__rundir *dir, struct wm__client *client,
    const char **why_r)
{
	switch (wm__client_open(client, dir)) {
	case 0:
		return 0;
	case WM_E_NOT_FOUND:
		*why_r = "not running";
		return WM__EXIT_NOT_RUNNING;
	case WM_E_POLICY:
		*why_r = "the master belongs to another user";
		return WM__EXIT_NO_ANSWER;
	default:
		*why_r = "the master does not answer";
		return WM__EXIT_NO_ANSWER;
	}
}

int
wm__cli_connect(const struct wm__cli *cli, struct wm__rundir *dir,
    struct wm__client *client)
{
	const char *why;
	int status = wm__cli_rundir(cli, dir);

	if (status != 0)
		return status;
	status = wm__cli_reach(dir, client, &why);
	return status == 0 ? 0 : wm__cli_error(cli, status, why);
}
