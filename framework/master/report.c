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

/* What a person wants to know of a slot, in one word. */
static const char *
report_state(const struct wm__slot *slot, const struct wm__process *process)
{
	uint64_t beat = wm__counter(&slot->counters->heartbeat_ms);
	uint64_t now = (uint64_t)wm__clock_ms();

	if (slot->pid > 0 && process->stopped)
		return "stopped";
	if (slot->state != WM__SLOT_ACTIVE)
		return wm__slot_state_word(slot->state);
	return now > beat && now - beat > WM__BUSY_MS &&
		now - (uint64_t)slot->born_ms > WM__BUSY_MS ?
	    "busy" :
	    "idle";
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
	for (size_t i = 0; i < report->slots->n; i++)
		report_process(report, &report->slots->all[i], out);
}
