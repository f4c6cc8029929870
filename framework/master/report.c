/* SPDX-License-Identifier: MIT */
/*
 * Rows of `status`. The numbers of the counter pages are printed as they
 * are, never used. How they look is the command line's.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "framework/base/clock.h"
#include "framework/base/counters.h"
#include "framework/base/process.h"
#include "framework/ipc/control.h"
#include "framework/ipc/table.h"
#include "framework/master/exits.h"
#include "framework/master/report.h"
#include "framework/master/slots.h"
#include "framework/master/sockets.h"

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
	int64_t up = wm__clock_ms() - r->started_ms;

	wm_buf_puts(out, "ROW master");
	wm__control_put(out, "name", r->table->name);
	wm__control_put(out, "version", r->table->version);
	wm__control_put(out, "framework", PACKAGE_VERSION);
	wm__control_put(out, "event_loop", r->backend);
	wm__control_put(out, "mode", r->daemon ? "daemon" : "foreground");
	wm__control_put(out, "phase", r->phase);
	wm__control_put(out, "log", r->log);
	wm__control_put_number(out, "pid", (unsigned long long)getpid());
	wm__control_put_number(out, "uptime_ms", (unsigned long long)up);
	wm__control_put_number(out, "generation", 1);
	wm__control_put_number(out, "workers", r->table->n_rows);
	wm__control_put_number(out, "processes", wm__slots_alive(r->slots));
	report_load(out);
	wm__control_put(out, "reload_result", "none");
	wm_buf_puts(out, "\n");
}

static void
report_listener(const struct wm__report *r, const struct wm__bound *bound,
    struct wm_buf *out)
{
	wm_buf_puts(out, "ROW listener");
	wm__control_put(out, "worker", r->table->rows[bound->row].name);
	wm__control_put_number(out, "index", bound->listener);
	wm__control_put(out, "url", bound->text);
	wm_buf_puts(out, "\n");
}

/* ---- workers: rows of the table ---- */

static void
report_closes(const char *worker, const struct wm__counters *sum,
    struct wm_buf *out)
{
	for (int i = 0; i < WM_CLOSE_REASONS; i++) {
		uint64_t n = wm__counter(&sum->closed[i]);

		if (n == 0)
			continue;
		wm_buf_puts(out, "ROW close");
		wm__control_put(out, "worker", worker);
		wm__control_put(out, "reason",
		    wm_close_reason_word((enum wm_close_reason)i));
		wm__control_put_number(out, "count", n);
		wm_buf_puts(out, "\n");
	}
}

/* What all processes of a row have counted, those that ended included. */
static void
report_worker(const struct wm__report *r, const struct wm__row *row,
    struct wm_buf *out)
{
	const struct wm__counters *past =
	    r->exits != NULL ? wm__exits_past(r->exits, row->name) : NULL;
	enum { GAUGE, COUNTER };
	struct wm__counters sum = { 0 };
	unsigned long long restarts = 0;

