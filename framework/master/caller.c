/* SPDX-License-Identifier: MIT */
/* Telling the caller. What there is to tell is master.c's. */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <workerman/log.h>

#include "framework/base/fd.h"
#include "framework/master/caller.h"
#include "framework/master/daemon.h"

#define CALLER_FD 10 /* out of the way of the standard ones */

void
wm__caller_init(struct wm__caller *caller, bool quiet)
{
	caller->out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, CALLER_FD);
	caller->err = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, CALLER_FD);
	caller->report = -1;
	caller->quiet = quiet;
	wm__progress_init(&caller->progress, caller->err);
}

void
wm__caller_progress(struct wm__caller *caller, const char *text)
{
	if (caller->quiet)
		return;
	if (caller->report >= 0)
		wm__daemon_progress(caller->report, text);
	else if (caller->err >= 0)
		wm__progress_show(&caller->progress, text);
}

void
wm__caller_tell(struct wm__caller *caller, int status, const char *text)
{
	int fd = status == 0 ? caller->out : caller->err;

	wm__progress_clear(&caller->progress);
	if (caller->report >= 0)
		wm__daemon_report(&caller->report, status, text);
	else if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		wm_log(WM_LOG_WARNING, "the terminal is gone");
	wm__caller_fini(caller);
}

void
wm__caller_fini(struct wm__caller *caller)
{
	wm__fd_close(&caller->out);
	wm__fd_close(&caller->err);
	wm__fd_close(&caller->report);
}
