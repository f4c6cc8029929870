/* SPDX-License-Identifier: MIT */
/*
 * The order of start and of the end, signals, and the commands of the
 * control socket. The steps of a start are startup.c's; everything else that
 * takes more than a line has a file of its own, too.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <workerman/error.h>
#include <workerman/event.h>
#include <workerman/log.h>

#include "framework/base/clock.h"
#include "framework/base/fd.h"
#include "framework/base/log.h"
#include "framework/master/control_server.h"
#include "framework/master/daemon.h"
#include "framework/master/life.h"
#include "framework/master/logfile.h"
#include "framework/master/pidfile.h"
#include "framework/master/report.h"
#include "framework/master/state.h"
#include "framework/master/supervise.h"
#include "framework/master/transaction.h"
#include "framework/master/watch.h"
#include "framework/net/loop.h"

#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

static const int master_signals[WM__MASTER_SIGNALS] = { SIGINT, SIGTERM,
	SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD };

static const char *const master_phases[] = { "starting", "running",
	"stopping" };

/* ---- the result of a start ---- */

int
wm__master_fail(struct wm__master *m, int status, const char *why)
{
	m->status = status;
	snprintf(m->error, sizeof(m->error), "%s", why);
	if (m->loop != NULL)
		wm__loop_stop(m->loop);
	return -1;
}

static void
master_tell_failure(struct wm__master *m)
{
	char line[1200];

	if (m->logging)
		wm_log(WM_LOG_ERROR, "cannot start: %s", m->error);
	snprintf(line, sizeof(line), "%s: %s%s\n", m->o.name,
	    m->status == WM__EXIT_RUNNING ? "" : "cannot start: ", m->error);
	wm__caller_tell(&m->caller, m->status, line);
}

static void
master_tell_success(struct wm__master *m, char *rows)
{
	struct wm_buf text = WM_BUF_INIT;

	if (m->o.banner != NULL && rows != NULL)
		m->o.banner(rows, &text);
	wm_buf_put(&text, "", 1);
	wm__caller_tell(&m->caller, 0, text.failed ? "" : text.data);
	wm_buf_fini(&text);
}

/* ---- status ---- */

/* What is shown: null while nothing is known yet. */
static const struct wm__generation *
master_generation(const struct wm__master *m)
{
	const struct wm__supervisor *sv = m->supervisor;

	if (sv == NULL || sv->current != NULL || sv->transaction == NULL)
		return sv != NULL ? sv->current : NULL;
	return wm__transaction_generation(sv->transaction);
}

static void
master_rows(struct wm__master *m, struct wm_buf *out)
{
	const struct wm__report report = {
		.supervisor = m->supervisor,
		.generation = master_generation(m),
		.reload = &m->reload,
		.backend = wm__loop_backend(m->loop),
		.log = m->o.log != NULL ? m->o.log : "",
		.phase = master_phases[m->phase],
		.daemon = m->o.daemon,
		.started_ms = m->started_ms,
	};

	wm__report_rows(&report, out);
}

static void
master_on_status(struct wm__request *request, const char *line, void *arg)
{
	struct wm__master *m = arg;

	(void)line;
	if (master_generation(m) == NULL) {
		wm__request_end(request, WM__EXIT_NOT_RUNNING,
		    "it starts just now");
		return;
	}
	master_rows(m, wm__request_out(request));
	wm__request_end(request, WM__EXIT_OK, "");
}

/* ---- the end ---- */

static void
master_stop(struct wm__master *m, enum wm__ipc_stop_mode mode, uint32_t ms)
{
	const struct wm_event event = { .kind = WM_EVENT_STOP,
		.worker = "",
		.text = mode == WM__STOP_GRACEFUL ? "graceful" : "fast" };

	if (m->phase == WM__MASTER_STARTING) {
		wm__master_fail(m, WM__EXIT_CANNOT_START,
		    "stopped before all workers were ready");
		return;
	}
	if (m->phase == WM__MASTER_RUNNING)
		wm_log(WM_LOG_INFO, "stopping%s, within %u ms",
		    mode == WM__STOP_GRACEFUL ? " gracefully" : "",
		    (unsigned)ms);
	m->phase = WM__MASTER_STOPPING;
	wm__supervise_tell(m->supervisor, &event);
	wm__supervise_stop(m->supervisor, mode, ms);
}

