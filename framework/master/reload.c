/* SPDX-License-Identifier: MIT */
/* The queue of reloads and their result; one reload is transaction.c's. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <workerman/event.h>
#include <workerman/log.h>

#include "framework/base/clock.h"
#include "framework/ipc/control.h"
#include "framework/master/control_server.h"
#include "framework/master/life.h"
#include "framework/master/state.h"
#include "framework/master/transaction.h"

static void reload_begin(struct wm__master *m);

static void
reload_tell(struct wm__master *m, enum wm_event_kind kind, const char *text)
{
	const struct wm_event event = {
		.kind = kind,
		.worker = "",
		.status = m->reload.refused ? 1 : 0,
		.generation = m->supervisor->generation,
		.text = text,
	};

	wm__supervise_tell(m->supervisor, &event);
}

static void
reload_step(const char *text, void *arg)
{
	struct wm__master *m = arg;

	wm_log(WM_LOG_INFO, "reload: %s", text);
	wm__control_server_progress(m->control, WM__WAITS_RELOAD, text);
}

/* The end of the one that runs. */
static void
reload_end(struct wm__master *m, const char *why)
{
	struct wm__reload *r = &m->reload;
	char text[600];

	r->running = false;
	r->count++;
	r->refused = why != NULL;
	r->took_ms = wm__clock_ms() - r->began_ms;
	r->ended_time = wm__clock_time();
	snprintf(r->why, sizeof(r->why), "%s", why != NULL ? why : "");
	if (why != NULL)
		snprintf(text, sizeof(text), "%s", r->why);
	else
		snprintf(text, sizeof(text),
		    "generation %u serves, after %lld ms",
		    (unsigned)m->supervisor->generation, (long long)r->took_ms);
	wm_log(why != NULL ? WM_LOG_ERROR : WM_LOG_INFO, "reload %s: %s",
	    why != NULL ? "refused, nothing has changed" : "done", text);
	reload_tell(m, WM_EVENT_RELOAD_END, text);
	wm__control_server_answer(m->control, WM__WAITS_RELOAD,
	    why != NULL ? WM__EXIT_REFUSED : WM__EXIT_OK, text);
}

void
wm__reload_resume(struct wm__master *m)
{
	if (!m->reload.again || m->phase != WM__MASTER_RUNNING)
		return;
	m->reload.again = false;
	wm__control_server_promote(m->control, WM__WAITS_NEXT,
	    WM__WAITS_RELOAD);
	reload_begin(m);
}

static void
reload_done(const char *why, void *arg)
{
	struct wm__master *m = arg;

	reload_end(m, why);
	wm__reload_resume(m);
}

static void
reload_begin(struct wm__master *m)
{
	struct wm__transaction_options options = {
		.sv = m->supervisor,
		.err = -1,
		.on_step = reload_step,
		.on_done = reload_done,
		.arg = m,
	};
	char error[1024];

	m->reload.running = true;
	m->reload.began_ms = wm__clock_ms();
	wm_log(WM_LOG_INFO, "reload: %s", m->image.path);
	reload_tell(m, WM_EVENT_RELOAD_BEGIN, m->image.path);
	if (wm__image_reopen(&options.image, &m->image, error, sizeof(error)) <
	    0) {
		wm__image_fini(&options.image);
		reload_done(error, m);
	} else if (wm__transaction_begin(&options) < 0) {
		snprintf(error, sizeof(error), "cannot start a process: %s",
		    strerror(errno));
		reload_done(error, m);
	}
}

void
wm__reload_ask(struct wm__master *m)
{
	if (m->phase == WM__MASTER_STOPPING) {
		wm_log(WM_LOG_WARNING, "no reload: the server stops");
		return;
	}
	if (m->phase == WM__MASTER_STARTING || m->reload.running) {
		m->reload.again = true; /* when that has ended */
		return;
	}
	reload_begin(m);
}

void
wm__reload_on_request(struct wm__request *request, const char *line, void *arg)
{
	struct wm__master *m = arg;
	bool waits = m->phase == WM__MASTER_STARTING || m->reload.running;

	(void)line;
	if (m->phase == WM__MASTER_STOPPING) {
		wm__request_end(request, WM__EXIT_REFUSED, "the server stops");
		return;
	}
	if (waits)
		wm__request_wait(request, WM__WAITS_NEXT,
		    "waits for the one that runs");
	else
		wm__request_wait(request, WM__WAITS_RELOAD, m->image.path);
	wm__reload_ask(m);
}

void
wm__reload_report(const struct wm__reload *r, struct wm_buf *out)
{
	wm__control_put_number(out, "reloads", r->count);
	wm__control_put(out, "reload_result",
	    r->count == 0  ? "none" :
		r->refused ? "refused" :
			     "done");
	wm__control_put_number(out, "reload_running", r->running);
	wm__control_put_number(out, "reload_time",
	    (unsigned long long)r->ended_time);
	wm__control_put_number(out, "reload_ms",
	    (unsigned long long)r->took_ms);
	wm__control_put(out, "reload_why", r->why);
}
