/* SPDX-License-Identifier: MIT */
/* The commands: one table, one file for each. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct wm_app;
struct wm__client;
struct wm__options;
struct wm__rundir;

/* Options that only some commands take. */
enum {
	WM__WITH_DAEMON = 1,
	WM__WITH_GRACEFUL = 2,
	WM__WITH_SECONDS = 4,
	WM__WITH_JSON = 8,
	WM__WITH_WATCH = 16
};

/* One run of the program as a command. */
struct wm__cli {
	const struct wm_app *app;
	char **argv;
	const struct wm__options *options;
};

struct wm__command {
	const char *name; /* null ends the table */
	const char *synopsis;
	const char *help;
	unsigned with;                      /* WM__WITH_ bits */
	int (*run)(const struct wm__cli *); /* returns the exit status */
};

extern const struct wm__command wm__commands[];

const struct wm__command *wm__command_find(const char *name);

int wm__cli_start(const struct wm__cli *cli);
int wm__cli_stop(const struct wm__cli *cli);
int wm__cli_restart(const struct wm__cli *cli);
int wm__cli_reload(const struct wm__cli *cli);
int wm__cli_status(const struct wm__cli *cli);

/* Beside the table. */
int wm__cli_help(const struct wm__cli *cli);
int wm__cli_version(const struct wm__cli *cli);
int wm__cli_single(const struct wm__cli *cli);
int wm__cli_describe(const struct wm__cli *cli); /* writes to WM__IPC_FD */

/* ---- what they share ---- */

/* Starts as `start` does. */
int wm__cli_start_as(const struct wm__cli *cli, bool as_daemon);

/* Asks the master to stop as the options say and waits for its end. Returns
   the exit status of `stop`, after its error was printed. */
int wm__cli_stop_master(const struct wm__cli *cli, struct wm__client *client);

/* Prints "NAME: TEXT" on standard error; returns `status`. */
int wm__cli_error(const struct wm__cli *cli, int status, const char *text);

/*
 * Finds the run directory of the options and connects to its master. Returns
 * 0, or an exit status after its error was printed.
 */
int wm__cli_connect(const struct wm__cli *cli, struct wm__rundir *dir,
    struct wm__client *client);

/* The run directory of the options, only named. As wm__cli_connect(). */
int wm__cli_rundir(const struct wm__cli *cli, struct wm__rundir *dir);

#endif
