/* SPDX-License-Identifier: MIT */
/* Rows of one kind, copied, in an order. */
#ifndef CLI_SORTED_H
#define CLI_SORTED_H

#include <stdbool.h>
#include <stddef.h>

struct wm__fact;

struct wm__sorted {
	struct wm__sorted_row {
		char *line;
		size_t at; /* where it came */
	} * all;
	size_t n;
	bool failed; /* memory ran out */
};

/* Appends the rows of a kind. */
void wm__sorted_read(struct wm__sorted *rows, const char *text,
    const char *kind);

/* What is equal stays as it came. */
void wm__sorted_sort(struct wm__sorted *rows, const struct wm__fact *by,
    bool descending);
void wm__sorted_free(struct wm__sorted *rows);

#endif
