/* SPDX-License-Identifier: MIT */
/*
 * The figures of the whole service, as `status --metrics` prints them: text
 * that is OpenMetrics 1.0 and Prometheus' text format 0.0.4 at once
 * (docs/STATUS.md). On an HTTP port, wm_http_metrics() is all it takes.
 */
#ifndef WORKERMAN_METRICS_H
#define WORKERMAN_METRICS_H

#include <workerman/http.h>

WM_BEGIN_DECLS

struct wm_proc;

/* `text` has `len` bytes and a NUL behind them and lives until the return;
   null when the master did not answer within 5 s, or the process ends. */
typedef void wm_metrics_fn(struct wm_proc *p, const char *text, size_t len,
    void *arg);

/*
 * Asks the master and returns at once; done(p, text, len, arg) is called
 * later, once, from the loop. The figures are at most a tenth of a second old.
 * A process without a master (--single) tells its own.
 * Returns 0; WM_E_BUSY when 64 calls wait already; WM_E_CLOSED when the master
 * is gone; WM_E_FULL when it is far behind; WM_E_UNSUPPORTED in a process that
 * is no worker, or is one no more. Then done() is not called.
 */
WM_API int wm_metrics(struct wm_proc *p, wm_metrics_fn *done, void *arg);

/*
 * Answers the request that is being delivered on c with the metrics, when
 * they have come; with 503 when they cannot be had. The content type is what
 * `r`, the request, accepts: application/openmetrics-text or, also when it is
 * null, text/plain. Returns as wm_http_respond().
 */
WM_API int wm_http_metrics(struct wm_conn *c, const struct wm_http_request *r);

WM_END_DECLS

#endif
