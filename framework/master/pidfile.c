/* SPDX-License-Identifier: MIT */
/*
 * The lock by flock(2) on NAME.pid. Because the file is removed at the end,
 * a lock counts only while the name still leads to the locked file.
 */
#include "config.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/base/fd.h"
#include "framework/master/pidfile.h"
#include "framework/master/rundir.h"

/* wm__pidfile_held() takes the lock for an instant: look twice. */
#define PIDFILE_TRIES    5
#define PIDFILE_PAUSE_NS 20000000

static int
pidfile_failed(const struct wm__rundir *dir, const char *why, char *error,
    size_t error_size)
{
	snprintf(error, error_size, "%s/%s: %s", dir->path, dir->pid_name, why);
	return WM_E_SYSTEM;
}

/* Opens the file, or says why it is not one of ours. */
static int
pidfile_open(const struct wm__rundir *dir, int *fd_r, char *error,
    size_t error_size)
{
	struct stat st;

	*fd_r = openat(dir->fd, dir->pid_name,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
	if (*fd_r < 0)
		return pidfile_failed(dir,
		    errno == ELOOP ? "is a symbolic link" : strerror(errno),
		    error, error_size);
	if (fstat(*fd_r, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid() && st.st_nlink <= 1)
		return 0;
	wm__fd_close(fd_r);
	return pidfile_failed(dir, "is not a plain file of our own", error,
	    error_size);
}

/* Whether the name still leads to the file behind fd. */
static bool
pidfile_is_current(const struct wm__rundir *dir, int fd)
{
	struct stat named, locked;

	return fstatat(dir->fd, dir->pid_name, &named, AT_SYMLINK_NOFOLLOW) ==
	    0 &&
	    fstat(fd, &locked) == 0 && named.st_dev == locked.st_dev &&
	    named.st_ino == locked.st_ino;
}

int
wm__pidfile_lock(const struct wm__rundir *dir, int *fd_r, char *error,
    size_t error_size)
{
	static const struct timespec pause = { 0, PIDFILE_PAUSE_NS };

	for (int i = 0; i < PIDFILE_TRIES; i++) {
		int failed = pidfile_open(dir, fd_r, error, error_size);

		if (failed < 0)
			return failed;
		if (flock(*fd_r, LOCK_EX | LOCK_NB) == 0) {
			if (pidfile_is_current(dir, *fd_r))
				return 0;
			wm__fd_close(fd_r);
			continue; /* its owner ended just now */
		}
		failed = errno;
		wm__fd_close(fd_r);
		if (failed != EWOULDBLOCK && failed != EINTR)
			return pidfile_failed(dir, strerror(failed), error,
			    error_size);
		nanosleep(&pause, NULL);
	}
	return WM_E_BUSY;
}

bool
wm__pidfile_was_left(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size > 0;
}

int
wm__pidfile_write(int fd)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)len, 0) != len)
		return WM_E_SYSTEM;
	return 0;
}

void
wm__pidfile_release(const struct wm__rundir *dir, int *fd)
{
	if (*fd >= 0 && pidfile_is_current(dir, *fd))
		unlinkat(dir->fd, dir->pid_name, 0);
	wm__fd_close(fd);
}

bool
wm__pidfile_held(const struct wm__rundir *dir)
{
	char path[PATH_MAX + 80];
	int fd, held;

	snprintf(path, sizeof(path), "%s/%s", dir->path, dir->pid_name);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	held = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	close(fd);
	return held;
}
