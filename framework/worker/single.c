/* SPDX-License-Identifier: MIT */
/*
 * A worker without a master, in the process that was started: for gdb,
 * valgrind and perf. It binds its listeners itself.
 */
#include "config.h"

#include <signal.h>

#include <workerman/log.h>

#include "framework/base/log.h"
#include "framework/net/address.h"
#include "framework/net/listener.h"
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
	wm__worker_serve(w);
	return 0;
}

int
wm__worker_single(const struct wm_app *app, const struct wm_worker *row,
    const char *const *urls, size_t n_urls, const char *backend)
{
	struct wm__worker w;
	const char *reason = "";
	int status;

	wm__log_set_name(row->name);
	if (wm__worker_init(&w, app, row, backend, &reason) < 0) {
		wm_log(WM_LOG_ERROR, "%s", reason);
		return 3;
	}
	status = single_run(&w, urls, n_urls);
	wm__worker_fini(&w);
	return status;
}
