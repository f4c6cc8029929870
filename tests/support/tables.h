/* SPDX-License-Identifier: MIT */
/* Tables and generations for tests of the master, without a program. */
#ifndef SUPPORT_TABLES_H
#define SUPPORT_TABLES_H

#include "framework/ipc/table.h"
#include "framework/master/generation.h"

/* A string literal where a table wants char *. */
#define TEXT(s)                                                                \
	(char[])                                                               \
	{                                                                      \
		s                                                              \
	}

/* A table of the rows on the heap, as a describe process would send it. */
struct wm__table *tables_new(struct wm__row *rows, size_t n);

/* A generation of such a table; it has no image that could be run. */
struct wm__generation *tables_generation(struct wm__row *rows, size_t n);

#endif
