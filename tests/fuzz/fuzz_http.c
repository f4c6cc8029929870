/* SPDX-License-Identifier: MIT */
/*
 * A peer of http that sends anything: the first byte says where the rest is
 * split in two, its lowest bit whether answers come at once or at the end.
 */
#include "tests/support/fake_conn.h"

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
	const struct fake_setup setup = { .protocol = &wm_protocol_http,
		.handlers = &handlers,
		.limits = &limits };
	const struct wm_http_response late = { .status = 202 };
	struct wm_conn *c;
	size_t split;

	if (len < 1)
		return 0;
	split = data[0] % len;
	defer = data[0] & 1;
	ntickets = 0;
	c = fake_new(&setup);
	fake_feed(c, data + 1, split);
	fake_feed(c, data + 1 + split, len - 1 - split);
	fake_feed_eof(c);
	while (ntickets > 0)
		wm_http_answer(fake_proc(), tickets[--ntickets], &late);
	fake_turn(c);
	fake_free(&c);
	return 0;
}
