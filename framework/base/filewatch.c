/* SPDX-License-Identifier: MIT */
/* inotify on Linux, nothing elsewhere. */
#include "config.h"

#include <sys/stat.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/inotify.h>
#endif

#include "framework/base/filewatch.h"

#ifdef __linux__

/* Watches the folder that `path` is in. */
static bool
filewatch_add(int fd, const char *path)
{
	char folder[PATH_MAX];
	char *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (slash == NULL)
		return false;
	slash[slash == folder ? 1 : 0] = '\0';
	return inotify_add_watch(fd, folder,
		   IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ATTRIB) >= 0;
}

int
wm__filewatch_open(const char *path)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	char *target;
	bool watches;

	if (fd < 0)
		return -1;
	watches = filewatch_add(fd, path);
	target = realpath(path, NULL);
	if (target != NULL && strcmp(target, path) != 0)
		watches = filewatch_add(fd, target) || watches;
	free(target);
	if (!watches) {
		close(fd);
		fd = -1;
	}
	return fd;
}

void
wm__filewatch_read(int fd)
{
	char events[4096];

	while (read(fd, events, sizeof(events)) > 0)
		;
}

#else

int
wm__filewatch_open(const char *path)
{
	(void)path;
	return -1;
}

void
wm__filewatch_read(int fd)
{
	(void)fd;
}

#endif

static void
fileid_take(const struct stat *st, struct wm__fileid *id)
{
	id->device = (uint64_t)st->st_dev;
	id->inode = (uint64_t)st->st_ino;
	id->size = (uint64_t)st->st_size;
	id->changed_ns =
	    (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

bool
wm__fileid_of(const char *path, struct wm__fileid *id_r)
{
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	fileid_take(&st, id_r);
	return true;
}

bool
wm__fileid_of_fd(int fd, struct wm__fileid *id_r)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	fileid_take(&st, id_r);
	return true;
}

bool
wm__fileid_same(const struct wm__fileid *a, const struct wm__fileid *b)
{
	return a->device == b->device && a->inode == b->inode &&
	    a->size == b->size && a->changed_ns == b->changed_ns;
}
