/* SPDX-License-Identifier: MIT */
/* The books of ended workers. What a wait status means is obituary.c's. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <workerman/error.h>

#include "framework/base/counters.h"
#include "framework/ipc/control.h"
#include "framework/ipc/table.h"
#include "framework/master/exits.h"
#include "framework/master/obituary.h"

struct exits_cause {
	int wait_status;
	unsigned long long count;
};

struct wm__exits_worker {
	char name[WM__NAME_MAX + 1];
	struct wm__totals past;
	struct exits_cause causes[WM__EXITS_CAUSES];
	size_t n;
	unsigned long long others;
};

static struct wm__exits_worker *
exits_find(const struct wm__exits *exits, const char *worker)
{
	for (size_t i = 0; i < exits->n; i++)
		if (strcmp(exits->all[i].name, worker) == 0)
			return &exits->all[i];
	return NULL;
}

static int
exits_add(struct wm__exits *exits, const char *worker)
{
	struct wm__exits_worker *all;

	if (exits->n == WM__EXITS_WORKERS)
		return WM_E_FULL;
	all = realloc(exits->all, (exits->n + 1) * sizeof(*all));
	if (all == NULL)
		return WM_E_NOMEM;
	exits->all = all;
	memset(&all[exits->n], 0, sizeof(*all));
	snprintf(all[exits->n].name, sizeof(all->name), "%s", worker);
	exits->n++;
	return 0;
}

/* Counts one; a cause moves up past those that are rarer. */
static void
exits_count(struct wm__exits_worker *w, int wait_status)
{
	size_t i = 0;

	while (i < w->n && w->causes[i].wait_status != wait_status)
		i++;
	if (i == WM__EXITS_CAUSES) {
		w->others++;
		return;
	}
	if (i == w->n)
		w->causes[w->n++] = (struct exits_cause){ wait_status, 0 };
	w->causes[i].count++;
	for (; i > 0 && w->causes[i].count > w->causes[i - 1].count; i--) {
		struct exits_cause rarer = w->causes[i - 1];

		w->causes[i - 1] = w->causes[i];
		w->causes[i] = rarer;
	}
}

/* The worker's books, new ones if need be. */
static int
exits_of(struct wm__exits *exits, const char *worker,
    struct wm__exits_worker **worker_r)
{
	int failed;

	*worker_r = exits_find(exits, worker);
	if (*worker_r != NULL)
		return 0;
	failed = exits_add(exits, worker);
	*worker_r = exits_find(exits, worker);
	return failed;
}

int
wm__exits_note(struct wm__exits *exits, const char *worker, int wait_status)
{
	struct wm__exits_worker *w;
	int failed = exits_of(exits, worker, &w);

	if (failed == 0)
		exits_count(w, wait_status);
	return failed;
}

int
wm__exits_keep(struct wm__exits *exits, const char *worker,
    const struct wm__counters *page)
{
	struct wm__exits_worker *w;
	int failed = exits_of(exits, worker, &w);

	if (failed == 0)
		wm__totals_add(&w->past, page);
	return failed;
}

const struct wm__totals *
wm__exits_past(const struct wm__exits *exits, const char *worker)
{
	const struct wm__exits_worker *w = exits_find(exits, worker);

	return w != NULL ? &w->past : NULL;
}

static void
exits_row(const struct wm__exits_worker *w, unsigned long long count,
    const char *cause, struct wm_buf *out)
{
	wm_buf_puts(out, "ROW exit");
	wm__control_put(out, "worker", w->name);
	wm__control_put_number(out, "count", count);
	wm__control_put(out, "cause", cause);
	wm_buf_puts(out, "\n");
}

void
wm__exits_rows(const struct wm__exits *exits, struct wm_buf *out)
{
	char words[128];

	for (size_t i = 0; i < exits->n; i++) {
		const struct wm__exits_worker *w = &exits->all[i];

		for (size_t k = 0; k < w->n; k++)
			exits_row(w, w->causes[k].count,
			    wm__obituary(w->causes[k].wait_status, words,
				sizeof(words)),
			    out);
		if (w->others > 0)
			exits_row(w, w->others, "ended in other ways", out);
	}
}

void
wm__exits_fini(struct wm__exits *exits)
{
	free(exits->all);
	*exits = (struct wm__exits){ 0 };
}
