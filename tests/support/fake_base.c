/* SPDX-License-Identifier: MIT */
/*
 * Stand-ins for the parts of the library that the fake connection needs.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "fake_conn.h"

static unsigned logged;

char *
wm_buf_reserve(struct wm_buf *b, size_t len)
{
	size_t cap = b->cap > 0 ? b->cap : 256;
	char *data;

	if (b->failed)
		return NULL;
	while (cap - b->len < len)
		cap *= 2;
	if (cap != b->cap) {
		data = realloc(b->data, cap);
		if (data == NULL) {
			b->failed = true;
			return NULL;
		}
		b->data = data;
		b->cap = cap;
	}
	return b->data + b->len;
}

void
wm_buf_consume(struct wm_buf *b, size_t len)
{
	b->len -= len;
	memmove(b->data, b->data + len, b->len);
}

void
wm_buf_fini(struct wm_buf *b)
{
	free(b->data);
	*b = (struct wm_buf)WM_BUF_INIT;
}

void
wm_log(enum wm_log_level level, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	(void)level;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	logged++;
}

unsigned
fake_logged(void)
{
	return logged;
}
