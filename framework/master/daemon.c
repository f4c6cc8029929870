/* SPDX-License-Identifier: MIT */
/*
 * Fork, setsid, fork; and the pipe over which the daemon reports: lines of
 * progress, each a byte 255, its text and a NUL; then one byte of exit status
 * and a text. End of file without a report means that the daemon died.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/buf.h>

#include "framework/base/fd.h"
#include "framework/base/progress.h"
#include "framework/ipc/control.h"
#include "framework/master/daemon.h"

#define DAEMON_REPORT   3   /* where the pipe lies in the daemon */
#define DAEMON_PROGRESS 255 /* no exit status */

/* Shows and drops whole lines of progress at the report's begin. */
static void
daemon_show(struct wm__progress *progress, struct wm_buf *report)
{
	while (report->len > 0 &&
	    (unsigned char)report->data[0] == DAEMON_PROGRESS) {
		const char *end = memchr(report->data, '\0', report->len);

		if (end == NULL)
			return;
		wm__progress_show(progress, report->data + 1);
		wm_buf_consume(report, (size_t)(end - report->data) + 1);
	}
}

/* In the process that was typed. */
static int
daemon_wait(const char *name, int fd)
{
	struct wm_buf report = WM_BUF_INIT;
	struct wm__progress progress;
	char bytes[1024];
	ssize_t n;
	int status = WM__EXIT_CANNOT_START;

	wm__progress_init(&progress, STDERR_FILENO);
	while ((n = read(fd, bytes, sizeof(bytes))) > 0 ||
	    (n < 0 && errno == EINTR)) {
		if (n > 0)
			wm_buf_put(&report, bytes, (size_t)n);
		daemon_show(&progress, &report);
	}
	wm__progress_clear(&progress);
	if (report.len == 0 || report.failed) {
		fprintf(stderr, "%s: the master ended before it was ready\n",
		    name);
	} else {
		status = (unsigned char)report.data[0];
		fprintf(status == 0 ? stdout : stderr, "%.*s",
		    (int)report.len - 1, report.data + 1);
	}
	wm_buf_fini(&report);
	return status;
}

/*
 * Output goes to the caller until there is a log. Whatever else was inherited
 * is let go: a lock or a pipe of the shell must not live as long as a daemon.
 */
static void
daemon_let_go(int *report)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    (*report != DAEMON_REPORT && dup2(*report, DAEMON_REPORT) < 0) ||
	    wm__fd_set_cloexec(DAEMON_REPORT, 1) < 0)
		_exit(WM__EXIT_CANNOT_START);
	*report = DAEMON_REPORT;
	wm__fd_close_from(DAEMON_REPORT + 1);
	umask(umask(0) | 027);
}

static bool
daemon_cannot(const char *name, const char *what, int *status_r)
{
	fprintf(stderr, "%s: cannot start: %s: %s\n", name, what,
	    strerror(errno));
	*status_r = WM__EXIT_CANNOT_START;
	return false;
}

bool
wm__daemon_fork(const char *name, int *report_r, int *status_r)
{
	int ends[2];
	pid_t first;

	fflush(NULL);
	if (pipe(ends) < 0)
		return daemon_cannot(name, "pipe", status_r);
	wm__fd_set_cloexec(ends[0], 1);
	wm__fd_set_cloexec(ends[1], 1);
	first = fork();
	if (first < 0)
		return daemon_cannot(name, "fork", status_r);
	if (first > 0) {
		close(ends[1]);
		while (waitpid(first, NULL, 0) < 0 && errno == EINTR)
			;
		*status_r = daemon_wait(name, ends[0]);
		close(ends[0]);
		return false;
	}
	close(ends[0]);
	setsid();
	if (fork() != 0)
		_exit(0);
	*report_r = ends[1];
	daemon_let_go(report_r);
	return true;
}

/* One write: the pipe takes it whole. */
void
wm__daemon_progress(int report, const char *text)
{
	char line[256];
	int len =
	    snprintf(line, sizeof(line), "%c%.250s", DAEMON_PROGRESS, text);

	/* who does not read it has gone: the report will find out */
	if (write(report, line, (size_t)len + 1) < 0)
		return;
}

void
wm__daemon_report(int *report, int status, const char *text)
{
	unsigned char byte = (unsigned char)status;
	size_t left = strlen(text);
	ssize_t n = write(*report, &byte, 1);

	while (n > 0 && left > 0) {
		n = write(*report, text, left);
		if (n > 0) {
			text += n;
			left -= (size_t)n;
		}
	}
	wm__fd_close(report);
}
