/* SPDX-License-Identifier: MIT */
/*
 * `status` in parts: the rows are gathered from the master once, or again
 * and again, and written for people or for programs.
 */
#ifndef CLI_STATUS_H
#define CLI_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include <workerman/buf.h>

struct wm__cli;
struct wm__fact;
struct wm__rundir;

/*
 * Asks the master; *rows is then its ROW lines, terminated. Returns an exit
 * status, with one line in `why` when it is not 0.
 */
int wm__status_gather(const struct wm__rundir *dir, struct wm_buf *rows,
    char *why, size_t size);

/* How people want to see it. */
struct wm__status_look {
	size_t width; /* columns; 0: as many as there are */
	size_t lines; /* of processes at most; 0: all */
	bool colour;
	const struct wm__fact *sort; /* of process rows; null: as they come */
	bool descending;
};

void wm__status_text(const char *rows, const struct wm__status_look *look,
    struct wm_buf *out);

void wm__status_json(const char *rows, struct wm_buf *out);

/* Again every second until a key, a signal or the master's end. Returns the
   exit status. */
int wm__status_watch(const struct wm__cli *cli, const struct wm__rundir *dir);

#endif
