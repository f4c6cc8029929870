/* SPDX-License-Identifier: MIT */
/* From the application's table and the command line to the table that the
   master gets. */
#ifndef CLI_TABULATE_H
#define CLI_TABULATE_H

#include <stddef.h>

struct wm_app;
struct wm_worker;
struct wm__options;
struct wm__table;

/*
 * Judges the application's table and applies --listen and --count. Returns 0,
 * or a negative enum wm_error with one line in error that names the worker
 * and the thing to fix. Release with wm__table_free(&t).
 */
int wm__tabulate(const struct wm_app *app, const struct wm__options *options,
    struct wm__table **table_r, char *error, size_t error_size);

/* The application's row of that name, or null. */
const struct wm_worker *wm__tabulate_find(const struct wm_app *app,
    const char *name);

#endif
