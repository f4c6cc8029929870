/* SPDX-License-Identifier: MIT */
/*
 * A peer of http that sends anything: the first byte says where the rest is
 * split in two, its lowest bit whether answers come at once or at the end, the
 * next one whether bodies are delivered in parts, the next one whether answers
 * are streams.
 */
#include <assert.h>

#include <workerman/workerman.h>

#include "framework/kit/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct wm_http_ticket tickets[32];
static unsigned ntickets;
static bool defer, parts, streams;

static bool
in_parts(const struct wm_conn *c, const struct wm_http_request *r)
{
	(void)c;
	(void)r;
	return parts;
}

/* A stream of the body; of one in parts only its begin and its end. */
static void
stream(struct wm_conn *c, const struct wm_msg *m)
{
	const struct wm_http_response head = { 0 };
	static struct wm_http_ticket t;
	struct wm_proc *p = wm_conn_proc(c);

	if (m->flags & WM_MSG_FIRST) {
		t = wm_http_defer(c);
		wm_http_stream_begin(p, t, &head);
	}
	wm_http_stream_write(p, t, m->data, m->len);
	if (m->flags & WM_MSG_LAST)
		wm_http_stream_end(p, t, NULL);
}

static void
on_message(struct wm_conn *c, const struct wm_msg *m)
{
	const struct wm_http_response r = { .body = m->data,
		.body_len = m->len };

	if (streams)
		stream(c, m);
	else if (!(m->flags & WM_MSG_LAST))
		return;
	else if (defer && ntickets < 32)
		tickets[ntickets++] = wm_http_defer(c);
	else
		wm_http_respond(c, &r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct wm_handlers handlers = { .on_message = on_message };
	static const struct wm_limits limits = { .header_bytes = 512,
		.headers = 8,
		.message = 256 };
	static const struct wm_http_options options = { .in_parts = in_parts };
	const struct wm_http_response late = { .status = 202 };
	struct wire *w;
	size_t split;

	if (len < 1)
		return 0;
	split = data[0] % len;
	defer = data[0] & 1;
	parts = data[0] & 2;
	streams = data[0] & 4;
	ntickets = 0;
	w = wire_new(&wm_protocol_http, &limits, &handlers);
	wire_set_options(w, &options);
	wire_feed(w, data + 1, split);
	wire_turn(w);
	wire_feed(w, data + 1 + split, len - 1 - split);
	wire_eof(w);
	while (ntickets > 0)
		wm_http_answer(wire_proc(w), tickets[--ntickets], &late);
	wire_turn(w);
	assert(wire_is_closed(w) && wire_reason(w) != WM_CLOSE_BUG);
	wire_free(&w);
	return 0;
}
