/* SPDX-License-Identifier: MIT */
/* The large blocks that a process keeps for the next large message. */
#include "config.h"

#include <stdlib.h>

#include "framework/net/blocks.h"

char *
wm__blocks_take(struct wm__blocks *b, size_t want, size_t *cap_r)
{
	if (want < WM__BLOCK_MIN)
		return NULL;
	for (size_t i = b->n; i-- > 0;)
		if (b->kept[i].cap >= want &&
		    b->kept[i].cap <= wm__block_most(want)) {
			char *data = b->kept[i].data;

			*cap_r = b->kept[i].cap;
			b->kept[i] = b->kept[--b->n];
			b->taken = true;
			return data;
		}
	return NULL;
}

void
wm__blocks_give(struct wm__blocks *b, char *data, size_t cap)
{
	if (cap < WM__BLOCK_MIN || cap > WM__BLOCK_MAX || b->n == WM__BLOCKS) {
		free(data);
		return;
	}
	b->kept[b->n].data = data;
	b->kept[b->n++].cap = cap;
}

void
wm__blocks_age(struct wm__blocks *b)
{
	if (!b->taken)
		wm__blocks_fini(b);
	b->taken = false;
}

void
wm__blocks_fini(struct wm__blocks *b)
{
	while (b->n > 0)
		free(b->kept[--b->n].data);
}
