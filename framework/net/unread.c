/* SPDX-License-Identifier: MIT */
/* The memory of bytes that were read and not used yet. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "framework/net/unread.h"

#define UNREAD_FIRST 256 /* bytes of the smallest piece */

static struct wm__blocks *
unread_blocks(struct wm_conn *c)
{
	return &c->service->proc->blocks;
}

/* The memory is to be of `cap` bytes: a large piece that is kept already, or
   the same one with another size. */
static int
unread_resize(struct wm_conn *c, size_t cap)
{
	struct wm__unread *u = c->unread;
	char *data = wm__blocks_take(unread_blocks(c), cap, &cap);

	if (data != NULL) {
		if (u->len > 0)
			memcpy(data, u->data, u->len);
		wm__blocks_give(unread_blocks(c), u->data, u->cap);
	} else if ((data = realloc(u->data, cap)) == NULL)
		return WM_E_NOMEM;
	u->data = data;
	u->cap = cap;
	return 0;
}

/* Grows by doubling, so with what arrived; but not beyond what is needed, if
   that is not just a little more each time. */
int
wm__unread_reserve(struct wm_conn *c, size_t len)
{
	struct wm__unread *u = c->unread;
	size_t want = u->len + len;
	size_t cap = u->cap > 0 ? u->cap : UNREAD_FIRST;

	if (u->cap >= want)
		return 0;
	while (cap < want)
		cap *= 2;
	if (u->need >= want && u->need >= u->cap + u->cap / 2 && cap > u->need)
		cap = u->need;
	return unread_resize(c, cap);
}

/* What is left of a large message's memory is not kept for a few bytes. */
static void
unread_shrink(struct wm_conn *c)
{
	struct wm__unread *u = c->unread;
	size_t cap = u->len > UNREAD_FIRST ? u->len : UNREAD_FIRST;
	struct wm__unread large = *u;

	if (u->cap <= wm__block_most(u->len))
		return;
	u->data = malloc(cap);
	if (u->data == NULL) {
		*u = large;
		return;
	}
	u->cap = cap;
	memcpy(u->data, large.data, u->len);
	wm__blocks_give(unread_blocks(c), large.data, large.cap);
}

void
wm__unread_keep(struct wm_conn *c, const struct wm_input *in)
{
	if (c->unread == NULL)
		c->unread = calloc(1, sizeof(*c->unread));
	else
		c->unread->len = 0;
	if (c->unread == NULL || wm__unread_reserve(c, in->len) < 0) {
		wm__conn_end(c, WM_CLOSE_MEMORY);
		return;
	}
	memcpy(c->unread->data, in->data, in->len);
	c->unread->len = in->len;
	c->unread->seen = in->seen;
	c->unread->need = in->need;
	unread_shrink(c);
}

void
wm__unread_compact(struct wm_conn *c, const struct wm_input *in)
{
	struct wm__unread *u = c->unread;

	if (in->len == 0) {
		wm__unread_drop(c);
		return;
	}
	if (in->data != u->data)
		memmove(u->data, in->data, in->len);
	u->len = in->len;
	u->seen = in->seen;
	u->need = in->need;
	unread_shrink(c);
}

void
wm__unread_drop(struct wm_conn *c)
{
	if (c->unread == NULL)
		return;
	wm__blocks_give(unread_blocks(c), c->unread->data, c->unread->cap);
	free(c->unread);
	c->unread = NULL;
}

int
wm__unread_set(struct wm_conn *c, struct wm_span bytes, size_t seen,
    size_t need)
{
	struct wm__unread *u = calloc(1, sizeof(*u));

	if (u != NULL)
		u->data = malloc(bytes.len);
	if (u == NULL || u->data == NULL) {
		free(u);
		return WM_E_NOMEM;
	}
	memcpy(u->data, bytes.data, bytes.len);
	u->len = u->cap = bytes.len;
	u->seen = seen;
	u->need = need;
	c->unread = u;
	return 0;
}
