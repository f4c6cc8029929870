/* SPDX-License-Identifier: MIT */
/*
 * A worker's life between its set-up and its end, alike with and without a
 * master: start callback, serving, leaving.
 */
#ifndef WORKER_RUN_H
#define WORKER_RUN_H

#include <workerman/app.h>

#include "framework/net/proc.h"

#define WM__SERVICES_MAX 64 /* listeners of a row, WM__LISTENERS_MAX */

struct wm__worker {
	struct wm_proc proc;
	const struct wm_app *app;
	struct wm__service *services[WM__SERVICES_MAX];
	struct wm__signal *signals[8];
	size_t n_signals;
	struct wm__handover *handover; /* null without a master */
	struct wm__timer *deadline;    /* of leaving */
	struct wm__listing *listings;
	bool leaving;
	bool late; /* connections had to be reset */
};

/* Loop, channel, deadline. As wm__proc_init(). */
int wm__worker_init(struct wm__worker *w, const struct wm_app *app,
    const struct wm_worker *row, const char *backend, const char **error_r);
void wm__worker_fini(struct wm__worker *w);

/* Adds a listening socket (owned) for listener `i` at `url`. */
int wm__worker_listen(struct wm__worker *w, size_t i, const char *url, int fd,
    unsigned number, const char **error_r);

/* Runs on_worker_start. Returns what it returned. */
int wm__worker_begin(struct wm__worker *w);

/* Runs on_worker_active. */
void wm__worker_active(struct wm__worker *w);

/* Serves until it has left; then runs on_worker_stop. */
void wm__worker_serve(struct wm__worker *w);

/* Begins to leave: no new connections, answers what is in flight (graceful:
   waits for all to go), resets the rest in `ms`. May be repeated; a later,
   shorter deadline counts. */
void wm__worker_leave(struct wm__worker *w, bool graceful, uint32_t ms);

/* The same because another one has taken the place: repeating timers end,
   conversations are closed spread over `spread_ms`. */
void wm__worker_yield(struct wm__worker *w, uint32_t ms, uint32_t spread_ms);

/* Ends it if it leaves and nothing keeps it. */
void wm__worker_may_end(struct wm__worker *w);

/* Ignores a signal, or calls fn in the loop. */
void wm__worker_ignore(int signo);
void wm__worker_on_signal(struct wm__worker *w, int signo,
    void (*fn)(int, void *));

#endif
