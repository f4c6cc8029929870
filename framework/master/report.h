/* SPDX-License-Identifier: MIT */
/*
 * The rows of `status`, as the control protocol carries them:
 *
 *	ROW master     one
 *	ROW listener   one for each address
 *	ROW process    one for each slot
 *
 * No worker is asked: all is from the master's own books, the counter pages
 * and the system.
 */
#ifndef MASTER_REPORT_H
#define MASTER_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include <workerman/buf.h>

#define WM__BUSY_MS 3000 /* a loop that has not turned for this long */

struct wm__generation;
struct wm__reload;
struct wm__supervisor;

struct wm__report {
	const struct wm__supervisor *supervisor;
	const struct wm__generation *generation; /* the current one, or the
						    first one to be */
	const struct wm__reload *reload;
	const char *backend;
	const char *log;   /* "" for the terminal */
	const char *phase; /* "starting", "running", "stopping" */
	bool daemon;
	int64_t started_ms;
};

void wm__report_rows(const struct wm__report *report, struct wm_buf *out);

#endif
