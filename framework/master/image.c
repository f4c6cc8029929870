/* SPDX-License-Identifier: MIT */
/* Program images on base/program.h, which has the system's part. */
#include "config.h"

#include "framework/base/fd.h"
#include "framework/base/program.h"
#include "framework/master/image.h"

int
wm__image_init(struct wm__image *image, const char *arg0)
{
	image->fd = wm__program_open_self();
	return wm__program_path(arg0, image->path, sizeof(image->path));
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
