/* SPDX-License-Identifier: MIT */
/*
 * Whether bytes are UTF-8 (RFC 3629): no overlong form, no surrogate, nothing
 * over U+10FFFF. Pure.
 */
#ifndef WEBSOCKET_UTF8_H
#define WEBSOCKET_UTF8_H

#include <workerman/api.h>

/* Where a text that arrives in parts stands. Zeroed at the beginning. */
struct wm__utf8 {
	uint8_t left; /* continuation bytes that the character still wants */
	uint8_t low;  /* the range of the next one */
	uint8_t high;
};

/*
 * The next bytes of the text. False when no text can begin so; the state is
 * then of no use. Fails at the first byte that is wrong.
 */
bool wm__utf8_feed(struct wm__utf8 *u, const char *data, size_t len);

/* Whether the text may end here. */
static inline bool
wm__utf8_complete(const struct wm__utf8 *u)
{
	return u->left == 0;
}

/* A text in one piece. */
bool wm__utf8_valid(const char *data, size_t len);

#endif
