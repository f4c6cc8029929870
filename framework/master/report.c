/* SPDX-License-Identifier: MIT */
/*
 * Rows of `status`. The numbers of the counter pages are printed as they
 * are, never used. How they look is the command line's.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "framework/base/clock.h"
#include "framework/base/counters.h"
#include "framework/base/process.h"
#include "framework/ipc/control.h"
#include "framework/ipc/table.h"
#include "framework/master/generation.h"
#include "framework/master/life.h"
#include "framework/master/reload.h"
#include "framework/master/report.h"

static void
report_load(struct wm_buf *out)
{
	double load[3];
	char text[64];

	if (getloadavg(load, 3) != 3)
		return;
	snprintf(text, sizeof(text), "%.2f, %.2f, %.2f", load[0], load[1],
	    load[2]);
	wm__control_put(out, "load", text);
}

static void
report_master(const struct wm__report *r, struct wm_buf *out)
{
	const struct wm__table *table = r->generation->table;
	int64_t up = wm__clock_ms() - r->started_ms;

	wm_buf_puts(out, "ROW master");
	wm__control_put(out, "name", table->name);
	wm__control_put(out, "version", table->version);
	wm__control_put(out, "framework", PACKAGE_VERSION);
	wm__control_put(out, "event_loop", r->backend);
	wm__control_put(out, "mode", r->daemon ? "daemon" : "foreground");
	wm__control_put(out, "phase", r->phase);
	wm__control_put(out, "log", r->log);
	wm__control_put_number(out, "pid", (unsigned long long)getpid());
	wm__control_put_number(out, "uptime_ms", (unsigned long long)up);
	wm__control_put_number(out, "generation", r->generation->number);
	wm__control_put_number(out, "workers", table->n_rows);
	wm__control_put_number(out, "processes",
	    wm__children_count(&r->supervisor->children));
	wm__reload_report(r->reload, out);
	report_load(out);
	wm_buf_puts(out, "\n");
}

/* The URL of a listener, "-" when the row has none. Returns buf. */
static char *
report_url(const struct wm__generation *g, size_t row, uint32_t listener,
    char *buf, size_t size)
{
	const struct wm__row *r = &g->table->rows[row];

	if (listener < r->n_urls && g->bound[row][listener] != NULL)
		return wm__address_url(g->bound[row][listener],
		    r->urls[listener], buf, size);
	snprintf(buf, size, "%s",
	    listener < r->n_urls ? r->urls[listener] : "-");
	return buf;
}

static void
report_listeners(const struct wm__report *r, struct wm_buf *out)
{
	const struct wm__generation *g = r->generation;
	char url[WM__URL_MAX + 32];

	for (size_t i = 0; i < g->table->n_rows; i++)
		for (uint32_t k = 0; k < g->table->rows[i].n_urls; k++) {
			wm_buf_puts(out, "ROW listener");
			wm__control_put(out, "worker", g->table->rows[i].name);
			wm__control_put_number(out, "index", k);
			wm__control_put(out, "url",
			    report_url(g, i, k, url, sizeof(url)));
			wm_buf_puts(out, "\n");
		}
}

/* ---- workers: rows of the table ---- */

static void
report_closes(const char *worker, const struct wm__totals *sum,
    struct wm_buf *out)
{
	for (int i = 0; i < WM_CLOSE_REASONS; i++) {
		if (sum->closed[i] == 0)
			continue;
		wm_buf_puts(out, "ROW close");
		wm__control_put(out, "worker", worker);
		wm__control_put(out, "reason",
		    wm_close_reason_word((enum wm_close_reason)i));
		wm__control_put_number(out, "count", sum->closed[i]);
		wm_buf_puts(out, "\n");
	}
}

