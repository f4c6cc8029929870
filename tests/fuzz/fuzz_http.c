/* SPDX-License-Identifier: MIT */
/*
 * A peer of http that sends anything: the first byte says where the rest is
 * split in two, its lowest bit whether answers come at once or at the end.
 */
#include <assert.h>

#include <workerman/workerman.h>

#include "framework/kit/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct wm_http_ticket tickets[32];
static unsigned ntickets;
static bool defer;

static void
on_message(struct wm_conn *c, const struct wm_msg *m)
{
	const struct wm_http_response r = { .body = m->data,
		.body_len = m->len };

	if (defer && ntickets < 32)
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
	const struct wm_http_response late = { .status = 202 };
	struct wire *w;
	size_t split;

	if (len < 1)
		return 0;
	split = data[0] % len;
	defer = data[0] & 1;
	ntickets = 0;
	w = wire_new(&wm_protocol_http, &limits, &handlers);
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
