/* SPDX-License-Identifier: MIT */
/*
 * Temporary files without a name: O_TMPFILE where there is one, else a name
 * of mkstemp(3) that is removed at once. What is in them is the caller's.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/base/fd.h"
#include "framework/base/tempfile.h"

int
wm__temp_file_unnamed(const char *dir)
{
#if defined(O_TMPFILE)
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);

	if (fd >= 0)
		return fd;
	/* EISDIR: a kernel that never heard of it sees a directory opened */
	return errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL ?
	    WM_E_UNSUPPORTED :
	    WM_E_SYSTEM;
#else
	(void)dir;
	return WM_E_UNSUPPORTED;
#endif
}

int
wm__temp_file_unlinked(const char *dir)
{
	char path[PATH_MAX];
	int fd, n = snprintf(path, sizeof(path), "%s/wm-XXXXXX", dir);

	if (n < 0 || (size_t)n >= sizeof(path))
		return WM_E_INVALID;
	fd = mkstemp(path);
	if (fd < 0)
		return WM_E_SYSTEM;
	unlink(path);
	if (wm__fd_set_cloexec(fd, 1) < 0) {
		wm__fd_close(&fd);
		return WM_E_SYSTEM;
	}
	return fd;
}

int
wm_temp_file(const char *dir)
{
	int fd;

	if (dir == NULL)
		dir = getenv("TMPDIR");
	if (dir == NULL || *dir == '\0')
		dir = "/tmp";
	fd = wm__temp_file_unnamed(dir);
	return fd == WM_E_UNSUPPORTED ? wm__temp_file_unlinked(dir) : fd;
}