static void
master_on_stop(struct wm__request *request, const char *line, void *arg)
{
	struct wm__master *m = arg;
	char word[16] = "fast";
	enum wm__ipc_stop_mode mode;
	unsigned long long ms;

	wm__control_get(line, "mode", word, sizeof(word));
	mode =
	    strcmp(word, "graceful") == 0 ? WM__STOP_GRACEFUL : WM__STOP_FAST;
	ms = wm__control_get_number(line, "ms",
	    mode == WM__STOP_GRACEFUL ? WM__STOP_GRACEFUL_MS :
					WM__STOP_FAST_MS);
	wm__request_wait(request, WM__WAITS_STOP, "stopping");
	master_stop(m, mode, ms > INT32_MAX ? INT32_MAX : (uint32_t)ms);
}

static const struct wm__control_command master_commands[] = {
	{ "reload", wm__reload_on_request },
	{ "status", master_on_status },
	{ "stop", master_on_stop },
	{ NULL, NULL },
};

/* ---- what the supervisor says ---- */

static void
master_on_change(void *arg)
{
	struct wm__master *m = arg;

	wm_log(WM_LOG_INFO, "%s has changed", m->image.path);
	wm__reload_ask(m);
}

void
wm__master_on_ready(struct wm__master *m)
{
	struct wm_buf rows = WM_BUF_INIT;

	m->phase = WM__MASTER_RUNNING;
	if (m->o.watch)
		m->watch =
		    wm__watch_new(m->loop, &m->image, master_on_change, m);
	wm_log(WM_LOG_INFO, "ready: %zu processes in %lld ms",
	    m->supervisor->slots.n,
	    (long long)(wm__clock_ms() - m->started_ms));
	master_rows(m, &rows);
	wm_buf_put(&rows, "", 1);
	master_tell_success(m, rows.failed ? NULL : rows.data);
	wm_buf_fini(&rows);
	wm__reload_resume(m);
}

void
wm__master_on_gone(bool killed, void *arg)
{
	struct wm__master *m = arg;

	m->status = killed ? WM__EXIT_KILLED : WM__EXIT_OK;
	wm__loop_stop(m->loop);
}

/* ---- signals ---- */

static void
master_reap(struct wm__master *m)
{
	pid_t pid;
	int wait_status;

	while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0)
		wm__supervise_reaped(m->supervisor, pid, wait_status);
}

static void
master_reopen_log(struct wm__master *m)
{
	char error[512];

	if (m->o.log == NULL)
		return;
	if (wm__logfile_open(m->o.log, error, sizeof(error)) < 0) {
		wm_log(WM_LOG_ERROR, "cannot reopen the log: %s", error);
		return;
	}
	if (m->supervisor != NULL)
		wm__supervise_relog(m->supervisor);
	wm_log(WM_LOG_INFO, "log reopened");
}

static void
master_on_signal(int signo, void *arg)
{
	struct wm__master *m = arg;

	switch (signo) {
	case SIGCHLD:
		master_reap(m);
		break;
	case SIGQUIT:
		master_stop(m, WM__STOP_GRACEFUL, WM__STOP_GRACEFUL_MS);
		break;
	case SIGUSR1:
	case SIGUSR2:
		wm__reload_ask(m);
		break;
	case SIGHUP:
		if (m->o.daemon) {
			master_reopen_log(m);
			break;
		}
		/* FALLTHROUGH */
	default:
		master_stop(m, WM__STOP_FAST, WM__STOP_FAST_MS);
	}
}

