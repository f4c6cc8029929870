/* SPDX-License-Identifier: MIT */
/* See lines.h. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "framework/base/fd.h"
#include "framework/master/lines.h"
#include "framework/net/loop.h"

#define LINES_READS 64 /* at the end: what a pipe holds, and no more */

struct wm__lines {
	struct wm__io *io;
	int fd;
	void (*line)(const char *, void *);
	void *arg;
	size_t len;
	char text[WM__LINE_MAX + 1];
};

static void
lines_flush(struct wm__lines *l)
{
	l->text[l->len] = '\0';
	if (l->len > 0)
		l->line(l->text, l->arg);
	l->len = 0;
}

static void
lines_feed(struct wm__lines *l, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\n' || l->len == WM__LINE_MAX)
			lines_flush(l);
		if (bytes[i] == '\n')
			continue;
		l->text[l->len++] =
		    (unsigned char)bytes[i] < ' ' || bytes[i] == 0x7f ?
		    ' ' :
		    bytes[i];
	}
}

/* Returns whether there may be more. */
static int
lines_read(struct wm__lines *l)
{
	char bytes[1024];
	ssize_t n = read(l->fd, bytes, sizeof(bytes));

	if (n > 0)
		lines_feed(l, bytes, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		wm__io_watch(l->io, 0);
	return n > 0;
}

static void
lines_on_io(int fd, unsigned what, void *arg)
{
	(void)fd, (void)what;
	lines_read(arg);
}

struct wm__lines *
wm__lines_new(struct wm__loop *loop, int fd,
    void (*line)(const char *text, void *arg), void *arg)
{
	struct wm__lines *l = calloc(1, sizeof(*l));

	wm__fd_set_nonblock(fd);
	if (l != NULL)
		l->io = wm__io_new(loop, fd, lines_on_io, l);
	if (l == NULL || l->io == NULL) {
		free(l);
		close(fd);
		return NULL;
	}
	l->fd = fd;
	l->line = line;
	l->arg = arg;
	wm__io_watch(l->io, WM__READ);
	return l;
}

void
wm__lines_free(struct wm__lines **lines)
{
	struct wm__lines *l = *lines;

	*lines = NULL;
	if (l == NULL)
		return;
	for (int i = 0; i < LINES_READS && lines_read(l); i++)
		;
	lines_flush(l);
	wm__io_free(&l->io);
	close(l->fd);
	free(l);
}
