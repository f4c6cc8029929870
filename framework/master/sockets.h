/* SPDX-License-Identifier: MIT */
/*
 * The listening sockets of a table: bound by the master and kept by it as
 * long as it lives, one per slot for every listener of a row, so that a
 * queue survives whoever serves it.
 */
#ifndef MASTER_SOCKETS_H
#define MASTER_SOCKETS_H

#include <stddef.h>
#include <stdint.h>

#include "framework/net/address.h"

struct wm__table;

/* One listener of a row. */
struct wm__bound {
	uint32_t row, listener;
	struct wm__url url; /* with the real port */
	char text[WM__URL_MAX + 1];
	uint32_t n;
	int *fds; /* n, one per slot of the row */
};

struct wm__sockets {
	struct wm__bound *all;
	size_t n;
};

/*
 * Binds all listeners of the table. On failure nothing stays open; returns a
 * negative enum wm_error and one line in error that names the worker and the
 * address.
 */
int wm__sockets_init(struct wm__sockets *sockets, const struct wm__table *table,
    char *error, size_t error_size);

/* Closes all; the files of unix sockets go. */
void wm__sockets_fini(struct wm__sockets *sockets);

/* A listener of a row, or null when it has no such. */
const struct wm__bound *wm__sockets_find(const struct wm__sockets *sockets,
    uint32_t row, uint32_t listener);

/* Whether all slots share one queue, so that none can be left unserved. */
bool wm__bound_is_shared(const struct wm__bound *bound);

#endif
