/* SPDX-License-Identifier: MIT */
/*
 * wm_main(): which run of the program this is, and what it is to do. The one
 * place that knows both the master and the worker.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/app.h>

#include "framework/base/program.h"
#include "framework/cli/command.h"
#include "framework/cli/options.h"
#include "framework/cli/run_dir.h"
#include "framework/ipc/control.h"
#include "framework/ipc/ipc.h"
#include "framework/ipc/table.h"
#include "framework/worker/worker.h"

/* Asked for before wm_main(), which takes the variable away. */
enum wm_role
wm_role(void)
{
	static int known = -1;
	const char *role = getenv(WM__IPC_ROLE);

	if (known < 0) {
		known = WM_ROLE_COMMAND;
		if (role != NULL && strcmp(role, "worker") == 0)
			known = WM_ROLE_WORKER;
		if (role != NULL && strcmp(role, "describe") == 0)
			known = WM_ROLE_DESCRIBE;
	}
	return (enum wm_role)known;
}

const char *
wm_option_value(int argc, char **argv, const char *name)
{
	size_t len = strlen(name);

	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];

		if (strncmp(word, "--", 2) != 0 ||
		    strncmp(word + 2, name, len) != 0)
			continue;
		if (word[2 + len] == '=')
			return word + 2 + len + 1;
		if (word[2 + len] == '\0')
			return i + 1 < argc && argv[i + 1][0] != '-' ?
			    argv[i + 1] :
			    "";
	}
	return NULL;
}

/* Later descriptors must not be taken for these. */
static void
main_open_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int
main_usage(const struct wm__cli *cli, const char *error)
{
	fprintf(stderr, "%s: %s; try '%s --help'\n", cli->app->name, error,
	    cli->argv[0]);
	return WM__EXIT_USAGE;
}

static int
main_command(const struct wm__cli *cli)
{
	const struct wm__options *o = cli->options;

	if (o->help)
		return wm__cli_help(cli);
	if (o->version)
		return wm__cli_version(cli);
	if (o->single != NULL)
		return wm__cli_single(cli);
	if (o->command == NULL)
		return main_usage(cli, "which command?");
	return o->command->run(cli);
}

static int
main_run(const struct wm_app *app, char **argv, enum wm_role role)
{
	struct wm__options *options = calloc(1, sizeof(*options));
	struct wm__cli cli = { app, argv, options };
	char error[512];
	int status = WM__EXIT_CANNOT_START;

	if (options == NULL)
		return status;
	if (wm__options_parse(options, app->options, argv, error,
		sizeof(error)) < 0)
		status = main_usage(&cli, error);
	else if (role == WM_ROLE_DESCRIBE)
		status = wm__cli_describe(&cli);
	else
		status = main_command(&cli);
	free(options);
	return status;
}

/* main() may have made an argv of its own: the title is the real one's. */
static int
main_worker(const struct wm_app *app)
{
	char *title = wm__program_title();

	return wm__worker_main(app, title, title != NULL ? strlen(title) : 0);
}

int
wm_main(const struct wm_app *app, int argc, char **argv)
{
	enum wm_role role = wm_role();
	int status;

	wm__run_dir_inherit();
	unsetenv(WM__IPC_ROLE);
	if (app->name == NULL || !wm__name_valid(app->name) || argc < 1) {
		fprintf(stderr, "%s: the application's name is not valid\n",
		    argc > 0 ? argv[0] : "wm_main");
		return WM__EXIT_CANNOT_START;
	}
	if (role == WM_ROLE_WORKER)
		return main_worker(app);
	main_open_standard();
	status = main_run(app, argv, role);
	if (fflush(stdout) != 0 && status == WM__EXIT_OK &&
	    role == WM_ROLE_COMMAND)
		status = WM__EXIT_NO_ANSWER;
	return status;
}
