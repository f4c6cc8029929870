/* SPDX-License-Identifier: MIT */
/*
 * A worker without a master, in the process that was started: for gdb,
 * valgrind and perf. It binds its listeners itself.
 */
#include "config.h"

#include <signal.h>
#include <unistd.h>

#include <workerman/log.h>

#include "framework/base/clock.h"
#include "framework/base/log.h"
#include "framework/base/process.h"
#include "framework/ipc/control.h"
#include "framework/ipc/metrics.h"
#include "framework/net/address.h"
#include "framework/net/listener.h"
#include "framework/worker/metrics.h"
#include "framework/worker/run.h"
#include "framework/worker/service.h"
#include "framework/worker/worker.h"

#define SINGLE_BACKLOG  4096
#define SINGLE_LEAVE_MS 10000

static void
single_stop(int signo, void *arg)
{
	struct wm__worker *w = arg;

	wm__worker_leave(w, signo == SIGQUIT && !w->leaving, SINGLE_LEAVE_MS);
}

/* ---- metrics: its own, as the master would tell them ---- */

struct single {
	struct wm__worker w; /* first: the process is within */
	struct wm__timer *timer;
	int64_t started_ms;
};

static void
single_put_counters(const struct wm__counters *counters, struct wm_buf *out)
{
#define SINGLE_COUNTER(name, kind, text)                                       \
	wm__control_put_number(out, #name, wm__counter(&counters->name));
	WM__COUNTER_TABLE(SINGLE_COUNTER)
#undef SINGLE_COUNTER
	wm_buf_puts(out, "\n");
}

static void
single_rows(const struct single *s, struct wm_buf *out)
{
	const struct wm_proc *p = &s->w.proc;
	const char *version = s->w.app->version;
	struct wm__process process;

	wm__process_look(getpid(), &process);
	wm_buf_puts(out, "ROW master");
	wm__control_put(out, "name", s->w.app->name);
	wm__control_put(out, "version", version != NULL ? version : "");
	wm__control_put(out, "framework", PACKAGE_VERSION);
	wm__control_put(out, "event_loop", wm__loop_backend(p->loop));
	wm__control_put(out, "mode", "single");
	wm__control_put_number(out, "uptime_ms",
	    (unsigned long long)(wm__clock_ms() - s->started_ms));
	wm_buf_puts(out, "\nROW worker");
	wm__control_put(out, "worker", p->row->name);
	single_put_counters(p->counters, out);
	wm_buf_puts(out, "ROW process");
	wm__control_put(out, "worker", p->row->name);
	wm__control_put_number(out, "slot", 0);
	wm__control_put(out, "state", p->draining ? "draining" : "idle");
	wm__control_put_number(out, "rss", process.rss);
	single_put_counters(p->counters, out);
}

static void
single_tell(void *arg)
{
	struct single *s = arg;
	struct wm_buf rows = WM_BUF_INIT, text = WM_BUF_INIT;

	single_rows(s, &rows);
	wm_buf_put(&rows, "", 1);
	if (!rows.failed)
		wm__metrics_render(rows.data, &text);
	wm_buf_put(&text, "", 1);
	if (rows.failed || text.failed)
		wm__metrics_answer(&s->w.proc, NULL, 0);
	else
		wm__metrics_answer(&s->w.proc, text.data, text.len - 1);
	wm_buf_fini(&rows);
	wm_buf_fini(&text);
}

/* Never at once: whoever asks is told from the loop. */
static int
single_ask(struct wm_proc *p)
{
	wm__timer_start(((struct single *)p)->timer, 0);
	return 0;
}

/* ---- serving ---- */

static int
single_bind(struct wm__worker *w, size_t i, const char *text)
{
	struct wm__url url;
	const char *reason;
	char line[512], actual[WM__URL_MAX + 32];
	int fd;

	if (wm__url_parse(text, &url, &reason) < 0) {
		wm_log(WM_LOG_ERROR, "%s: %s", text, reason);
		return -1;
	}
	if (wm__listen(&url, SINGLE_BACKLOG, 1, &fd, line, sizeof(line)) < 0) {
		wm_log(WM_LOG_ERROR, "%s", line);
		return -1;
	}
	wm__url_format(&url, actual, sizeof(actual));
	if (wm__worker_listen(w, i, actual, fd, 0, &reason) < 0) {
		wm_log(WM_LOG_ERROR, "%s: %s", actual, reason);
		return -1;
	}
	wm_log(WM_LOG_INFO, "%s listens on %s", w->proc.row->name, actual);
	return 0;
}

static int
single_run(struct wm__worker *w, const char *const *urls, size_t n_urls)
{
	wm__worker_on_signal(w, SIGINT, single_stop);
	wm__worker_on_signal(w, SIGTERM, single_stop);
	wm__worker_on_signal(w, SIGQUIT, single_stop);
	for (size_t i = 0; i < n_urls; i++)
		if (single_bind(w, i, urls[i]) < 0)
			return 3;
	if (wm__worker_begin(w) < 0) {
		wm_log(WM_LOG_ERROR, "on_worker_start refused");
		return 3;
	}
	wm__listener_accept(&w->proc);
	wm__worker_active(w);
	wm__worker_serve(w);
	return 0;
}

int
wm__worker_single(const struct wm_app *app, const struct wm_worker *row,
    const char *const *urls, size_t n_urls, const char *backend)
{
	struct single s = { .started_ms = wm__clock_ms() };
	struct wm__worker *w = &s.w;
	const char *reason = "";
	int status = 3;

	wm__log_set_name(row->name);
	if (wm__worker_init(w, app, row, backend, &reason) < 0) {
		wm_log(WM_LOG_ERROR, "%s", reason);
		return status;
	}
	s.timer = wm__timer_new(w->proc.loop, single_tell, &s);
	if (s.timer == NULL || wm__metrics_init(&w->proc, single_ask) < 0)
		wm_log(WM_LOG_ERROR, "out of memory");
	else
		status = single_run(w, urls, n_urls);
	wm__timer_free(&s.timer);
	wm__worker_fini(w);
	return status;
}
