/* SPDX-License-Identifier: MIT */
/* Rendering metrics into a sealed memory file that all workers may read. */
#include "config.h"

#include <workerman/buf.h>
#include <workerman/error.h>
#include <workerman/log.h>

#include "framework/base/clock.h"
#include "framework/base/fd.h"
#include "framework/ipc/ipc.h"
#include "framework/ipc/metrics.h"
#include "framework/master/child.h"
#include "framework/master/figures.h"

static int
figures_render(struct wm__figures *f)
{
	struct wm_buf rows = WM_BUF_INIT, text = WM_BUF_INIT;
	int failed = WM_E_NOMEM;

	f->rows(&rows, f->arg);
	wm_buf_put(&rows, "", 1);
	if (!rows.failed)
		wm__metrics_render(rows.data, &text);
	wm_buf_put(&text, "", 1);
	wm__fd_close(&f->fd);
	if (!rows.failed && !text.failed)
		failed = wm__fd_memory_with("workerman-metrics", text.data,
		    text.len, &f->fd);
	f->at_ms = wm__clock_ms();
	wm_buf_fini(&rows);
	wm_buf_fini(&text);
	return failed;
}

void
wm__figures_send(struct wm__figures *f, const struct wm__child *child)
{
	int failed = 0;

	if (f->fd < 0 || wm__clock_ms() - f->at_ms >= WM__FIGURES_MS)
		failed = figures_render(f);
	if (failed == 0)
		failed = wm__ipc_send(child->sock, WM__IPC_FIGURES, NULL, NULL,
		    f->fd);
	/* it will hear nothing, and say so to whoever asked */
	if (failed < 0 && failed != WM_E_CLOSED)
		wm_log(WM_LOG_WARNING, "worker %s gets no metrics: %s",
		    child->name, wm_error_text(failed));
}

void
wm__figures_fini(struct wm__figures *f)
{
	wm__fd_close(&f->fd);
}
