/* SPDX-License-Identifier: MIT */
/* Integers and byte strings: see pack.h. */
#include "pack.h"

void
pack_uint(struct wm_buf *b, uint64_t value, unsigned bytes)
{
	unsigned char out[8];
	unsigned i;

	for (i = 0; i < bytes; i++)
		out[i] = (unsigned char)(value >> 8 * (bytes - 1 - i));
	wm_buf_put(b, out, bytes);
}

void
pack_span(struct wm_buf *b, struct wm_span s, unsigned bytes)
{
	pack_uint(b, s.len, bytes);
	wm_buf_put(b, s.data, s.len);
}

/* The next `len` bytes, or null. */
static const char *
unpack_take(struct unpack *u, size_t len)
{
	const char *p = u->p;

	if (u->failed || len > unpack_left(u)) {
		u->failed = true;
		u->p = u->end;
		return NULL;
	}
	u->p += len;
	return p;
}

uint64_t
unpack_uint(struct unpack *u, unsigned bytes)
{
	const char *p = unpack_take(u, bytes);
	uint64_t value = 0;
	unsigned i;

	for (i = 0; p != NULL && i < bytes; i++)
		value = value << 8 | (unsigned char)p[i];
	return value;
}

struct wm_span
unpack_span(struct unpack *u, unsigned bytes)
{
	size_t len = (size_t)unpack_uint(u, bytes);
	const char *p = unpack_take(u, len);

	return (struct wm_span){ p != NULL ? p : "", p != NULL ? len : 0 };
}

struct wm_span
unpack_rest(struct unpack *u)
{
	size_t len = unpack_left(u);
	const char *p = unpack_take(u, len);

	return (struct wm_span){ p != NULL ? p : "", p != NULL ? len : 0 };
}
