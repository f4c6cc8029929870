/* SPDX-License-Identifier: MIT */
/* A table of words in columns, as wide as they must be. Colours (escape
   sequences that end in m) take no room. */
#ifndef CLI_COLUMNS_H
#define CLI_COLUMNS_H

#include <stddef.h>

#include <workerman/buf.h>

#define WM__COLUMNS_MAX 20

struct wm__columns {
	const char *align; /* one letter per column: r to the right; l to the
			   left; t likewise, but its tail is kept when cut;
			   w likewise, but never cut */
	size_t n;          /* columns */
	size_t gap;        /* blanks between them: 2 */
	size_t width[WM__COLUMNS_MAX];
	struct wm_buf cells; /* all cells so far, each with its NUL */
};

void wm__columns_init(struct wm__columns *columns, const char *align);
void wm__columns_fini(struct wm__columns *columns);

/* Appends the next cell, row by row. */
void wm__columns_add(struct wm__columns *columns, const char *fmt, ...)
    WM_PRINTF(2, 3);

/* How wide the rows are with all their cells whole. */
size_t wm__columns_width(struct wm__columns *columns);

/*
 * Writes all rows, each begun with `indent`. When `limit` is not 0, the
 * widest column that is l or t is cut until a row fits into that many
 * columns.
 */
void wm__columns_write(struct wm__columns *columns, const char *indent,
    size_t limit, struct wm_buf *out);

#endif
