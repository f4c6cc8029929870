/* SPDX-License-Identifier: MIT */
/*
 * The steps of a start: the lock, then the transaction that brings the first
 * generation into service. Each failure names the thing to fix and leaves the
 * undoing to master.c.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <workerman/error.h>

#include "framework/ipc/control.h"
#include "framework/ipc/ipc.h"
#include "framework/master/pidfile.h"
#include "framework/master/state.h"
#include "framework/master/supervise.h"
#include "framework/master/transaction.h"

#define STARTUP_REBINDS 100 /* two seconds */

int
wm__startup_claim(struct wm__master *m)
{
	char error[sizeof(m->error)];
	int failed;

	if (wm__rundir_names(&m->dir, m->o.run_dir, m->o.name, error,
		sizeof(error)) < 0 ||
	    wm__rundir_open(&m->dir, error, sizeof(error)) < 0)
		return wm__master_fail(m, WM__EXIT_CANNOT_START, error);
	if (setenv(WM__IPC_RUN_DIR, m->dir.path, 1) < 0)
		return wm__master_fail(m, WM__EXIT_CANNOT_START,
		    "out of memory");
	failed = wm__pidfile_lock(&m->dir, &m->pidfile, error, sizeof(error));
	if (failed == WM_E_BUSY)
		return wm__master_fail(m, WM__EXIT_RUNNING, "already running");
	if (failed < 0)
		return wm__master_fail(m, WM__EXIT_CANNOT_START, error);
	if (wm__pidfile_was_left(m->pidfile))
		m->orphans = true;
	if (wm__pidfile_write(m->pidfile) < 0) {
		snprintf(error, sizeof(error), "%.900s/%s: %s", m->dir.path,
		    m->dir.pid_name, strerror(errno));
		return wm__master_fail(m, WM__EXIT_CANNOT_START, error);
	}
	return 0;
}

static void
startup_step(const char *text, void *arg)
{
	(void)text, (void)arg;
}

static void
startup_done(const char *why, void *arg)
{
	if (why != NULL)
		wm__master_fail(arg, WM__EXIT_CANNOT_START, why);
	else
		wm__master_on_ready(arg);
}

int
wm__startup_begin(struct wm__master *m)
{
	const struct wm__supervise_options supervise = {
		.loop = m->loop,
		.name = m->o.name,
		.argv = m->o.argv,
		.cwd = m->cwd,
		.backend = m->o.backend,
		.backoff_max_ms = m->o.backoff_max_ms,
		.on_gone = wm__master_on_gone,
		.arg = m,
	};
	struct wm__transaction_options options = {
		.start = true,
		.err = m->caller.err,
		.rebinds = m->orphans ? STARTUP_REBINDS : 0,
		.on_step = startup_step,
		.on_done = startup_done,
		.arg = m,
	};
	char why[256];

	if (wm__supervise_new(&supervise, &m->supervisor) < 0)
		return wm__master_fail(m, WM__EXIT_CANNOT_START,
		    "out of memory");
	options.sv = m->supervisor;
	if (wm__image_dup(&options.image, &m->image) == 0 &&
	    wm__transaction_begin(&options) == 0)
		return 0;
	snprintf(why, sizeof(why), "cannot start a process: %s",
	    strerror(errno));
	return wm__master_fail(m, WM__EXIT_CANNOT_START, why);
}
