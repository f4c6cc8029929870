/* SPDX-License-Identifier: MIT */
/*
 * Payloads and their comparison. Knows no connection.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "payload.h"

void
payload_fill(unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (unsigned char)('a' + (i * 11 + i / 26) % 26);
}

struct payload
payload_pattern(size_t len)
{
	struct payload p = { .bytes = die_malloc(len),
		.len = len,
		.stamped = len >= STAMP_LEN };

	payload_fill(p.bytes, len);
	return p;
}

struct payload
payload_text(const char *text, size_t len)
{
	struct payload p = { .bytes = die_malloc(len), .len = len };

	memcpy(p.bytes, text, len);
	return p;
}

void
payload_stamp(unsigned char stamp[STAMP_LEN], uint32_t conn, uint32_t number)
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < 8; i++) {
		stamp[i] = (unsigned char)digits[conn >> (28 - 4 * i) & 15];
		stamp[8 + i] =
		    (unsigned char)digits[number >> (28 - 4 * i) & 15];
	}
}

bool
payload_is(const struct payload *p, const unsigned char *stamp, size_t at,
    const unsigned char *bytes, size_t len)
{
	if (at > p->len || len > p->len - at)
		return false;
	if (p->stamped && at < STAMP_LEN) {
		size_t n = STAMP_LEN - at < len ? STAMP_LEN - at : len;

		if (memcmp(stamp + at, bytes, n) != 0)
			return false;
		at += n;
		bytes += n;
		len -= n;
	}
	return memcmp(p->bytes + at, bytes, len) == 0;
}

static int
write_file(const char *dir, const char *name, size_t len)
{
	struct payload p = payload_pattern(len);
	char path[4096];
	size_t done = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	if (f != NULL)
		done = fwrite(p.bytes, 1, len, f);
	free(p.bytes);
	if (f == NULL || fclose(f) != 0 || done != len) {
		perror(path);
		return -1;
	}
	return 0;
}

int
payload_write_files(const char *dir)
{
	return write_file(dir, "s", (size_t)10 << 10) < 0 ||
		write_file(dir, "b", (size_t)1 << 20) < 0 ?
	    -1 :
	    0;
}
