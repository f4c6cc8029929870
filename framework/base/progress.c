/* SPDX-License-Identifier: MIT */
/* The line of progress.h. Whoever cannot take it misses it: nobody waits for
   a terminal here. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "framework/base/progress.h"

#define PROGRESS_ERASE "\r\033[K"
#define PROGRESS_WIDTH 79 /* a longer line could not be taken away */

void
wm__progress_init(struct wm__progress *progress, int fd)
{
	const char *term = getenv("TERM");

	*progress = (struct wm__progress){ .fd = fd };
	progress->terminal = fd >= 0 && isatty(fd) &&
	    (term == NULL || strcmp(term, "dumb") != 0);
}

static void
progress_write(const struct wm__progress *progress, const char *text)
{
	ssize_t n = write(progress->fd, text, strlen(text));

	(void)n;
}

void
wm__progress_show(struct wm__progress *progress, const char *text)
{
	char line[512];

	if (progress->fd < 0)
		return;
	if (progress->terminal)
		snprintf(line, sizeof(line), PROGRESS_ERASE "%.*s",
		    PROGRESS_WIDTH, text);
	else
		snprintf(line, sizeof(line), "%.500s\n", text);
	progress_write(progress, line);
	progress->shown = true;
}

void
wm__progress_clear(struct wm__progress *progress)
{
	if (progress->shown && progress->terminal)
		progress_write(progress, PROGRESS_ERASE);
	progress->shown = false;
}
