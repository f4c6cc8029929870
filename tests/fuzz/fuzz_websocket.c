/* SPDX-License-Identifier: MIT */
/*
 * Any bytes behind the handshake: cut in three anywhere or to single bytes,
 * they have to come out as they do in one piece; as they are, with
 * permessage-deflate, and delivered in parts. The first two bytes say where to
 * cut.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/ws_case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct wm_websocket_options none = { .part = 0 };
static const struct wm_websocket_options deflate = {
	.deflate = { .on = true, .client_takeover = true }
};
static const struct wm_websocket_options parts = {
	.deflate = { .on = true, .client_takeover = true },
	.part = 1
};

static void
play(const struct wm_buf *in, const struct wm_limits *limits, size_t a,
    size_t b)
{
	char *whole = strdup(ws_play(in, limits, in->len, in->len));

	assert(whole != NULL);
	assert(strcmp(ws_play(in, limits, a, b), whole) == 0);
	assert(strcmp(ws_play(in, limits, 1, 0), whole) == 0);
	free(whole);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct wm_limits small = {
		.message = 1000,
		.fragments = 8,
	};
	static const struct wm_limits room = {
		.message = 40000,
		.fragments = 8,
	};
	struct wm_buf in = WM_BUF_INIT;
	size_t a, b;

	if (size < 3)
		return 0;
	wm_buf_put(&in, data + 2, size - 2);
	a = data[0] % in.len;
	b = a + data[1] % (in.len - a);
	ws_use(&none, NULL);
	play(&in, &small, a, b);
	ws_use(&deflate, "permessage-deflate; client_max_window_bits=9");
	play(&in, &small, a, b);
	ws_use(&parts, "permessage-deflate");
	play(&in, &room, a, b);
	wm_buf_fini(&in);
	return 0;
}
