/* SPDX-License-Identifier: MIT */
/*
 * The rows of `status` as metrics, in a form that is OpenMetrics 1.0 and
 * Prometheus' older text format 0.0.4 at once. The two disagree about the
 * family of a counter (requests, or requests_total), so counters carry no
 * TYPE: to the one they are "unknown", to the other "untyped", and nothing
 * that scrapes them needs more than the suffix _total.
 */
#ifndef IPC_METRICS_H
#define IPC_METRICS_H

#include <workerman/buf.h>

/*
 * Appends the metrics of the rows (terminated text). Gauges of processes in
 * the same slot are added up; what a worker's processes count includes those
 * that ended, so that it never falls before the master ends.
 */
void wm__metrics_render(const char *rows, struct wm_buf *out);

#endif
