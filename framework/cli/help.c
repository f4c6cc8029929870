/* SPDX-License-Identifier: MIT */
/* `--help` and `--version`, from the tables. */
#include "config.h"

#include <stdio.h>

#include <workerman/app.h>

#include "framework/cli/command.h"
#include "framework/cli/options.h"
#include "framework/ipc/control.h"

static const struct {
	int code;
	const char *text;
} help_exits[] = {
#define HELP_EXIT(code, name, text) { code, text },
	WM__EXIT_TABLE(HELP_EXIT)
#undef HELP_EXIT
};

int
wm__cli_help(const struct wm__cli *cli)
{
	printf("usage: %s COMMAND [OPTION]...\n\ncommands:\n", cli->argv[0]);
	for (const struct wm__command *c = wm__commands; c->name != NULL; c++)
		printf("  %-28s %s\n", c->synopsis, c->help);
	printf("\noptions:\n");
	wm__options_help(cli->app->options);
	printf("\nexit status:\n");
	for (size_t i = 0; i < sizeof(help_exits) / sizeof(*help_exits); i++)
		printf("  %d  %s\n", help_exits[i].code, help_exits[i].text);
	return WM__EXIT_OK;
}

int
wm__cli_version(const struct wm__cli *cli)
{
	const char *version = cli->app->version;

	printf("%s%s%s (workerman-c %s)\n", cli->app->name,
	    version != NULL ? " " : "", version != NULL ? version : "",
	    PACKAGE_VERSION);
	return WM__EXIT_OK;
}
