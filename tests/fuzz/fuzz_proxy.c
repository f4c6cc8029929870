/* SPDX-License-Identifier: MIT */
/*
 * Bytes where a header of the PROXY protocol is to be, whole and in pieces of
 * the first byte's size: both ways they are the same header, of the same
 * length, or none.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "framework/net/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Returns what became of it. */
static int
feed(struct wm__proxy *proxy, const uint8_t *data, size_t size, size_t step)
{
	size_t at = 0, used;
	int result = 0;

	memset(proxy, 0, sizeof(*proxy));
	while (result == 0 && at < size) {
		size_t piece = wm__proxy_want(proxy);
		uint8_t *copy;

		assert(piece > 0 && piece <= WM__PROXY_V2_MAX);
		if (piece > step)
			piece = step;
		if (piece > size - at)
			piece = size - at;
		copy = malloc(piece);
		assert(copy != NULL);
		memcpy(copy, data + at, piece);
		result = wm__proxy_feed(proxy, copy, piece, &used);
		free(copy);
		assert(used > 0 && used <= piece);
		at += used;
	}
	assert(proxy->len <= WM__PROXY_V2_MAX);
	return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sockaddr_storage peer[2];
	struct wm__proxy proxy[2];
	int result;

	if (size < 2)
		return 0;
	result = feed(&proxy[0], data + 1, size - 1, size);
	assert(
	    feed(&proxy[1], data + 1, size - 1, data[0] % 32u + 1) == result);
	if (result <= 0)
		return 0;
	assert(proxy[0].len == proxy[1].len);
	assert(wm__proxy_peer(&proxy[0], &peer[0]) ==
	    wm__proxy_peer(&proxy[1], &peer[1]));
	return 0;
}
