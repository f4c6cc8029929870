/* SPDX-License-Identifier: MIT */
/* The service's metrics as an answer. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <workerman/metrics.h>
#include <workerman/worker.h>

#define METRICS_OPEN  "application/openmetrics-text"
#define METRICS_PLAIN "text/plain; version=0.0.4; charset=utf-8"

/* A request that waits for them. */
struct metrics_call {
	struct wm_http_ticket ticket;
	bool open; /* it accepts OpenMetrics */
};

/* Whether the word is anywhere in the field; weights are not looked at,
   since the text is the same. */
static bool
metrics_accepts_open(const struct wm_http_request *r)
{
	static const char word[] = METRICS_OPEN;
	struct wm_span accept = { NULL, 0 };

	if (r != NULL)
		accept = wm_http_header(r, "Accept");
	for (size_t i = 0; i + sizeof(word) - 1 <= accept.len; i++)
		if (strncasecmp(accept.data + i, word, sizeof(word) - 1) == 0)
			return true;
	return false;
}

static const struct wm_http_header metrics_headers[] = {
	{ "Cache-Control", "no-store" },
	{ "Vary", "Accept" },
	{ NULL, NULL },
};

/* wm_metrics_fn. The client may be gone: then nothing is left to do. */
static void
metrics_done(struct wm_proc *p, const char *text, size_t len, void *arg)
{
	struct metrics_call *call = arg;
	struct wm_http_response response = { .status = 503 };

	if (text != NULL)
		response = (struct wm_http_response){
			.headers = metrics_headers,
			.content_type = call->open ? METRICS_OPEN
			    "; version=1.0.0; charset=utf-8" :
						     METRICS_PLAIN,
			.body = text,
			.body_len = len,
		};
	wm_http_answer(p, call->ticket, &response);
	free(call);
}

int
wm_http_metrics(struct wm_conn *c, const struct wm_http_request *r)
{
	struct metrics_call *call = malloc(sizeof(*call));

	if (call == NULL)
		return WM_E_NOMEM;
	call->open = metrics_accepts_open(r);
	call->ticket = wm_http_defer(c);
	if (call->ticket.conn == 0) {
		free(call);
		return WM_E_BUSY;
	}
	if (wm_metrics(wm_conn_proc(c), metrics_done, call) < 0)
		metrics_done(wm_conn_proc(c), NULL, 0, call);
	return 0;
}
