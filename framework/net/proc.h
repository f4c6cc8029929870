/* SPDX-License-Identifier: MIT */
/*
 * A running worker process as the network layer sees it: one loop and what
 * all of its connections share. The rest of a worker hangs on its hooks.
 */
#ifndef NET_PROC_H
#define NET_PROC_H

#include <workerman/worker.h>

#include "framework/base/counters.h"
#include "framework/net/blocks.h"
#include "framework/net/conn_table.h"
#include "framework/net/loop.h"
#include "framework/net/wheel.h"

#define WM__RECV_SIZE (256u << 10) /* bytes of the shared receive buffer */

struct wm__channel;
struct wm__drain;
struct wm__listener;
struct wm__metrics;
struct wm__output;
struct wm__timers;

enum wm__moving_change {
	WM__MOVING_SUBSCRIBES,
	WM__MOVING_UNSUBSCRIBES,
	WM__MOVING_PAUSES,
	WM__MOVING_RESUMES
};

struct wm_proc {
	const struct wm_worker *row;
	unsigned slot, count, generation;
	uint32_t incarnation;
	void *data;
	bool draining; /* leaving: answers end their connection */
	bool patient;  /* leaving, but conversations may go on */
	bool handing;  /* leaving, and connections move: what can does not
			  drain */
	enum wm_close_reason drain_reason;
	struct wm__drain *drain; /* closes them over time; mostly null */

	struct wm__loop *loop;
	struct wm__timer *tick; /* once a second */
	int64_t time;           /* seconds since 1970 at the last tick */
	uint32_t now;           /* ticks since the start */
	struct wm__pace {       /* as the last tick found it */
		int64_t ms, cpu_us;
		uint64_t requests;
	} pace;

	struct wm__counters *counters;
	struct wm__counters own_counters; /* until a page is given */
	struct wm__conn_table conns;
	uint64_t next_conn;
	uint32_t max_conns;
	struct wm__wheel wheel;
	char *recv;           /* WM__RECV_SIZE bytes */
	struct wm_conn *turn; /* want something at the turn's end */
	struct wm_conn **turn_tail;
	struct wm__blocks blocks; /* memory for large messages */
	struct wm__output *spare; /* output buffers for reuse */
	unsigned n_spare;
	struct wm__listener *listeners;
	bool accepting, accept_paused;
	struct wm__timers *timers;
	struct wm__channel *channel;
	struct wm__metrics *metrics; /* null: there is nobody to ask */

	/* Hooks of the layers above; null: nothing. */
	void (*turn_hook)(struct wm_proc *);  /* after each turn's output */
	void (*conn_hook)(struct wm_conn *);  /* a connection ends */
	void (*empty_hook)(struct wm_proc *); /* the last one has ended */
	void (*tick_hook)(struct wm_proc *);  /* once a second */
	/* A moving connection has output, or is to close. */
	void (*moving_out)(struct wm_conn *);
	void (*moving_close)(struct wm_conn *, enum wm_close_reason);
	/* The application changes it; topic is null for the rest. */
	void (*moving_change)(struct wm_conn *, enum wm__moving_change,
	    const char *topic);
};

/*
 * Sets up the loop (backend may be null) and everything shared. Returns 0 or
 * a negative enum wm_error with one static line in *error_r.
 */
int wm__proc_init(struct wm_proc *p, const struct wm_worker *row,
    const char *backend, const char **error_r);

/* Counts there from now on: a page that nobody else writes. */
void wm__proc_set_counters(struct wm_proc *p, struct wm__counters *page);

/* Ends all connections without a word; on_close is called, nothing else. */
void wm__proc_end_conns(struct wm_proc *p);

/* The same, and releases everything. */
void wm__proc_fini(struct wm_proc *p);

/* Time has come to tick `now`: deadlines that have passed are acted upon. The
   process does so itself, once a second, while its loop runs. */
void wm__proc_pass(struct wm_proc *p, uint32_t now);

#endif
