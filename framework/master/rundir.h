/* SPDX-License-Identifier: MIT */
/*
 * The run directory: NAME.pid and NAME.sock of a master. Ours alone: made
 * with mode 0700, not a link, not writable by others.
 */
#ifndef MASTER_RUNDIR_H
#define MASTER_RUNDIR_H

#include <limits.h>
#include <stddef.h>

#define WM__SOCKET_PATH_MAX 107 /* bytes of a unix socket's path */

struct wm__rundir {
	int fd;              /* the directory */
	char path[PATH_MAX]; /* absolute */
	char pid_name[80];   /* in it: NAME.pid */
	char sock_name[80];  /* in it: NAME.sock */
	char sock_path[WM__SOCKET_PATH_MAX + 1];
};

/*
 * Only the names, for `path` (made absolute) and the application `name`.
 * Returns 0, or WM_E_INVALID and one line in error when the control socket's
 * path is too long.
 */
int wm__rundir_names(struct wm__rundir *dir, const char *path, const char *name,
    char *error, size_t error_size);

/*
 * Makes (its last part) and opens it. Returns 0, or WM_E_POLICY when it is
 * not ours alone, WM_E_SYSTEM, with one line in error.
 */
int wm__rundir_open(struct wm__rundir *dir, char *error, size_t error_size);
void wm__rundir_close(struct wm__rundir *dir);

#endif
