/* SPDX-License-Identifier: MIT */
/* A pipe in place of standard error: see capture.h. */
#include <err.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/support/capture.h"

static int capture_saved, capture_end;

void
capture_begin(void)
{
	int ends[2];

	if (pipe(ends) < 0 || (capture_saved = dup(STDERR_FILENO)) < 0)
		err(1, "capture");
	capture_end = ends[0];
	fcntl(capture_end, F_SETFL, O_NONBLOCK);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
}

const char *
capture_stop(void)
{
	static char text[8192];
	ssize_t n = read(capture_end, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	dup2(capture_saved, STDERR_FILENO);
	close(capture_saved);
	close(capture_end);
	return text;
}
