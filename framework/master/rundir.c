/* SPDX-License-Identifier: MIT */
/*
 * The directory of rundir.h. Everything in it is opened relative to the
 * descriptor that was judged, so that a directory exchanged later misleads
 * nobody; only the socket's path must be spelled out.
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/base/fd.h"
#include "framework/master/rundir.h"

static int
rundir_absolute(struct wm__rundir *dir, const char *path)
{
	char cwd[PATH_MAX];
	size_t len;
	int n;

	if (path[0] == '/')
		n = snprintf(dir->path, sizeof(dir->path), "%s", path);
	else if (getcwd(cwd, sizeof(cwd)) == NULL)
		return WM_E_SYSTEM;
	else
		n = snprintf(dir->path, sizeof(dir->path), "%s/%s", cwd, path);
	if (n < 0 || (size_t)n >= sizeof(dir->path))
		return WM_E_INVALID;
	/* A trailing slash would follow a link. */
	for (len = (size_t)n; len > 1 && dir->path[len - 1] == '/'; len--)
		dir->path[len - 1] = '\0';
	return 0;
}

int
wm__rundir_names(struct wm__rundir *dir, const char *path, const char *name,
    char *error, size_t error_size)
{
	int n;

	dir->fd = -1;
	if (rundir_absolute(dir, path) < 0) {
		snprintf(error, error_size, "run directory %s: too long", path);
		return WM_E_INVALID;
	}
	snprintf(dir->pid_name, sizeof(dir->pid_name), "%s.pid", name);
	snprintf(dir->sock_name, sizeof(dir->sock_name), "%s.sock", name);
	n = snprintf(dir->sock_path, sizeof(dir->sock_path), "%s/%s", dir->path,
	    dir->sock_name);
	if (n < 0 || (size_t)n >= sizeof(dir->sock_path)) {
		snprintf(error, error_size,
		    "run directory %s: the path of its %s is longer than %d "
		    "bytes",
		    dir->path, dir->sock_name, WM__SOCKET_PATH_MAX);
		return WM_E_INVALID;
	}
	return 0;
}

/* Why the directory is not to be trusted, or null. */
static const char *
rundir_judge(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return strerror(errno);
	if (st.st_uid != geteuid())
		return "belongs to another user";
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return "is writable by others";
	return NULL;
}

int
wm__rundir_open(struct wm__rundir *dir, char *error, size_t error_size)
{
	const char *why;
	struct stat st;

	if (mkdir(dir->path, 0700) < 0 && errno != EEXIST) {
		snprintf(error, error_size, "cannot make run directory %s: %s",
		    dir->path, strerror(errno));
		return WM_E_SYSTEM;
	}
	dir->fd =
	    open(dir->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir->fd < 0) {
		why = lstat(dir->path, &st) == 0 && S_ISLNK(st.st_mode) ?
		    "is a symbolic link" :
		    strerror(errno);
		snprintf(error, error_size, "run directory %s: %s", dir->path,
		    why);
		return WM_E_SYSTEM;
	}
	why = rundir_judge(dir->fd);
	if (why == NULL)
		return 0;
	snprintf(error, error_size, "run directory %s: %s", dir->path, why);
	wm__rundir_close(dir);
	return WM_E_POLICY;
}

void
wm__rundir_close(struct wm__rundir *dir)
{
	wm__fd_close(&dir->fd);
}
