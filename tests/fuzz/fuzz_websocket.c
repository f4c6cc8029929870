/* SPDX-License-Identifier: MIT */
/*
 * Any bytes behind the handshake: cut in three anywhere or to single bytes,
 * they have to come out as they do in one piece. The first two bytes say
 * where to cut.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/ws_case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct wm_limits limits = {
		.message = 1000,
		.fragments = 8,
	};
	struct wm_buf in = WM_BUF_INIT;
	char *whole;
	size_t a, b;

	if (size < 3)
		return 0;
	wm_buf_put(&in, data + 2, size - 2);
	a = data[0] % in.len;
	b = a + data[1] % (in.len - a);
	whole = strdup(ws_play(&in, &limits, in.len, in.len));
	assert(whole != NULL);
	assert(strcmp(ws_play(&in, &limits, a, b), whole) == 0);
	assert(strcmp(ws_play(&in, &limits, 1, 0), whole) == 0);
	free(whole);
	wm_buf_fini(&in);
	return 0;
}
