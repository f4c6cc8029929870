/* SPDX-License-Identifier: MIT */
/*
 * The lives of the workers: births, readiness, deaths, back-off, the end.
 *
 * Start is a transaction: all are ready and then accept together, or none.
 * After that a dead worker is replaced when the policy says so, and a sibling
 * serves its sockets meanwhile.
 */
#ifndef MASTER_SUPERVISE_H
#define MASTER_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "framework/ipc/ipc.h"
#include "framework/master/greet.h"

#define WM__READY_MS  30000 /* from birth to READY */
#define WM__HANGUP_MS 5000  /* from a closed line to the end */

struct wm__image;
struct wm__loop;
struct wm__supervisor;

struct wm__supervise_options {
	struct wm__loop *loop;
	const char *name; /* of the application, for titles */
	const struct wm__image *image;
	char *const *argv;
	int cwd;                /* where workers start; -1: here */
	struct wm__greet greet; /* slots, sockets, event loop */

	/* None of these may free the supervisor. */
	void (*on_ready)(void *arg);                   /* all accept */
	void (*on_failed)(const char *why, void *arg); /* instead of ready */
	void (*on_gone)(bool killed, void *arg);       /* after stop */
	void *arg;
};

/* Returns 0 or WM_E_NOMEM. */
int wm__supervise_new(const struct wm__supervise_options *options,
    struct wm__supervisor **supervisor_r);
void wm__supervise_free(struct wm__supervisor **supervisor);

/* Begins the transaction. */
void wm__supervise_start(struct wm__supervisor *supervisor);

/* Tells of a dead child; true when it was a worker. */
bool wm__supervise_reaped(struct wm__supervisor *supervisor, pid_t pid,
    int wait_status);

/*
 * Tells all to leave within `ms`, then kills. A second call can only make it
 * quicker. on_gone follows, at the earliest before the return.
 */
void wm__supervise_stop(struct wm__supervisor *supervisor,
    enum wm__ipc_stop_mode mode, uint32_t ms);

/* Kills all and waits for them: the end of a start that failed. */
void wm__supervise_kill(struct wm__supervisor *supervisor);

/* Hands the master's standard error to all as their log. */
void wm__supervise_relog(struct wm__supervisor *supervisor);

#endif
