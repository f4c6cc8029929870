/* SPDX-License-Identifier: MIT */
/*
 * From a row of the table to what the network layer serves: complete limits,
 * one set of handlers, a protocol for each listener.
 */
#ifndef WORKER_SERVICE_H
#define WORKER_SERVICE_H

#include <workerman/app.h>

#include "framework/net/conn.h"

/* The row of that name, or null. */
const struct wm_worker *wm__row_find(const struct wm_app *app,
    const char *name);

/* The i-th listener of a row, its shorthand included; null behind the last.
   The struct is filled in from the shorthand when need be. */
const struct wm_listener *wm__row_listener(const struct wm_worker *row,
    size_t i, struct wm_listener *shorthand);

/*
 * The service of a listener, or of listener i of the process's row, on the
 * address that `url` says. Null when memory ran out, the URL is bad or its
 * protocol unknown, with one static line in *error_r. Freed with
 * wm__service_free(&s), after the process's connections.
 */
struct wm__service *wm__service_of(const struct wm_app *app, struct wm_proc *p,
    const struct wm_listener *l, const char *url, const char **error_r);
struct wm__service *wm__service_new(const struct wm_app *app, struct wm_proc *p,
    size_t i, const char *url, const char **error_r);
void wm__service_free(struct wm__service **service);

#endif