	if (past != NULL)
		wm__counters_add(&sum, past);
	for (size_t i = 0; i < r->slots->n; i++) {
		const struct wm__slot *slot = &r->slots->all[i];

		if (slot->row != row)
			continue;
		wm__counters_add(&sum, slot->counters);
		restarts += slot->restarts;
	}
	wm_buf_puts(out, "ROW worker");
	wm__control_put(out, "worker", row->name);
	wm__control_put_number(out, "count", row->count);
	wm__control_put_number(out, "restarts", restarts);
#define REPORT_COUNTER(name, kind, text)                                       \
	if ((kind) == COUNTER)                                                 \
		wm__control_put_number(out, #name, wm__counter(&sum.name));
	WM__COUNTER_TABLE(REPORT_COUNTER)
#undef REPORT_COUNTER
	wm_buf_puts(out, "\n");
	report_closes(row->name, &sum, out);
}

/* ---- processes ---- */

/* For how long its loop has not turned; 0 as long as that is nothing. */
static uint64_t
report_stuck_ms(const struct wm__slot *slot)
{
	uint64_t beat = wm__counter(&slot->counters->heartbeat_ms);
	uint64_t now = (uint64_t)wm__clock_ms();
	uint64_t age = now - (uint64_t)slot->born_ms;
	uint64_t ms = beat != 0 && now > beat ? now - beat : 0;

	if (slot->pid <= 0 || slot->state != WM__SLOT_ACTIVE)
		return 0;
	return ms > WM__BUSY_MS && age > WM__BUSY_MS ? ms : 0;
}

/* What a person wants to know of a slot, in one word. */
static const char *
report_state(const struct wm__slot *slot, const struct wm__process *process)
{
	if (slot->pid > 0 && process->stopped)
		return "stopped";
	if (slot->state != WM__SLOT_ACTIVE)
		return wm__slot_state_word(slot->state);
	return report_stuck_ms(slot) > 0 ? "busy" : "idle";
}

/*
 * Rates are the worker's own, from its last tick. One that does not tick gets
 * what the system says of the time since: spinning is 1000, waiting 0.
 */
static void
report_rates(const struct wm__slot *slot, const struct wm__process *process,
    struct wm_buf *out)
{
	uint64_t stuck = report_stuck_ms(slot);
	uint64_t qps = wm__counter(&slot->counters->qps);
	uint64_t cpu = wm__counter(&slot->counters->cpu_permille);
	uint64_t then = wm__counter(&slot->counters->cpu_ms);

	if (slot->pid <= 0 || stuck > 0)
		qps = cpu = 0;
	if (stuck > 0 && process->cpu_ms > then)
		cpu = (process->cpu_ms - then) * 1000 / stuck;
	wm__control_put_number(out, "qps", qps);
	wm__control_put_number(out, "cpu_permille", cpu);
}

static void
report_process(const struct wm__report *r, const struct wm__slot *slot,
    struct wm_buf *out)
{
	const struct wm__bound *bound =
	    wm__sockets_find(r->sockets, slot->row_index, 0);
	struct wm__process process = { 0 };

	if (slot->pid > 0)
		wm__process_look(slot->pid, &process);
	wm_buf_puts(out, "ROW process");
	wm__control_put_number(out, "pid", (unsigned long long)slot->pid);
	wm__control_put(out, "worker", slot->row->name);
	wm__control_put_number(out, "slot", slot->slot);
	wm__control_put(out, "listen", bound != NULL ? bound->text : "-");
	wm__control_put_number(out, "listeners", slot->row->n_urls);
	wm__control_put(out, "state", report_state(slot, &process));
	wm__control_put_number(out, "rss", process.rss);
	wm__control_put_number(out, "restarts", slot->restarts);
	wm__control_put_number(out, "generation", slot->generation);
	wm__control_put_number(out, "age_ms",
	    slot->pid > 0 ?
		(unsigned long long)(wm__clock_ms() - slot->born_ms) :
		0);
	report_rates(slot, &process, out);
	/* of two values with the same key the first counts */
#define REPORT_COUNTER(name, kind, text)                                       \
	wm__control_put_number(out, #name, wm__counter(&slot->counters->name));
	WM__COUNTER_TABLE(REPORT_COUNTER)
#undef REPORT_COUNTER
	wm_buf_puts(out, "\n");
}

void
wm__report_rows(const struct wm__report *report, struct wm_buf *out)
{
	report_master(report, out);
	for (size_t i = 0; i < report->sockets->n; i++)
		report_listener(report, &report->sockets->all[i], out);
	for (size_t i = 0; i < report->table->n_rows; i++)
		report_worker(report, &report->table->rows[i], out);
	for (size_t i = 0; i < report->slots->n; i++)
		report_process(report, &report->slots->all[i], out);
	if (report->exits != NULL)
		wm__exits_rows(report->exits, out);
}
