/* SPDX-License-Identifier: MIT */
/* Values of freeze.h as bytes: kind, then eight bytes little-endian, which
   are the number, or the length of the bytes that follow with a NUL. */
#include "config.h"

#include <string.h>

#include "framework/base/freeze.h"

#define FREEZE_HEAD 9

enum freeze_kind { FREEZE_NUMBER = 1, FREEZE_BYTES = 2 };

static void
freeze_head(unsigned char *head, enum freeze_kind kind, uint64_t n)
{
	head[0] = (unsigned char)kind;
	for (int i = 1; i < FREEZE_HEAD; i++, n >>= 8)
		head[i] = (unsigned char)n;
}

void
wm_freeze_number(struct wm_freezer *f, uint64_t n)
{
	unsigned char head[FREEZE_HEAD];

	freeze_head(head, FREEZE_NUMBER, n);
	wm_buf_put(f->out, head, sizeof(head));
}

void
wm_freeze_bytes(struct wm_freezer *f, const void *data, size_t len)
{
	unsigned char head[FREEZE_HEAD];

	freeze_head(head, FREEZE_BYTES, len);
	wm_buf_put(f->out, head, sizeof(head));
	if (len > 0)
		wm_buf_put(f->out, data, len);
	wm_buf_put(f->out, "", 1);
}

void
wm_freeze_string(struct wm_freezer *f, const char *s)
{
	wm_freeze_bytes(f, s, s != NULL ? strlen(s) : 0);
}

size_t
wm__freeze_open(struct wm_freezer *f)
{
	unsigned char head[FREEZE_HEAD] = { FREEZE_BYTES };
	size_t begun = f->out->len;

	wm_buf_put(f->out, head, sizeof(head));
	return begun;
}

void
wm__freeze_close(struct wm_freezer *f, size_t begun)
{
	wm_buf_put(f->out, "", 1);
	if (!f->out->failed)
		freeze_head((unsigned char *)f->out->data + begun, FREEZE_BYTES,
		    f->out->len - begun - FREEZE_HEAD - 1);
}

/* ---- reading ---- */

/* The number of a value of that kind; 0 when there is none. */
static uint64_t
thaw_head(struct wm_thawer *t, enum freeze_kind kind)
{
	const unsigned char *p = (const unsigned char *)t->data + t->pos;
	uint64_t n = 0;

	if (t->failed || t->len - t->pos < FREEZE_HEAD || p[0] != kind) {
		t->failed = true;
		return 0;
	}
	for (int i = FREEZE_HEAD - 1; i > 0; i--)
		n = n << 8 | p[i];
	t->pos += FREEZE_HEAD;
	return n;
}

uint64_t
wm_thaw_number(struct wm_thawer *t)
{
	return thaw_head(t, FREEZE_NUMBER);
}

struct wm_span
wm_thaw_bytes(struct wm_thawer *t)
{
	struct wm_span span = { "", 0 };
	uint64_t n = thaw_head(t, FREEZE_BYTES);

	if (t->failed)
		return span;
	if (n >= t->len - t->pos || t->data[t->pos + n] != '\0') {
		t->failed = true;
		return span;
	}
	span.data = t->data + t->pos;
	span.len = (size_t)n;
	t->pos += (size_t)n + 1;
	return span;
}

const char *
wm_thaw_string(struct wm_thawer *t)
{
	struct wm_span span = wm_thaw_bytes(t);

	if (strlen(span.data) != span.len) {
		t->failed = true;
		return "";
	}
	return span.data;
}

struct wm_thawer
wm__thaw_open(struct wm_thawer *t)
{
	struct wm_span span = wm_thaw_bytes(t);

	return (struct wm_thawer){ .data = span.data,
		.len = span.len,
		.failed = t->failed };
}

bool
wm_thaw_ok(const struct wm_thawer *t)
{
	return !t->failed;
}
