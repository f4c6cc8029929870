/* SPDX-License-Identifier: MIT */
/*
 * The workers' processes, all of them: slots, births, deaths, back-off, the
 * end. What is to run is decided by transactions (start, reload); between
 * them dead workers are replaced when the policy says so, and a sibling serves
 * their sockets meanwhile.
 */
#ifndef MASTER_SUPERVISE_H
#define MASTER_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "framework/ipc/ipc.h"

#define WM__READY_MS  30000 /* from birth to READY */
#define WM__HANGUP_MS 5000  /* from a closed line to the end */
#define WM__DRAIN_MS  30000 /* of a replaced worker, unless its row says */
#define WM__SPREAD_MS 2000  /* likewise */

struct wm__loop;
struct wm__supervisor;
struct wm_buf;
struct wm_event;

struct wm__supervise_options {
	struct wm__loop *loop;
	const char *name; /* of the application, for titles */
	char *const *argv;
	int cwd;                 /* where workers start; -1: here */
	const char *backend;     /* event loop; "" for the default */
	uint64_t backoff_max_ms; /* 0: the policy's */

	/* Appends the rows of `status`: for workers that want metrics. */
	void (*rows)(struct wm_buf *out, void *arg);
	/* After a stop, with workers killed, or crashed meanwhile; must not
	   free the supervisor. */
	void (*on_gone)(bool killed, void *arg);
	void *arg;
};

/* Returns 0 or WM_E_NOMEM. */
int wm__supervise_new(const struct wm__supervise_options *options,
    struct wm__supervisor **supervisor_r);
void wm__supervise_free(struct wm__supervisor **supervisor);

/* Tells of a dead child; true when it was one of the supervisor's. */
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

/* Tells the event to all workers whose rows ask for events. */
void wm__supervise_tell(struct wm__supervisor *supervisor,
    const struct wm_event *event);

#endif
