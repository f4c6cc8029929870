/* SPDX-License-Identifier: MIT */
/* The table of commands. */
#include "config.h"

#include <string.h>

#include "framework/cli/command.h"

const struct wm__command wm__commands[] = {
	{ "start", "start [-d] [--watch]", "serve, here or as a daemon",
	    WM__WITH_DAEMON | WM__WITH_WATCH, wm__cli_start },
	{ "stop", "stop [-g] [-t SEC]", "finish what is in flight, then end",
	    WM__WITH_GRACEFUL | WM__WITH_SECONDS, wm__cli_stop },
	{ "restart", "restart [-d] [-g] [-t SEC]",
	    "stop, then start; a daemon comes back as a daemon",
	    WM__WITH_DAEMON | WM__WITH_GRACEFUL | WM__WITH_SECONDS,
	    wm__cli_restart },
	{ "reload", "reload [-g]",
	    "bring the program's present file into service", WM__WITH_GRACEFUL,
	    wm__cli_reload },
	{ "status", "status [--json]", "show the processes", WM__WITH_JSON,
	    wm__cli_status },
	{ NULL, NULL, NULL, 0, NULL },
};

const struct wm__command *
wm__command_find(const char *name)
{
	for (const struct wm__command *c = wm__commands; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}
