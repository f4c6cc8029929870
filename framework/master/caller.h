/* SPDX-License-Identifier: MIT */
/*
 * Whoever typed `start`: gets the banner or one line that says why not. On
 * the terminal itself in the foreground; through the process that was typed
 * when this one is a daemon.
 */
#ifndef MASTER_CALLER_H
#define MASTER_CALLER_H

#include <stdbool.h>

#include "framework/base/progress.h"

struct wm__caller {
	int out, err; /* the terminal, until told; -1 */
	int report;   /* of daemon.h; -1 in the foreground */
	bool quiet;   /* wants no progress */
	struct wm__progress progress;
};

/* Keeps the present standard output and error. */
void wm__caller_init(struct wm__caller *caller, bool quiet);

/* Tells how far the start is, on standard error. */
void wm__caller_progress(struct wm__caller *caller, const char *text);

/* Tells the result: text for standard output when status is 0, else for
   standard error. Then the caller is let go. */
void wm__caller_tell(struct wm__caller *caller, int status, const char *text);

void wm__caller_fini(struct wm__caller *caller);

#endif
