/* SPDX-License-Identifier: MIT */
/*
 * Memory for large messages that are coming in, kept for the next one: a
 * block that the system has to hand out anew costs more than the bytes that
 * are copied into it. A few blocks per process; those that nobody took for a
 * second go back.
 */
#ifndef NET_BLOCKS_H
#define NET_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

#define WM__BLOCKS    4
#define WM__BLOCK_MIN (64u << 10) /* smaller ones are malloc's business */
#define WM__BLOCK_MAX (2u << 20)  /* and larger ones are not kept */

struct wm__blocks {
	struct {
		char *data;
		size_t cap;
	} kept[WM__BLOCKS];
	size_t n;
	bool taken; /* since the last wm__blocks_age() */
};

/* The most memory that so many bytes may occupy. */
static inline size_t
wm__block_most(size_t bytes)
{
	return 4 * bytes + 16384;
}

/* A block for `want` bytes, its size in *cap_r; null when none is kept, or for
   few bytes. The caller's from now on: as from malloc(). */
char *wm__blocks_take(struct wm__blocks *b, size_t want, size_t *cap_r);

/* Takes memory from malloc() of that size: keeps or frees it. */
void wm__blocks_give(struct wm__blocks *b, char *data, size_t cap);

/* A second has passed. */
void wm__blocks_age(struct wm__blocks *b);

void wm__blocks_fini(struct wm__blocks *b);

#endif
