/* SPDX-License-Identifier: MIT */
/* A worker process, as the command line starts it. */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include <workerman/app.h>

/*
 * Serves as the worker that the master says on WM__IPC_FD, until it is told
 * to stop. `title` is the argv[0] it may overwrite, of title_len bytes.
 * Returns the exit status of the process.
 */
int wm__worker_main(const struct wm_app *app, char *title, size_t title_len);

/*
 * Serves the row in this very process, without a master: binds the
 * listeners of `table_row`, in place of the row's own, itself.
 * INT, TERM and QUIT stop it. Returns the exit status.
 */
struct wm__row;
int wm__worker_single(const struct wm_app *app, const struct wm_worker *row,
    const struct wm__row *table_row, const char *backend);

#endif
