/* SPDX-License-Identifier: MIT */
/*
 * What the dialects have in common: collecting a head, comparing a payload.
 */
#include <string.h>

#include "dialect.h"
#include "die.h"

size_t
ear_payload(const struct script *s, struct ear *e, const unsigned char *stamp,
    const unsigned char *bytes, size_t len)
{
	if (len > e->left)
		len = (size_t)e->left;
	if (!payload_is(&s->payload, stamp, e->at, bytes, len))
		die("a wrong byte at %zu of %zu or behind it: %.*s", e->at,
		    s->payload.len, (int)(len < 32 ? len : 32),
		    (const char *)bytes);
	e->at += len;
	e->left -= len;
	return len;
}

size_t
ear_head(struct ear *e, size_t want, const unsigned char *bytes, size_t len)
{
	size_t n = want - e->head_len < len ? want - e->head_len : len;

	memcpy(e->head + e->head_len, bytes, n);
	e->head_len += n;
	return n;
}

size_t
ear_lines(struct ear *e, const unsigned char *bytes, size_t len, bool *done_r)
{
	size_t used = 0;

	*done_r = false;
	while (used < len && !*done_r) {
		if (e->head_len == sizeof(e->head))
			die("header block over %zu bytes", sizeof(e->head));
		e->head[e->head_len++] = bytes[used++];
		*done_r = e->head_len >= 4 &&
		    memcmp(e->head + e->head_len - 4, "\r\n\r\n", 4) == 0;
	}
	return used;
}
