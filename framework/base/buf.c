/* SPDX-License-Identifier: MIT */
/*
 * The growing byte buffer of <workerman/buf.h>: growth and release. The
 * quick path of an append is inline in the header.
 */
#include "config.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <workerman/buf.h>

#define BUF_FIRST 512 /* bytes of the first allocation */

char *
wm_buf_grow(struct wm_buf *b, size_t len)
{
	size_t cap, want;
	char *data;

	if (b->failed || len > SIZE_MAX / 2 - b->len) {
		b->failed = true;
		return NULL;
	}
	want = b->len + len;
	cap = b->cap > 0 ? b->cap : BUF_FIRST;
	while (cap < want)
		cap *= 2;
	data = realloc(b->data, cap);
	if (data == NULL) {
		b->failed = true;
		return NULL;
	}
	b->data = data;
	b->cap = cap;
	return data + b->len;
}

void
wm_buf_printf(struct wm_buf *b, const char *fmt, ...)
{
	va_list args;
	char *p;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0) {
		b->failed = true;
		return;
	}
	p = wm_buf_reserve(b, (size_t)len + 1);
	if (p == NULL)
		return;
	va_start(args, fmt);
	vsnprintf(p, (size_t)len + 1, fmt, args);
	va_end(args);
	b->len += (size_t)len;
}

void
wm_buf_consume(struct wm_buf *b, size_t len)
{
	if (len < b->len)
		memmove(b->data, b->data + len, b->len - len);
	b->len = len < b->len ? b->len - len : 0;
}

void
wm_buf_fini(struct wm_buf *b)
{
	free(b->data);
	*b = (struct wm_buf)WM_BUF_INIT;
}
