/* SPDX-License-Identifier: MIT */
/*
 * Writing metrics: a family for each fact that has a name, one sample for
 * each row of its kind. What the facts are is facts.c's.
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/utf8.h"
#include "framework/ipc/facts.h"
#include "framework/ipc/metrics.h"
#include "framework/ipc/rows.h"

#define METRICS_STATES_MAX 32 /* different (worker, state) of a service */

/* ---- samples ---- */

static void
metrics_label(const char *name, const char *value, struct wm_buf *out)
{
	wm_buf_printf(out, "%s=\"", name);
	while (*value != '\0') {
		size_t len = wm__utf8_length(value);

		if (len == 0)
			wm_buf_puts(out, "\xef\xbf\xbd");
		else if (*value == '\n')
			wm_buf_puts(out, "\\n");
		else {
			if (*value == '"' || *value == '\\')
				wm_buf_puts(out, "\\");
			wm_buf_put(out, value, len);
		}
		value += len > 0 ? len : 1;
	}
	wm_buf_puts(out, "\"");
}

/* {worker="echo",slot="0"}; nothing when there are no labels. */
static void
metrics_labels(const char *row, const char *labels, struct wm_buf *out)
{
	char name[32], value[WM__ROW_MAX];
	const char *before = "{";

	while (*(labels += strspn(labels, " ")) != '\0') {
		size_t len = strcspn(labels, " ");

		snprintf(name, sizeof(name), "%.*s", (int)len, labels);
		labels += len;
		wm_buf_puts(out, before);
		before = ",";
		if (wm__control_get(row, name, value, sizeof(value)) == NULL)
			value[0] = '\0';
		metrics_label(name, value, out);
	}
	wm_buf_puts(out, *before == ',' ? "}" : "");
}

static void
metrics_value(enum wm__fact_form form, unsigned long long n, struct wm_buf *out)
{
	if (form == WM__FACT_MS || form == WM__FACT_PERMILLE)
		wm_buf_printf(out, " %llu.%03llu\n", n / 1000, n % 1000);
	else
		wm_buf_printf(out, " %llu\n", n);
}

static void
metrics_family(const char *name, const char *help, struct wm_buf *out)
{
	size_t len = strlen(name);

	wm_buf_printf(out, "# HELP %s %s\n", name, help);
	if (len < 6 || strcmp(name + len - 6, "_total") != 0)
		wm_buf_printf(out, "# TYPE %s gauge\n", name);
}

/* ---- families ---- */

static void
metrics_labels_of(const char *row, const struct wm__fact_kind *kind,
    struct wm_buf *out)
{
	out->len = 0;
	metrics_labels(row, kind->label, out);
	wm_buf_put(out, "", 1);
}

static void
metrics_sample(const struct wm__fact *fact, const char *labels,
    unsigned long long n, struct wm_buf *out)
{
	wm_buf_printf(out, "%s%s", fact->metric, labels);
	metrics_value(fact->form, n, out);
}

/* One family; rows that follow each other with the same labels are one. */
static void
metrics_fact(const char *rows, const struct wm__fact_kind *kind,
    const struct wm__fact *fact, struct wm_buf *out)
{
	struct wm_buf labels = WM_BUF_INIT, last = WM_BUF_INIT;
	char row[WM__ROW_MAX], value[32];
	unsigned long long sum = 0;
	bool any = false;

	while (wm__rows_next(&rows, kind->kind, row)) {
		if (wm__control_get(row, fact->key, value, sizeof(value)) ==
		    NULL)
			continue;
		metrics_labels_of(row, kind, &labels);
		if (labels.failed || last.failed)
			break;
		if (!any)
			metrics_family(fact->metric, fact->help, out);
		else if (strcmp(labels.data, last.data) != 0) {
			metrics_sample(fact, last.data, sum, out);
			sum = 0;
		}
		sum += wm__control_get_number(row, fact->key, 0);
		last.len = 0;
		wm_buf_put(&last, labels.data, labels.len);
		any = true;
	}
	if (any && !last.failed)
		metrics_sample(fact, last.data, sum, out);
	out->failed = out->failed || labels.failed || last.failed;
	wm_buf_fini(&labels);
	wm_buf_fini(&last);
}

/* What is words: the labels of a 1. */
static void
metrics_info(const char *rows, struct wm_buf *out)
{
	char row[WM__ROW_MAX];

	if (!wm__rows_next(&rows, "master", row))
		return;
	metrics_family("workerman_info", "the program that runs", out);
	wm_buf_puts(out, "workerman_info");
	metrics_labels(row, "name version framework event_loop mode", out);
	wm_buf_puts(out, " 1\n");
}

static void
metrics_reload(const char *rows, struct wm_buf *out)
{
	static const char name[] = "workerman_last_reload_successful";
	char row[WM__ROW_MAX], result[32];

	if (!wm__rows_next(&rows, "master", row) ||
	    wm__control_get(row, "reload_result", result, sizeof(result)) ==
		NULL ||
	    strcmp(result, "none") == 0)
		return;
	metrics_family(name, "1 when the last reload was carried out", out);
	wm_buf_printf(out, "%s %d\n", name, strcmp(result, "done") == 0);
}

/* How many processes of each worker are in each state. */
struct metrics_state {
	char worker[64], state[32];
	unsigned n;
};

static void
metrics_count_state(const char *row, struct metrics_state *all, size_t *n)
{
	struct metrics_state one = { .n = 1 };

	wm__control_get(row, "worker", one.worker, sizeof(one.worker));
	wm__control_get(row, "state", one.state, sizeof(one.state));
	for (size_t i = 0; i < *n; i++)
		if (strcmp(all[i].worker, one.worker) == 0 &&
		    strcmp(all[i].state, one.state) == 0) {
			all[i].n++;
			return;
		}
	all[(*n)++] = one;
}

/* Worker by worker: their rows follow each other. */
static void
metrics_states(const char *rows, struct wm_buf *out)
{
	struct metrics_state all[METRICS_STATES_MAX];
	char row[WM__ROW_MAX], worker[64];
	bool more = wm__rows_next(&rows, "process", row);

	if (more)
		metrics_family("workerman_processes",
		    "processes, and slots that have none, by state", out);
	while (more) {
		size_t n = 0;

		do {
			metrics_count_state(row, all, &n);
			more = wm__rows_next(&rows, "process", row);
			if (more)
				wm__control_get(row, "worker", worker,
				    sizeof(worker));
		} while (more && n < METRICS_STATES_MAX &&
		    strcmp(worker, all[0].worker) == 0);
		for (size_t i = 0; i < n; i++) {
			wm_buf_puts(out, "workerman_processes{");
			metrics_label("worker", all[i].worker, out);
			wm_buf_puts(out, ",");
			metrics_label("state", all[i].state, out);
			wm_buf_printf(out, "} %u\n", all[i].n);
		}
	}
}

void
wm__metrics_render(const char *rows, struct wm_buf *out)
{
	metrics_info(rows, out);
	metrics_reload(rows, out);
	metrics_states(rows, out);
	for (const struct wm__fact_kind *kind = wm__fact_kinds;
	     kind->kind != NULL; kind++)
		for (const struct wm__fact *fact = kind->facts;
		     fact->key != NULL; fact++)
			if (fact->metric != NULL)
				metrics_fact(rows, kind, fact, out);
	wm_buf_puts(out, "# EOF\n");
}
