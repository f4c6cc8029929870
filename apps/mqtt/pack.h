/* SPDX-License-Identifier: MIT */
/*
 * Integers, most significant byte first, and byte strings behind their
 * length: what packets of MQTT and messages between workers are made of.
 */
#ifndef MQTT_PACK_H
#define MQTT_PACK_H

#include <workerman/buf.h>

/* Appends the low `bytes` (1 to 8) bytes of the value. */
void pack_uint(struct wm_buf *b, uint64_t value, unsigned bytes);

/* A length of that many bytes, then the span. */
void pack_span(struct wm_buf *b, struct wm_span s, unsigned bytes);

/*
 * What is left to read. When there is not enough, `failed` is set and all
 * that is read from then on is 0 or empty, so that a reader looks once, at
 * the end. Spans point into the input.
 */
struct unpack {
	const char *p, *end;
	bool failed;
};

#define UNPACK_INIT(data, len)                                                 \
	{                                                                      \
		(data), (data) + (len), false                                  \
	}

uint64_t unpack_uint(struct unpack *u, unsigned bytes);
struct wm_span unpack_span(struct unpack *u, unsigned bytes);
struct wm_span unpack_rest(struct unpack *u);

static inline size_t
unpack_left(const struct unpack *u)
{
	return (size_t)(u->end - u->p);
}

static inline struct wm_span
span_of(const char *text)
{
	return (struct wm_span){ text, strlen(text) };
}

#endif
