/* SPDX-License-Identifier: MIT */
/*
 * A program image: the file that the workers of a generation run. Held open,
 * so that a worker restarted after a crash runs the same code as its
 * siblings even while a newer file lies under the same name.
 */
#ifndef MASTER_IMAGE_H
#define MASTER_IMAGE_H

#include <limits.h>
#include <stddef.h>

struct wm__image {
	int fd;              /* for exec only; -1: by path */
	char path[PATH_MAX]; /* as started, absolute, links unresolved */
};

/* The image of this very process. Before the working directory changes.
   Returns 0 or WM_E_SYSTEM. */
int wm__image_init(struct wm__image *image, const char *arg0);
/* Another handle on the same file. Returns 0 or WM_E_SYSTEM (errno). */
int wm__image_dup(struct wm__image *image, const struct wm__image *from);

/* The file that lies at the path of `from` now. Returns 0, or WM_E_SYSTEM
   with one line in error. */
int wm__image_reopen(struct wm__image *image, const struct wm__image *from,
    char *error, size_t error_size);
void wm__image_fini(struct wm__image *image);

/* Becomes the image. Returns only on failure, with errno set. */
void wm__image_exec(const struct wm__image *image, char *const argv[],
    char *const envp[]);

#endif
