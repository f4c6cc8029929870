/* SPDX-License-Identifier: MIT */
/* The words of progress.h, from the supervisor's books. */
#include "config.h"

#include <stdio.h>

#include "framework/base/progress.h"
#include "framework/master/control_server.h"
#include "framework/master/life.h"
#include "framework/master/progress.h"
#include "framework/master/state.h"
#include "framework/net/loop.h"

static void
progress_stopping(struct wm__master *m)
{
	const struct wm__children *children = &m->supervisor->children;
	char text[128];

	snprintf(text, sizeof(text),
	    "draining %llu connections left, in %zu workers",
	    (unsigned long long)wm__children_connections(children),
	    wm__children_count(children));
	wm__control_server_progress(m->control, WM__WAITS_STOP, text);
}

/* Before there is any worker, the step that is being taken. */
static void
progress_starting(struct wm__master *m)
{
	const struct wm__child *child;
	size_t ready = 0, n = 0;
	char text[64];

	LIST_FOREACH(child, &m->supervisor->children, link) {
		n++;
		ready += child->state != WM__CHILD_STARTING;
	}
	snprintf(text, sizeof(text), "workers ready %zu/%zu", ready, n);
	wm__caller_progress(&m->caller, n > 0 ? text : m->step);
}

static void
progress_tick(void *arg)
{
	struct wm__master *m = arg;

	wm__timer_start(m->progress, WM__PROGRESS_MS);
	if (m->phase == WM__MASTER_STOPPING)
		progress_stopping(m);
	else if (m->phase == WM__MASTER_STARTING)
		progress_starting(m);
	else if (m->phase == WM__MASTER_RUNNING)
		wm__timer_stop(m->progress);
}

void
wm__progress_begin(struct wm__master *m)
{
	if (m->progress == NULL)
		m->progress = wm__timer_new(m->loop, progress_tick, m);
	if (m->progress != NULL)
		wm__timer_start(m->progress, WM__PROGRESS_MS);
}

void
wm__progress_end(struct wm__master *m)
{
	wm__timer_free(&m->progress);
}

void
wm__progress_step(struct wm__master *m, const char *text)
{
	snprintf(m->step, sizeof(m->step), "%s", text);
}
