/* SPDX-License-Identifier: MIT */
/*
 * Responsible for unmasking payloads, by words. Not for finding them.
 */
#include <string.h>

#include "mask.h"

#define HIGH_BITS UINT64_C(0x8080808080808080)

bool
wm__ws_unmask(char *data, size_t len, const char key[4])
{
	uint64_t w[4], k, seen = 0;
	uint32_t half;
	size_t i;

	memcpy(&half, key, sizeof(half));
	k = (uint64_t)half << 32 | half;
	for (; len >= sizeof(w); data += sizeof(w), len -= sizeof(w)) {
		memcpy(w, data, sizeof(w));
		w[0] ^= k;
		w[1] ^= k;
		w[2] ^= k;
		w[3] ^= k;
		seen |= (w[0] | w[1]) | (w[2] | w[3]);
		memcpy(data, w, sizeof(w));
	}
	for (; len >= sizeof(k); data += sizeof(k), len -= sizeof(k)) {
		memcpy(w, data, sizeof(k));
		w[0] ^= k;
		seen |= w[0];
		memcpy(data, w, sizeof(k));
	}
	for (i = 0; i < len; i++) {
		data[i] = (char)(data[i] ^ key[i & 3]);
		seen |= (unsigned char)data[i];
	}
	return (seen & HIGH_BITS) == 0;
}
