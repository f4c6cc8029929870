/* SPDX-License-Identifier: MIT */
/*
 * The program: its table of workers and the one call that runs it.
 */
#ifndef WORKERMAN_APP_H
#define WORKERMAN_APP_H

#include <workerman/worker.h>

WM_BEGIN_DECLS

/* One of the application's own command-line options, shown by --help. */
struct wm_option {
	const char *name; /* without the dashes: "motd" is --motd */
	const char *arg;  /* name of its argument ("FILE"), or null */
	const char *help;
};

struct wm_app {
	const char *name;    /* required; letters, digits, '-', '_' */
	const char *version; /* shown by --version; null: none */
	const struct wm_worker *workers;            /* ends with a null name */
	const struct wm_protocol *const *protocols; /* the application's own,
		 found by scheme like the built-ins; null-terminated */
	const struct wm_handlers *const *handlers;  /* those with a name;
		  null-terminated */
	const struct wm_option *options;            /* ends with a null name */
	/*
	 * One-time work (a migration, a self-check): once per start, in a
	 * process of its own, before any worker. Negative refuses the start.
	 */
	int (*on_prepare)(const struct wm_app *);
};

/*
 * Runs the program: reads the command line, does what it says, returns the
 * exit status for main(). *app must live until the return.
 *
 * main() runs many times: for each command, to describe the table, and in
 * each worker. Before wm_main() it should only build the table.
 */
WM_API int wm_main(const struct wm_app *app, int argc, char **argv);

/* Which run of main() this is. */
enum wm_role {
	WM_ROLE_COMMAND,  /* typed by a person; becomes the master in start */
	WM_ROLE_DESCRIBE, /* reports the table to the master, then ends */
	WM_ROLE_WORKER    /* serves */
};
WM_API enum wm_role wm_role(void);

/*
 * The value of --NAME in argv, or null when it is not there; of an option
 * without argument only that it is not null counts. For main() to read its
 * own options before wm_main().
 */
WM_API const char *wm_option_value(int argc, char **argv, const char *name);

/*
 * The run directory (--run-dir), an absolute path: in on_prepare, in a
 * worker's callbacks and with --single, where it exists; null elsewhere. A
 * program may keep files of its own there whose names do not begin with its
 * own name and a dot. It belongs to the user who started the program; a worker
 * that runs as another one (wm_worker.user) cannot enter it.
 */
WM_API const char *wm_run_dir(void);

WM_END_DECLS

#endif
