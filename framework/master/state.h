/* SPDX-License-Identifier: MIT */
/*
 * The master's state: what master.c and startup.c share. Nobody else
 * includes this.
 */
#ifndef MASTER_STATE_H
#define MASTER_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "framework/master/caller.h"
#include "framework/master/image.h"
#include "framework/master/master.h"
#include "framework/master/rundir.h"
#include "framework/master/slots.h"
#include "framework/master/sockets.h"

struct wm__connections;
struct wm__control_server;
struct wm__describe;
struct wm__signal;
struct wm__supervisor;

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

	struct wm__image image;
	struct wm__rundir dir;
	int pidfile;
	struct wm__loop *loop;
	struct wm__signal *signals[WM__MASTER_SIGNALS];
	struct wm__control_server *control;
	struct wm__connections *connections;
	struct wm__describe *describe;
	struct wm__table *table;
	struct wm__identity *identities; /* one per row */
	struct wm__sockets sockets;
	struct wm__timer *rebind;
	int rebinds; /* still to be tried */
	struct wm__slots slots;
	struct wm__supervisor *supervisor;
};

/* The start failed: the loop ends, or does not begin. Returns -1. */
int wm__master_fail(struct wm__master *m, int status, const char *why);

/* What the supervisor says; `arg` is the master. */
void wm__master_on_ready(void *arg);
void wm__master_on_failed(const char *why, void *arg);
void wm__master_on_gone(bool killed, void *arg);

/*
 * The run directory and the lock: from here on this is the master. Returns 0,
 * or -1 after wm__master_fail().
 */
int wm__startup_claim(struct wm__master *m);

/*
 * Begins the start in the loop: describe, bind, the workers. Ends with
 * on_ready or on_failed. Returns 0, or -1 after wm__master_fail().
 */
int wm__startup_begin(struct wm__master *m);

#endif
