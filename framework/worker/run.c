/* SPDX-License-Identifier: MIT */
/* A worker's life: see run.h. Knows nothing of a master. */
#include "config.h"

#include <signal.h>
#include <unistd.h>

#include <workerman/log.h>

#include "framework/base/running.h"
#include "framework/channel/channel.h"
#include "framework/net/conn.h"
#include "framework/net/drain.h"
#include "framework/net/listener.h"
#include "framework/net/timer.h"
#include "framework/worker/handover.h"
#include "framework/worker/listing.h"
#include "framework/worker/metrics.h"
#include "framework/worker/run.h"
#include "framework/worker/service.h"

static struct wm__worker *
run_of(struct wm_proc *p)
{
	return (struct wm__worker *)p; /* proc is the first member */
}

void
wm__worker_may_end(struct wm__worker *w)
{
	if (w->leaving && w->proc.conns.count == 0 &&
	    (w->handover == NULL || wm__handover_is_idle(w->handover)))
		wm__loop_stop(w->proc.loop);
}

/* The last connection has ended. */
static void
run_empty(struct wm_proc *p)
{
	wm__worker_may_end(run_of(p));
}

static void
run_deadline(void *arg)
{
	struct wm__worker *w = arg;

	w->late = w->proc.conns.count > 0;
	if (w->late)
		wm_log(WM_LOG_WARNING,
		    "%zu connections did not end in time and are reset",
		    w->proc.conns.count);
	wm__loop_stop(w->proc.loop);
}

int
wm__worker_init(struct wm__worker *w, const struct wm_app *app,
    const struct wm_worker *row, const char *backend, const char **error_r)
{
	int error;

	*w = (struct wm__worker){ .app = app };
	error = wm__proc_init(&w->proc, row, backend, error_r);
	if (error < 0)
		return error;
	w->proc.empty_hook = run_empty;
	w->deadline = wm__timer_new(w->proc.loop, run_deadline, w);
	if (w->deadline == NULL || wm__channel_init(&w->proc) < 0) {
		*error_r = "out of memory";
		wm__timer_free(&w->deadline);
		wm__proc_fini(&w->proc);
		return WM_E_NOMEM;
	}
	wm__worker_ignore(SIGPIPE);
	return 0;
}

void
wm__worker_fini(struct wm__worker *w)
{
	wm__listings_fini(w);
	wm__channel_fini(&w->proc);
	wm__metrics_fini(&w->proc);
	wm__timer_free(&w->deadline);
	for (size_t i = 0; i < w->n_signals; i++)
		wm__signal_free(&w->signals[i]);
	wm__proc_fini(&w->proc);
	for (size_t i = 0; i < WM__SERVICES_MAX; i++)
		wm__service_free(&w->services[i]);
}

int
wm__worker_listen(struct wm__worker *w, size_t i, const char *url, int fd,
    unsigned number, const char **error_r)
{
	*error_r = "too many listeners";
	if (i < WM__SERVICES_MAX && w->services[i] == NULL)
		w->services[i] =
		    wm__service_new(w->app, &w->proc, i, url, error_r);
	if (i >= WM__SERVICES_MAX || w->services[i] == NULL) {
		close(fd);
		return WM_E_INVALID;
	}
	*error_r = "out of memory";
	return wm__listener_add(w->services[i], fd, number);
}

int
wm__worker_begin(struct wm__worker *w)
{
	const struct wm_worker *row = w->proc.row;
	struct wm__outer outer;
	int result;

	if (row->on_worker_start == NULL)
		return 0;
	outer = wm__running_begin(WM__RUNNING_WORKER_START, 0);
	result = row->on_worker_start(&w->proc);
	wm__running_end(outer);
	return result;
}

void
wm__worker_active(struct wm__worker *w)
{
	const struct wm_worker *row = w->proc.row;
	struct wm__outer outer;

	if (row->on_worker_active == NULL)
		return;
	outer = wm__running_begin(WM__RUNNING_WORKER_ACTIVE, 0);
	row->on_worker_active(&w->proc);
	wm__running_end(outer);
}

/* Whoever is owed something is not to take the end for a regular one. */
static void
run_reset(struct wm_conn *c, void *arg)
{
	(void)arg;
	if (!c->moving) /* another process may serve it */
		wm__conn_reset_at_close(c);
}

void
wm__worker_serve(struct wm__worker *w)
{
	const struct wm_worker *row = w->proc.row;
	struct wm__outer outer;

	if (wm__loop_run(w->proc.loop) < 0)
		wm_log(WM_LOG_ERROR, "the event loop failed");
	if (w->handover != NULL)
		wm__handover_settle(w->handover);
	if (w->late)
		wm_proc_each_conn(&w->proc, run_reset, NULL);
	wm__proc_end_conns(&w->proc); /* on_worker_stop is the last callback */
	wm__metrics_fini(&w->proc);
	if (row->on_worker_stop == NULL)
		return;
	outer = wm__running_begin(WM__RUNNING_WORKER_STOP, 0);
	row->on_worker_stop(&w->proc);
	wm__running_end(outer);
}

void
wm__worker_leave(struct wm__worker *w, bool graceful, uint32_t ms)
{
	w->leaving = true;
	wm__timer_start(w->deadline, ms);
	if (w->handover != NULL)
		wm__handover_quit(w->handover);
	wm__proc_drain(&w->proc, WM_CLOSE_SHUTDOWN, graceful);
	wm__worker_may_end(w);
}

void
wm__worker_yield(struct wm__worker *w, uint32_t ms, uint32_t spread_ms)
{
	w->leaving = true;
	wm__timer_start(w->deadline, ms);
	wm__timers_stop_repeating(&w->proc);
	wm__proc_drain_over(&w->proc, WM_CLOSE_RESTART,
	    spread_ms < ms ? spread_ms : ms);
	wm__worker_may_end(w);
}

void
wm__worker_ignore(int signo)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(signo, &ignore, NULL);
}

void
wm__worker_on_signal(struct wm__worker *w, int signo, void (*fn)(int, void *))
{
	struct wm__signal *sig = wm__signal_new(w->proc.loop, signo, fn, w);

	if (sig == NULL)
		wm_log(WM_LOG_WARNING, "signal %d cannot be handled", signo);
	else
		w->signals[w->n_signals++] = sig;
}
