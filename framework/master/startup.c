/* SPDX-License-Identifier: MIT */
/*
 * The steps of a start up to the workers: the lock, the program's table, its
 * users, its addresses. Each failure names the thing to fix and leaves the
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
#include "framework/ipc/table.h"
#include "framework/master/describe.h"
#include "framework/master/identity.h"
#include "framework/master/pidfile.h"
#include "framework/master/state.h"
#include "framework/master/supervise.h"
#include "framework/net/loop.h"

#define STARTUP_REBIND_MS 20
#define STARTUP_REBINDS   100 /* two seconds */

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
		m->rebinds = STARTUP_REBINDS;
	if (wm__pidfile_write(m->pidfile) < 0) {
		snprintf(error, sizeof(error), "%.900s/%s: %s", m->dir.path,
		    m->dir.pid_name, strerror(errno));
		return wm__master_fail(m, WM__EXIT_CANNOT_START, error);
	}
	return 0;
}

/* The sockets are there: makes the slots, begins the transaction. */
static int
startup_populate(struct wm__master *m)
{
	char error[512];
	struct wm__supervise_options options = {
		.loop = m->loop,
		.name = m->o.name,
		.image = &m->image,
		.argv = m->o.argv,
		.cwd = m->cwd,
		.greet = { m->o.backend, &m->sockets, &m->slots },
		.on_ready = wm__master_on_ready,
		.on_failed = wm__master_on_failed,
		.on_gone = wm__master_on_gone,
		.arg = m,
	};

	if (wm__slots_init(&m->slots, m->table, m->identities, error,
		sizeof(error)) < 0)
		return wm__master_fail(m, WM__EXIT_CANNOT_START, error);
	if (wm__supervise_new(&options, &m->supervisor) < 0)
		return wm__master_fail(m, WM__EXIT_CANNOT_START,
		    "out of memory");
	wm__supervise_start(m->supervisor);
	return 0;
}

/*
 * Binds. After a master that was killed, its workers may hold the addresses
 * for another moment: then it is tried again.
 */
static void
startup_bind(void *arg)
{
	struct wm__master *m = arg;
	char error[700];
	int failed =
	    wm__sockets_init(&m->sockets, m->table, error, sizeof(error));

	if (failed == 0)
		startup_populate(m);
	else if (failed == WM_E_BUSY && m->rebinds-- > 0)
		wm__timer_start(m->rebind, STARTUP_REBIND_MS);
	else
		wm__master_fail(m, WM__EXIT_CANNOT_START, error);
}

/* The users of the table's rows. */
static int
startup_identify(struct wm__master *m)
{
	char error[256], why[400];

	m->identities = calloc(m->table->n_rows, sizeof(*m->identities));
	if (m->identities == NULL)
		return wm__master_fail(m, WM__EXIT_CANNOT_START,
		    "out of memory");
	for (size_t i = 0; i < m->table->n_rows; i++) {
		const struct wm__row *row = &m->table->rows[i];

		if (wm__identity_init(&m->identities[i], row->user, row->group,
			error, sizeof(error)) == 0)
			continue;
		snprintf(why, sizeof(why), "worker %s: %s", row->name, error);
		return wm__master_fail(m, WM__EXIT_CANNOT_START, why);
	}
	return 0;
}

static void
startup_on_table(struct wm__table *table, const char *why, void *arg)
{
	struct wm__master *m = arg;

	m->table = table;
	if (table == NULL)
		wm__master_fail(m, WM__EXIT_CANNOT_START, why);
	else if (startup_identify(m) == 0)
		startup_bind(m);
	wm__describe_free(&m->describe);
}

int
wm__startup_begin(struct wm__master *m)
{
	const struct wm__describe_options options = {
		.loop = m->loop,
		.image = &m->image,
		.argv = m->o.argv,
		.err = m->caller.err,
		.cwd = m->cwd,
		.done = startup_on_table,
		.arg = m,
	};
	char why[256];

	m->rebind = wm__timer_new(m->loop, startup_bind, m);
	if (m->rebind == NULL)
		return wm__master_fail(m, WM__EXIT_CANNOT_START,
		    "out of memory");
	if (wm__describe_start(&options, &m->describe) == 0)
		return 0;
	snprintf(why, sizeof(why), "cannot start a process: %s",
	    strerror(errno));
	return wm__master_fail(m, WM__EXIT_CANNOT_START, why);
}
