/* SPDX-License-Identifier: MIT */
/*
 * An HTTP API: notes in a database, as JSON. This file is the program: its
 * table of workers, its option, and the life of a worker process.
 *
 *	GET    /notes?limit=20&after=ID   a page of notes
 *	POST   /notes                     makes one
 *	GET    /notes/ID                  one note
 *	PUT    /notes/ID                  replaces it
 *	DELETE /notes/ID
 *	GET    /metrics                   figures for Prometheus
 *	GET    /                          a page to try it
 */
#include <limits.h>
#include <stdio.h>

#include "api.h"
#include "notes.h"

/* --db; null: notes.db in the run directory. */
static const char *option_db;

static int
open_notes(struct notes **notes_r, char *error, size_t size)
{
	const char *path = option_db;
	char in_run_dir[PATH_MAX];

	if (path == NULL) {
		snprintf(in_run_dir, sizeof(in_run_dir), "%s/notes.db",
		    wm_run_dir());
		path = in_run_dir;
	}
	return notes_open(path, notes_r, error, size);
}

/* The tables are made, or brought up to date, before any worker runs. */
static int
on_prepare(const struct wm_app *app)
{
	struct notes *notes;
	char error[512];
	int rc = open_notes(&notes, error, sizeof(error));

	(void)app;
	if (rc == 0)
		rc = notes_migrate(notes, error, sizeof(error));
	if (rc < 0)
		wm_log(WM_LOG_ERROR, "%s", error);
	notes_close(&notes);
	return rc;
}

/* SQLite's connections do not survive a fork and are not shared: each process
   has one of its own. */
static int
on_worker_start(struct wm_proc *p)
{
	struct notes *notes;
	char error[512];
	int rc = open_notes(&notes, error, sizeof(error));

	if (rc == 0)
		rc = notes_prepare(notes, error, sizeof(error));
	if (rc < 0) {
		wm_log(WM_LOG_ERROR, "%s", error);
		notes_close(&notes);
	}
	wm_proc_set_data(p, notes);
	return rc;
}

static void
on_worker_stop(struct wm_proc *p)
{
	struct notes *notes = wm_proc_data(p);

	wm_proc_set_data(p, NULL);
	notes_close(&notes);
}

static const struct wm_limits limits = {
	.message = 64 << 10,
};

/* What http refuses by itself, say a body over the limit, is a problem in
   JSON as well. */
static const struct wm_http_options options = {
	.problems = true,
};

static const struct wm_listener listeners[] = {
	{ .url = "http://127.0.0.1:8080", .options = &options },
	{ .url = NULL },
};

static const struct wm_worker workers[] = {
	{
	    .name = "api",
	    .listeners = listeners,
	    .count = 2,
	    .limits = &limits,
	    .on_worker_start = on_worker_start,
	    .on_worker_stop = on_worker_stop,
	    .on_message = routes_request,
	},
	{ .name = NULL },
};

static const struct wm_option app_options[] = {
	{ "db", "FILE", "the notes (default: notes.db in the run directory)" },
	{ NULL, NULL, NULL },
};

static const struct wm_app app = {
	.name = "api",
	.version = "1.0",
	.workers = workers,
	.options = app_options,
	.on_prepare = on_prepare,
};

int
main(int argc, char **argv)
{
	option_db = wm_option_value(argc, argv, "db");
	return wm_main(&app, argc, argv);
}
