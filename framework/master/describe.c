/* SPDX-License-Identifier: MIT */
/*
 * The master's side of describe: collects the answer, the end of the process
 * and the deadline, and makes of them a table or a sentence. What the answer
 * means is ipc/table.c's.
 */
#include "config.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/buf.h>
#include <workerman/error.h>

#include "framework/base/fd.h"
#include "framework/ipc/table.h"
#include "framework/master/describe.h"
#include "framework/master/lines.h"
#include "framework/master/obituary.h"
#include "framework/master/spawn.h"
#include "framework/net/loop.h"

#define DESCRIBE_MOST     (16u << 20) /* bytes of an answer */
#define DESCRIBE_TRIES    10          /* while the image is being written */
#define DESCRIBE_RETRY_MS 100

struct wm__describe {
	struct wm__describe_options o;
	pid_t pid; /* 0 when reaped */
	int wait_status;
	int fd; /* -1 after end of file */
	struct wm__io *io;
	struct wm__timer *timer;
	struct wm__timer *again; /* somebody writes the image just now */
	int tries;               /* that are left */
	struct wm__lines *lines; /* of its standard error */
	struct wm_buf answer;
};

/* In the child, when it cannot become the image. */
static void
describe_complain(int fd, const char *why)
{
	struct wm_buf out = WM_BUF_INIT;
	ssize_t n;

	wm__table_encode_refusal(why, &out);
	n = write(fd, out.data, out.len);
	(void)n;
}

/* Why there is no answer although the process ended. */
static void
describe_words(const struct wm__describe *d, char *why, size_t size)
{
	char words[128];
	int status = d->wait_status;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		snprintf(why, size,
		    "main() of the program ended before wm_main()");
	else if (WIFEXITED(status) && WEXITSTATUS(status) == WM__SPAWN_BUSY)
		snprintf(why, size,
		    "the program's file is open for writing: being copied?");
	else if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		snprintf(why, size,
		    "the program cannot be loaded (exit status 127)");
	else
		snprintf(why, size, "the program %s while it described itself",
		    wm__obituary(status, words, sizeof(words)));
}

static void
describe_kill(struct wm__describe *d)
{
	if (d->pid > 0)
		kill(-d->pid, SIGKILL);
}

/* Both the answer and the process have ended. */
static void
describe_conclude(struct wm__describe *d)
{
	struct wm__table *table = NULL;
	const char *error = NULL;
	char why[1024];
	int failed;

	if (WIFEXITED(d->wait_status) &&
	    WEXITSTATUS(d->wait_status) == WM__SPAWN_BUSY && d->tries-- > 0) {
		wm__timer_start(d->again, DESCRIBE_RETRY_MS);
		return;
	}
	wm__timer_stop(d->timer);
	wm__lines_free(&d->lines);
	failed =
	    wm__table_decode(d->answer.data, d->answer.len, &table, &error);
	if (failed == 0 && d->wait_status == 0) {
		d->o.done(table, NULL, d->o.arg);
		return;
	}
	wm__table_free(&table);
	if (failed == WM_E_POLICY ||
	    (d->wait_status == 0 && failed < 0 && d->answer.len > 0))
		snprintf(why, sizeof(why), "%s", error);
	else
		describe_words(d, why, sizeof(why));
	d->o.done(NULL, why, d->o.arg);
}

static void
describe_eof(struct wm__describe *d)
{
	wm__io_free(&d->io);
	wm__fd_close(&d->fd);
	if (d->pid == 0)
		describe_conclude(d);
}

static void
describe_read(int fd, unsigned what, void *arg)
{
	struct wm__describe *d = arg;
	char bytes[4096];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0 && d->answer.len + (size_t)n <= DESCRIBE_MOST)
		wm_buf_put(&d->answer, bytes, (size_t)n);
	else
		describe_eof(d);
}

static void
describe_late(void *arg)
{
	struct wm__describe *d = arg;
	char why[128];

	describe_kill(d);
	snprintf(why, sizeof(why),
	    "the program did not describe its table within %d s",
	    WM__DESCRIBE_MS / 1000);
	d->o.done(NULL, why, d->o.arg);
}

bool
wm__describe_reaped(struct wm__describe *d, pid_t pid, int wait_status)
{
	if (d == NULL || pid != d->pid)
		return false;
	d->pid = 0;
	d->wait_status = wait_status;
	if (d->fd < 0)
		describe_conclude(d);
	return true;
}

/* Where its standard error goes. -1: to nobody. */
static int
describe_err(struct wm__describe *d)
{
	int ends[2];

	if (d->o.err >= 0)
		return fcntl(d->o.err, F_DUPFD_CLOEXEC, 0);
	if (d->o.line == NULL || pipe(ends) < 0)
		return -1;
	wm__fd_set_cloexec(ends[0], 1);
	wm__fd_set_cloexec(ends[1], 1);
	wm__lines_free(&d->lines);
	d->lines = wm__lines_new(d->o.loop, ends[0], d->o.line, d->o.arg);
	return ends[1];
}

static int
describe_spawn(struct wm__describe *d, int write_end)
{
	int err = describe_err(d), failed;
	const struct wm__spawn spawn = {
		.image = d->o.image,
		.argv = d->o.argv,
		.role = "describe",
		.ipc = write_end,
		.out = -1,
		.err = err,
		.cwd = d->o.cwd,
		.group = true,
		.complain = describe_complain,
	};

	failed = wm__spawn(&spawn, &d->pid);
	wm__fd_close(&err);
	return failed;
}

static int
describe_launch(struct wm__describe *d)
{
	int ends[2], failed = 0;

	if (pipe(ends) < 0)
		return WM_E_SYSTEM;
	d->fd = ends[0];
	wm__fd_set_cloexec(ends[0], 1);
	wm__fd_set_cloexec(ends[1], 1);
	wm__fd_set_nonblock(ends[0]);
	d->io = wm__io_new(d->o.loop, d->fd, describe_read, d);
	failed = d->io == NULL ? WM_E_NOMEM : describe_spawn(d, ends[1]);
	wm__fd_close(&ends[1]);
	if (failed == 0)
		failed = wm__io_watch(d->io, WM__READ);
	return failed;
}

static void
describe_again(void *arg)
{
	struct wm__describe *d = arg;

	if (describe_launch(d) < 0)
		d->o.done(NULL, "cannot start a process", d->o.arg);
}

int
wm__describe_start(const struct wm__describe_options *options,
    struct wm__describe **describe_r)
{
	struct wm__describe *d = calloc(1, sizeof(*d));
	int failed = WM_E_NOMEM;

	if (d == NULL)
		return failed;
	d->o = *options;
	d->fd = -1;
	d->tries = DESCRIBE_TRIES;
	d->timer = wm__timer_new(d->o.loop, describe_late, d);
	d->again = wm__timer_new(d->o.loop, describe_again, d);
	if (d->timer != NULL && d->again != NULL)
		failed = describe_launch(d);
	if (failed == 0)
		failed = wm__timer_start(d->timer, WM__DESCRIBE_MS);
	*describe_r = d;
	if (failed < 0)
		wm__describe_free(describe_r);
	return failed;
}

void
wm__describe_free(struct wm__describe **describe)
{
	struct wm__describe *d = *describe;

	if (d == NULL)
		return;
	*describe = NULL;
	describe_kill(d);
	wm__lines_free(&d->lines);
	wm__io_free(&d->io);
	wm__timer_free(&d->timer);
	wm__timer_free(&d->again);
	wm__fd_close(&d->fd);
	wm_buf_fini(&d->answer);
	free(d);
}
