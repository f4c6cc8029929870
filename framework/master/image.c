/* SPDX-License-Identifier: MIT */
/* Program images on base/program.h, which has the system's part. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <workerman/error.h>

#include "framework/base/fd.h"
#include "framework/base/program.h"
#include "framework/master/image.h"

int
wm__image_init(struct wm__image *image, const char *arg0)
{
	image->fd = wm__program_open_self();
	return wm__program_path(arg0, image->path, sizeof(image->path));
}

int
wm__image_dup(struct wm__image *image, const struct wm__image *from)
{
	*image = *from;
	if (from->fd < 0)
		return 0;
	image->fd = fcntl(from->fd, F_DUPFD_CLOEXEC, from->fd);
	return image->fd >= 0 ? 0 : WM_E_SYSTEM;
}

int
wm__image_reopen(struct wm__image *image, const struct wm__image *from,
    char *error, size_t error_size)
{
	image->fd = -1;
	snprintf(image->path, sizeof(image->path), "%s", from->path);
	if (wm__program_open(image->path, &image->fd) == 0)
		return 0;
	snprintf(error, error_size, "%.900s: %s", image->path, strerror(errno));
	return WM_E_SYSTEM;
}

void
wm__image_fini(struct wm__image *image)
{
	wm__fd_close(&image->fd);
}

void
wm__image_exec(const struct wm__image *image, char *const argv[],
    char *const envp[])
{
	wm__program_exec(image->fd, image->path, argv, envp);
}
