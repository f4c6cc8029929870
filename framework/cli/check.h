/* SPDX-License-Identifier: MIT */
/*
 * `check`: what this machine lacks for this program. One table of checks, each
 * of two halves: the run function gathers facts, and for every fact a judge,
 * which looks at nothing but its arguments, makes a finding of it.
 */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <workerman/buf.h>

#include "framework/master/rundir.h"

struct wm__cli;
struct wm__row;
struct wm__table;

/* ---- findings ---- */

/*	name     word */
#define WM__CHECK_LEVELS(X)                                                    \
	X(OK, "ok")                                                            \
	X(WARN, "warn")       /* works, but less well than it could */         \
	X(MISSING, "missing") /* the program would not start, or not serve */

enum wm__check_level {
#define WM__CHECK_ENUM(name, word) WM__CHECK_##name,
	WM__CHECK_LEVELS(WM__CHECK_ENUM)
#undef WM__CHECK_ENUM
	    WM__CHECK_LEVEL_COUNT
};

struct wm__finding {
	enum wm__check_level level;
	bool as_root;      /* only root can run `mend` */
	const char *check; /* its name in the table; set by wm__report_add() */
	char text[1024];
	char mend[1024]; /* a command of the shell; "" if none */
};

/* What a judge says; control characters become '?'. */
void wm__finding_set(struct wm__finding *f, enum wm__check_level level,
    const char *fmt, ...) WM_PRINTF(3, 4);

/* The command that mends it, one line; left out when it does not fit
   whole. */
void wm__finding_mend(struct wm__finding *f, const char *fmt, ...)
    WM_PRINTF(2, 3);
void wm__finding_mend_as_root(struct wm__finding *f, const char *fmt, ...)
    WM_PRINTF(2, 3);

/*
 * A word for the shell: itself when it needs no quoting, else in single
 * quotes. Cut to nothing when it does not fit. Returns buf.
 */
const char *wm__check_quote(const char *word, char *buf, size_t size);

struct wm__report {
	const char *check; /* whose findings come now */
	struct wm__finding *all;
	size_t n, room;
	bool failed; /* out of memory */
	size_t level[WM__CHECK_LEVEL_COUNT];
};

/* A judged finding; copied. */
void wm__report_add(struct wm__report *report, const struct wm__finding *f);
void wm__report_fini(struct wm__report *report);

/* ---- what the checks look at ---- */

enum wm__check_master {
	WM__MASTER_NONE,
	WM__MASTER_RUNS,
	WM__MASTER_SILENT, /* runs and does not answer */
	WM__MASTER_FOREIGN /* another user's */
};

struct wm__check {
	const struct wm__cli *cli;
	const struct wm__table *table; /* after the options; empty if bad */
	const char *table_error;       /* why it is empty, or null */
	struct wm__rundir dir;         /* only named */
	const char *dir_error;         /* why it has no names, or null */
	enum wm__check_master master;
	unsigned long long master_pid;
	const char *rows; /* of its status; "" without a master */
};

/* Whether the running master listens on that URL. */
bool wm__check_is_ours(const struct wm__check *check, const char *url);

/* ---- the checks, by file ---- */

typedef void wm__check_fn(const struct wm__check *, struct wm__report *);

wm__check_fn wm__check_table;        /* check.c */
wm__check_fn wm__check_kernel;       /* check_kernel.c */
wm__check_fn wm__check_event_loop;   /* check_kernel.c */
wm__check_fn wm__check_migration;    /* check_kernel.c */
wm__check_fn wm__check_libraries;    /* check_libraries.c */
wm__check_fn wm__check_files;        /* check_limits.c */
wm__check_fn wm__check_processes;    /* check_limits.c */
wm__check_fn wm__check_memory;       /* check_limits.c */
wm__check_fn wm__check_core;         /* check_limits.c */
wm__check_fn wm__check_cpus;         /* check_limits.c */
wm__check_fn wm__check_backlog;      /* check_limits.c */
wm__check_fn wm__check_buffers;      /* check_limits.c */
wm__check_fn wm__check_run_dir;      /* check_paths.c */
wm__check_fn wm__check_control;      /* check_paths.c */
wm__check_fn wm__check_log;          /* check_paths.c */
wm__check_fn wm__check_program;      /* check_users.c */
wm__check_fn wm__check_users;        /* check_users.c */
wm__check_fn wm__check_listeners;    /* check_listeners.c */
wm__check_fn wm__check_port_range;   /* check_listeners.c */
wm__check_fn wm__check_certificates; /* check_certificates.c */

/* ---- the output ---- */

/* For people: in `width` columns, or unbroken lines when 0. */
void wm__check_write_text(const struct wm__report *report,
    const struct wm__check *check, size_t width, struct wm_buf *out);
void wm__check_write_json(const struct wm__report *report,
    const struct wm__check *check, struct wm_buf *out);
const char *wm__check_level_word(enum wm__check_level level);

#endif
