/* SPDX-License-Identifier: MIT */
/*
 * Which function answers which method and path: a hash table, so that an
 * application of a thousand routes pays for one.
 */
#ifndef BENCH_ROUTES_H
#define BENCH_ROUTES_H

#include <workerman/http.h>

typedef void route_fn(struct wm_conn *, const struct wm_msg *);

/* The path is copied. Negative when memory ran out. */
int routes_add(enum wm_http_method method, const char *path, route_fn *fn);

/* Null if there is none. */
route_fn *routes_find(enum wm_http_method method, struct wm_span path);

void routes_free(void);

#endif
