/* SPDX-License-Identifier: MIT */
/* Opening the log. What is written there is base/log.c's. */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/base/fd.h"
#include "framework/master/logfile.h"

/* Why the open file is not to be written to, or null. */
static const char *
logfile_judge(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return strerror(errno);
	if (S_ISCHR(st.st_mode))
		return NULL;
	if (!S_ISREG(st.st_mode))
		return "is neither a plain file nor a device";
	if (st.st_uid != geteuid() || st.st_nlink > 1)
		return "is not a file of our own";
	if (st.st_mode & S_IWOTH)
		return "is writable by everybody";
	return NULL;
}

int
wm__logfile_open(const char *path, char *error, size_t error_size)
{
	int fd = open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK |
		O_CLOEXEC,
	    0640);
	const char *why = NULL;

	if (fd < 0)
		why = errno == ELOOP ? "is a symbolic link" : strerror(errno);
	else
		why = logfile_judge(fd);
	if (why == NULL &&
	    (dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0))
		why = strerror(errno);
	if (fd > STDERR_FILENO)
		wm__fd_close(&fd);
	if (why == NULL)
		return 0;
	snprintf(error, error_size, "log file %s: %s", path, why);
	return WM_E_SYSTEM;
}
