/* SPDX-License-Identifier: MIT */
/*
 * The command line: PROGRAM COMMAND [OPTION]... in any order, and for some
 * commands words behind them. One table has
 * all options; parsing and --help come from it.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <workerman/app.h>

#include "framework/cli/command.h"

#define WM__OVERRIDES_MAX 256
#define WM__WORDS_MAX     16

/*	id          letter long          argument    where        help */
#define WM__OPTION_TABLE(X)                                                    \
	X(DAEMON, 'd', NULL, NULL, WM__WITH_DAEMON,                            \
	    "start: in the background, when all workers are ready")            \
	X(GRACEFUL, 'g', NULL, NULL, WM__WITH_GRACEFUL,                        \
	    "stop: let connections leave (60 s); reload: they drain")          \
	X(SECONDS, 't', NULL, "SEC", WM__WITH_SECONDS,                         \
	    "stop: wait so long at most, then kill")                           \
	X(WATCH, 0, "watch", NULL, WM__WITH_WATCH,                             \
	    "start: reload whenever the program's file was replaced")          \
	X(JSON, 0, "json", NULL, WM__WITH_JSON,                                \
	    "status, connections, check: as JSON")                             \
	X(SORT, 0, "sort", "COL", WM__WITH_FILTERS,                            \
	    "connections: by that column; =-COL the other way")                \
	X(CLOSE, 0, "close", "ID", WM__WITH_FILTERS,                           \
	    "connections: close the one with this CID")                        \
	X(REFRESH, 'w', NULL, NULL, WM__WITH_REFRESH,                          \
	    "status: again every second; q ends, other keys sort")             \
	X(METRICS, 0, "metrics", NULL, WM__WITH_METRICS,                       \
	    "status: as OpenMetrics text")                                     \
	X(QUIET, 'q', NULL, NULL, 0, "print nothing but errors")               \
	X(RUN_DIR, 0, "run-dir", "DIR", 0,                                     \
	    "directory of the pid file and the control socket")                \
	X(LOG, 0, "log", "FILE", 0, "log file")                                \
	X(LISTEN, 0, "listen", "NAME=URL", 0,                                  \
	    "listen there instead; NAME[N]=URL for the N-th listener")         \
	X(COUNT, 0, "count", "NAME=N", 0, "so many processes instead")         \
	X(EVENT_LOOP, 0, "event-loop", "LOOP", 0,                              \
	    "epoll, poll, select or kqueue")                                   \
	X(BACKOFF_MAX, 0, "backoff-max", "TIME", 0,                            \
	    "restart crashing workers after this time at most")                \
	X(SINGLE, 0, "single", "NAME", 0,                                      \
	    "run one worker here, without a master, to debug it")              \
	X(HELP, 'h', "help", NULL, 0, "show this")                             \
	X(VERSION, 0, "version", NULL, 0, "show the version")

/* Replaces something of one row of the table. */
struct wm__override {
	char name[64];
	unsigned index;    /* of the listener */
	const char *value; /* in argv */
};

struct wm__options {
	const struct wm__command *command; /* null when none was given */
	bool daemon, watch, graceful, refresh, json, metrics, quiet, help,
	    version;
	long seconds;                                    /* -1: not given */
	uint64_t backoff_max_ms;                         /* 0: not given */
	const char *run_dir, *log, *event_loop, *single; /* null: not given */
	const char *sort, *close;                        /* likewise */
	const char *words[WM__WORDS_MAX]; /* behind the command */
	size_t n_words;
	struct wm__override listen[WM__OVERRIDES_MAX];
	size_t n_listen;
	struct wm__override count[WM__OVERRIDES_MAX];
	size_t n_count;
};

/*
 * Reads argv. `own` are the application's options (may be null); they are
 * accepted and left to wm_option_value(). Returns 0, or WM_E_INVALID with
 * one line in error.
 */
int wm__options_parse(struct wm__options *options, const struct wm_option *own,
    char *const *argv, char *error, size_t error_size);

/* Prints the options, indented, to standard output. */
void wm__options_help(const struct wm_option *own);

#endif
