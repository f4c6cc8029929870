/* SPDX-License-Identifier: MIT */
/*
 * One message by every way that it may take: the direct one, fragments through
 * wslay, compressed, in parts. The same has to come of it. The first byte says
 * text or binary, the next two where to cut.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/ws_case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct wm_websocket_options deflate = { .deflate = {
							 .on = true } };
static const struct wm_websocket_options parts = { .deflate = { .on = true },
	.part = 1 << 20 };

struct message {
	const char *data;
	size_t len, a, b; /* cut there */
	unsigned opcode;
	const char *expected;
};

static void
check(const struct wm_buf *in, const struct message *m)
{
	size_t b = m->b < in->len ? m->b : in->len;

	assert(strcmp(ws_play(in, NULL, in->len, in->len), m->expected) == 0);
	assert(strcmp(ws_play(in, NULL, m->a < b ? m->a : b, b), m->expected) ==
	    0);
}

/* The payload in one frame and in three, the first byte with these bits. */
static void
play(const struct message *m, const char *payload, size_t len, unsigned bits)
{
	size_t a = m->a < len ? m->a : len, b = m->b < len ? m->b : len;
	struct wm_buf in = WM_BUF_INIT;

	ws_put(&in, 0x80 | bits | m->opcode, payload, len);
	check(&in, m);
	in.len = 0;
	ws_put(&in, bits | m->opcode, payload, a);
	ws_put(&in, 0x00, payload + a, b - a);
	ws_put(&in, 0x80, payload + b, len - b);
	check(&in, m);
	wm_buf_fini(&in);
}

static void
play_all(const struct message *m)
{
	struct wm_buf packed = WM_BUF_INIT;

	ws_use(NULL, NULL);
	play(m, m->data, m->len, 0);
	ws_pack(&packed, m->data, m->len);
	ws_use(&deflate, "permessage-deflate");
	play(m, m->data, m->len, 0);
	play(m, packed.data, packed.len, 0x40);
	ws_use(&parts, "permessage-deflate");
	play(m, m->data, m->len, 0);
	play(m, packed.data, packed.len, 0x40);
	wm_buf_fini(&packed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wm_buf in = WM_BUF_INIT;
	struct message m;
	char *expected;

	if (size < 3)
		return 0;
	m.opcode = data[0] % 2 + 1;
	m.data = (const char *)data + 3;
	m.len = size - 3;
	m.a = data[1] % (m.len + 1);
	m.b = m.a + data[2] % (m.len - m.a + 1);
	ws_put(&in, 0x80 | m.opcode, m.data, m.len);
	ws_use(NULL, NULL);
	expected = strdup(ws_play(&in, NULL, in.len, in.len));
	assert(expected != NULL);
	m.expected = expected;
	play_all(&m);
	free(expected);
	wm_buf_fini(&in);
	return 0;
}
