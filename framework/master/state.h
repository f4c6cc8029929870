/* SPDX-License-Identifier: MIT */
/*
 * The master's state: what master.c, startup.c and reload.c share. Nobody
 * else includes this.
 */
#ifndef MASTER_STATE_H
#define MASTER_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "framework/master/caller.h"
#include "framework/master/image.h"
#include "framework/master/master.h"
#include "framework/master/reload.h"
#include "framework/master/rundir.h"

struct wm__control_server;
struct wm__signal;
struct wm__supervisor;
struct wm__watch;

#define WM__MASTER_SIGNALS 7

enum wm__master_phase {
	WM__MASTER_STARTING,
	WM__MASTER_RUNNING,
	WM__MASTER_STOPPING
};

struct wm__master {
	struct wm__master_options o;
	enum wm__master_phase phase;
	int status;       /* exit status to be */
	char error[1024]; /* why the start failed */
	int64_t started_ms;

	bool logging; /* the log file is open */
	int cwd;      /* where it was typed */
	struct wm__caller caller;

	struct wm__image image; /* what runs as master; its path is reopened */
	struct wm__rundir dir;
	int pidfile;
	bool orphans; /* an earlier master was killed: its workers may live */
	struct wm__loop *loop;
	struct wm__signal *signals[WM__MASTER_SIGNALS];
	struct wm__control_server *control;
	struct wm__supervisor *supervisor;
	struct wm__reload reload;
	struct wm__watch *watch; /* null: not asked for */
};

/* The start failed: the loop ends, or does not begin. Returns -1. */
int wm__master_fail(struct wm__master *m, int status, const char *why);

/* The start is complete. */
void wm__master_on_ready(struct wm__master *m);

/* The last worker is gone after a stop; `arg` is the master. */
void wm__master_on_gone(bool killed, void *arg);

/*
 * The run directory and the lock: from here on this is the master. Returns 0,
 * or -1 after wm__master_fail().
 */
int wm__startup_claim(struct wm__master *m);

/*
 * Begins the start in the loop. Ends with wm__master_on_ready() or
 * wm__master_fail(). Returns 0, or -1 after wm__master_fail().
 */
int wm__startup_begin(struct wm__master *m);

#endif