/* What all processes of that name have counted, those that ended included. */
static struct wm__totals
report_totals(const struct wm__supervisor *sv, const char *worker)
{
	const struct wm__totals *past = wm__exits_past(&sv->exits, worker);
	struct wm__totals sum = { 0 };
	const struct wm__child *child;

	if (past != NULL)
		sum = *past;
	LIST_FOREACH(child, &sv->children, link)
		if (strcmp(child->row->name, worker) == 0)
			wm__totals_add(&sum, child->counters);
	return sum;
}

static void
report_worker(const struct wm__supervisor *sv, const struct wm__row *row,
    struct wm_buf *out)
{
	enum { REPORT_GAUGE, REPORT_COUNTER };
	struct wm__totals sum = report_totals(sv, row->name);
	unsigned long long restarts = 0;

	for (size_t i = 0; i < sv->slots.n; i++)
		if (strcmp(sv->slots.all[i]->row, row->name) == 0)
			restarts += sv->slots.all[i]->restarts;
	wm_buf_puts(out, "ROW worker");
	wm__control_put(out, "worker", row->name);
	wm__control_put_number(out, "count", row->count);
	wm__control_put_number(out, "restarts", restarts);
#define REPORT_TOTAL(name, kind, text)                                         \
	if (REPORT_##kind == REPORT_COUNTER)                                   \
		wm__control_put_number(out, #name, sum.name);
	WM__COUNTER_TABLE(REPORT_TOTAL)
#undef REPORT_TOTAL
	wm_buf_puts(out, "\n");
	report_closes(row->name, &sum, out);
}

/* ---- processes ---- */

/* For how long its loop has not turned; 0 as long as that is nothing. */
static uint64_t
report_stuck_ms(const struct wm__child *child)
{
	uint64_t now = (uint64_t)wm__clock_ms();
	uint64_t beat = wm__counter(&child->counters->heartbeat_ms);
	uint64_t ms = beat != 0 && now > beat ? now - beat : 0;

	return ms > WM__BUSY_MS && child->state != WM__CHILD_STARTING ? ms : 0;
}

/* What a person wants to know of a process, in one word. */
static const char *
report_state(const struct wm__child *child, const struct wm__process *process)
{
	if (process->stopped ||
	    (process->traced && child->state == WM__CHILD_ACTIVE))
		return "stopped";
	if (child->state != WM__CHILD_ACTIVE)
		return wm__child_state_word(child->state);
	return report_stuck_ms(child) > 0 ? "busy" : "idle";
}

/*
 * Rates are the worker's own, from its last tick. One that does not tick gets
 * what the system says of the time since: 1000 when it computes, 0 when it
 * waits.
 */
static void
report_rates(const struct wm__child *child, const struct wm__process *process,
    struct wm_buf *out)
{
	uint64_t stuck = report_stuck_ms(child);
	uint64_t qps = wm__counter(&child->counters->qps);
	uint64_t cpu = wm__counter(&child->counters->cpu_permille);
	uint64_t then = wm__counter(&child->counters->cpu_ms);

	if (stuck > 0) {
		qps = cpu = 0;
		if (process->cpu_ms > then)
			cpu = (process->cpu_ms - then) * 1000 / stuck;
	}
	wm__control_put_number(out, "qps", qps);
	wm__control_put_number(out, "cpu_permille", cpu);
}

static void
report_process(const struct wm__child *child, struct wm_buf *out)
{
	struct wm__process process = { 0 };
	char url[WM__URL_MAX + 32];

	wm__process_look(child->pid, &process);
	wm_buf_puts(out, "ROW process");
	wm__control_put_number(out, "pid", (unsigned long long)child->pid);
	wm__control_put(out, "worker", child->row->name);
	wm__control_put_number(out, "slot", child->number);
	wm__control_put(out, "listen",
	    report_url(child->generation, child->row_index, 0, url,
		sizeof(url)));
	wm__control_put_number(out, "listeners", child->row->n_urls);
	wm__control_put(out, "state", report_state(child, &process));
	wm__control_put_number(out, "rss", process.rss);
	wm__control_put_number(out, "restarts",
	    child->slot != NULL ? child->slot->restarts : 0);
	wm__control_put_number(out, "generation", child->generation->number);
	wm__control_put_number(out, "age_ms",
	    (unsigned long long)(wm__clock_ms() - child->born_ms));
	report_rates(child, &process, out);
	/* of two values with the same key the first one counts */
#define REPORT_COUNTER(name, kind, text)                                       \
	wm__control_put_number(out, #name, wm__counter(&child->counters->name));
	WM__COUNTER_TABLE(REPORT_COUNTER)
#undef REPORT_COUNTER
	wm_buf_puts(out, "\n");
}

/* A slot without a process: what it waits for. */
static void
report_empty(const struct wm__slot *slot, struct wm_buf *out)
{
	char url[WM__URL_MAX + 32];
	size_t row;

	wm__generation_row(slot->generation, slot->row, &row);
	wm_buf_puts(out, "ROW process");
	wm__control_put_number(out, "pid", 0);
	wm__control_put(out, "worker", slot->row);
	wm__control_put_number(out, "slot", slot->number);
	wm__control_put(out, "listen",
	    report_url(slot->generation, row, 0, url, sizeof(url)));
	wm__control_put_number(out, "listeners",
	    slot->generation->table->rows[row].n_urls);
	wm__control_put(out, "state",
	    wm__policy_loops(&slot->policy, 0) ? "crash-loop" : "starting");
	wm__control_put_number(out, "rss", 0);
	wm__control_put_number(out, "restarts", slot->restarts);
	wm__control_put_number(out, "generation", slot->generation->number);
	wm__control_put_number(out, "age_ms", 0);
#define REPORT_COUNTER(name, kind, text) wm__control_put_number(out, #name, 0);
	WM__COUNTER_TABLE(REPORT_COUNTER)
#undef REPORT_COUNTER
	wm_buf_puts(out, "\n");
}

/* Those that run in a slot, or ran in one of the same name before it. */
static bool
report_is_of(const struct wm__child *child, const char *worker, uint32_t number)
{
	return child->pid > 0 && child->number == number &&
	    strcmp(child->row->name, worker) == 0;
}

/* Its process first, then those that are to follow it, and those that
   still drain. */
static void
report_slot(const struct wm__supervisor *sv, const struct wm__slot *slot,
    struct wm_buf *out)
{
	const struct wm__child *child;

	if (slot->child != NULL)
		report_process(slot->child, out);
	else if (slot->generation != NULL)
		report_empty(slot, out);
	LIST_FOREACH(child, &sv->children, link)
		if (child != slot->child &&
		    report_is_of(child, slot->row, slot->number))
			report_process(child, out);
}

/* Those of slots that are no more; of each such slot together. */
static void
report_strays(const struct wm__supervisor *sv, struct wm_buf *out)
{
	const struct wm__child *child, *other;

	LIST_FOREACH(child, &sv->children, link) {
		const char *worker = child->row->name;

		if (child->pid <= 0 ||
		    wm__slots_find(&sv->slots, worker, child->number) != NULL)
			continue;
		LIST_FOREACH(other, &sv->children, link)
			if (report_is_of(other, worker, child->number))
				break;
		if (other != child)
			continue; /* it was told with that one */
		for (; other != NULL; other = LIST_NEXT(other, link))
			if (report_is_of(other, worker, child->number))
				report_process(other, out);
	}
}

void
wm__report_rows(const struct wm__report *report, struct wm_buf *out)
{
	const struct wm__supervisor *sv = report->supervisor;
	const struct wm__generation *g = report->generation;

	report_master(report, out);
	report_listeners(report, out);
	for (size_t i = 0; i < g->table->n_rows; i++)
		report_worker(sv, &g->table->rows[i], out);
	for (size_t i = 0; i < sv->slots.n; i++)
		report_slot(sv, sv->slots.all[i], out);
	report_strays(sv, out);
	wm__exits_rows(&sv->exits, out);
	wm__deaths_rows(&sv->deaths, out);
}