static int
master_equip(struct wm__master *m)
{
	char error[sizeof(m->error)];
	const char *why = "out of memory";
	int failed;

	if (m->o.log != NULL &&
	    wm__logfile_open(m->o.log, error, sizeof(error)) < 0)
		return wm__master_fail(m, WM__EXIT_CANNOT_START, error);
	m->logging = m->o.log != NULL;
	/* For its own few descriptors; the workers make their own. */
	if (wm__loop_new(&m->loop, m->o.backend, &why) < 0)
		return wm__master_fail(m, WM__EXIT_CANNOT_START, why);
	for (size_t i = 0; i < WM__MASTER_SIGNALS; i++) {
		m->signals[i] = wm__signal_new(m->loop, master_signals[i],
		    master_on_signal, m);
		if (m->signals[i] == NULL)
			return wm__master_fail(m, WM__EXIT_CANNOT_START,
			    "cannot handle signals");
	}
	failed = wm__control_server_new(&m->control, m->loop, &m->dir, error,
	    sizeof(error));
	if (failed == WM_E_BUSY)
		return wm__master_fail(m, WM__EXIT_RUNNING, "already running");
	if (failed < 0)
		return wm__master_fail(m, WM__EXIT_CANNOT_START, error);
	wm__control_server_set_commands(m->control, master_commands, m);
	return 0;
}

/* ---- the whole ---- */

static void
master_init(struct wm__master *m, const struct wm__master_options *options)
{
	*m = (struct wm__master){ .o = *options };
	m->pidfile = m->dir.fd = m->image.fd = -1;
	m->started_ms = wm__clock_ms();
	m->cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	wm__caller_init(&m->caller);
	wm__log_set_name("master");
	wm__fd_raise_limit();
	signal(SIGPIPE, SIG_IGN);
}

/* Gives everything back; the lock last but for the answers. */
static void
master_fini(struct wm__master *m)
{
	wm__watch_free(&m->watch);
	wm__supervise_free(&m->supervisor);
	if (m->control != NULL)
		wm__control_server_close(m->control);
	wm__pidfile_release(&m->dir, &m->pidfile);
	if (m->control != NULL)
		wm__control_server_answer(m->control, WM__WAITS_STOP,
		    m->status == WM__EXIT_KILLED ? WM__EXIT_KILLED :
						   WM__EXIT_OK,
		    m->status == WM__EXIT_KILLED ? "had to kill" : "stopped");
	wm__control_server_free(&m->control);
	for (size_t i = 0; i < WM__MASTER_SIGNALS; i++)
		wm__signal_free(&m->signals[i]);
	wm__loop_free(&m->loop);
	wm__rundir_close(&m->dir);
	wm__image_fini(&m->image);
	wm__fd_close(&m->cwd);
}

/* All steps of a start; the loop does the rest. */
static void
master_serve(struct wm__master *m)
{
	if (wm__startup_claim(m) == 0 && master_equip(m) == 0 &&
	    wm__startup_begin(m) == 0 && wm__loop_run(m->loop) < 0)
		wm__master_fail(m, WM__EXIT_CANNOT_START,
		    "the event loop failed");
}

/* A failure is told when all is undone, so that one can try again at once. */
static int
master_end(struct wm__master *m)
{
	master_fini(m);
	if (m->error[0] != '\0')
		master_tell_failure(m);
	else
		wm_log(WM_LOG_INFO, "stopped");
	wm__caller_fini(&m->caller);
	return m->status;
}

int
wm__master_run(const struct wm__master_options *options)
{
	struct wm__master m;
	int status = 0, report = -1;

	/* First: what is opened from here on is the daemon's own. */
	if (options->daemon &&
	    !wm__daemon_fork(options->name, &report, &status))
		return status;
	master_init(&m, options);
	m.caller.report = report;
	if (wm__image_init(&m.image, options->argv[0]) < 0)
		wm__master_fail(&m, WM__EXIT_CANNOT_START,
		    "the program's own file cannot be found");
	else if (options->daemon && chdir("/") < 0)
		wm__master_fail(&m, WM__EXIT_CANNOT_START, "cannot enter /");
	else
		master_serve(&m);
	return master_end(&m);
}
