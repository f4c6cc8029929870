/* SPDX-License-Identifier: MIT */
/*
 * Progress for whoever waits: on a terminal one line that changes, elsewhere
 * (and where TERM is dumb) plain lines.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>

#define WM__PROGRESS_MS 1000 /* what is shorter shows none */

struct wm__progress {
	int fd; /* -1: nobody looks */
	bool terminal;
	bool shown; /* a line is to be taken away */
};

void wm__progress_init(struct wm__progress *progress, int fd);

/* One line, without its newline. */
void wm__progress_show(struct wm__progress *progress, const char *text);

/* Before anything else is printed there: a terminal's line goes away. */
void wm__progress_clear(struct wm__progress *progress);

#endif
