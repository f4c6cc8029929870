/* SPDX-License-Identifier: MIT */
/* The libraries that only framework/net/ may include, and their versions. */
#ifndef NET_LIBRARIES_H
#define NET_LIBRARIES_H

#include <stddef.h>

struct wm__library {
	const char *name;
	const char *compiled; /* of the headers */
	const char *loaded;   /* of what runs */
};

/* `n` of them. */
const struct wm__library *wm__libraries(size_t *n_r);

#endif
