/* SPDX-License-Identifier: MIT */
/* See tables.h. */
#include <workerman/buf.h>

#include "tests/support/tables.h"
#include "tests/support/unit.h"

struct wm__table *
tables_new(struct wm__row *rows, size_t n)
{
	const struct wm__table table = { .name = TEXT("app"),
		.version = TEXT("1"),
		.rows = rows,
		.n_rows = n };
	struct wm_buf bytes = WM_BUF_INIT;
	struct wm__table *copy = NULL;
	const char *error;

	wm__table_encode(&table, &bytes);
	if (wm__table_decode(bytes.data, bytes.len, &copy, &error) < 0)
		fail_msg("%s", error);
	wm_buf_fini(&bytes);
	return copy;
}

struct wm__generation *
tables_generation(struct wm__row *rows, size_t n)
{
	struct wm__image image = { .fd = -1 };
	struct wm__generation *g = NULL;
	char error[512];

	if (wm__generation_new(&image, tables_new(rows, n), &g, error,
		sizeof(error)) < 0)
		fail_msg("%s", error);
	return g;
}
