/* SPDX-License-Identifier: MIT */
/*
 * A growing byte buffer: what encoders write into.
 *
 * Failure is sticky. When memory runs out, `failed` is set and every later
 * call does nothing, so that an encoder writes all it has and the owner looks
 * once, at the end.
 */
#ifndef WORKERMAN_BUF_H
#define WORKERMAN_BUF_H

#include <string.h>

#include <workerman/api.h>

WM_BEGIN_DECLS

struct wm_buf {
	char *data;  /* owned; null while empty */
	size_t len;  /* bytes in use */
	size_t cap;  /* bytes allocated */
	bool failed; /* memory ran out; the contents are not to be used */
	bool lends;  /* the core's: wm_buf_put_last() may leave bytes behind */
	struct wm_span last; /* the core's: bytes that were left where they
				are */
};

#define WM_BUF_INIT                                                            \
	{                                                                      \
		NULL, 0, 0, false, false,                                      \
		{                                                              \
			NULL, 0                                                \
		}                                                              \
	}

/* From this size on wm_buf_put_last() may save a copy. */
#define WM_BUF_LARGE 16384

/* The slow path of wm_buf_reserve(). */
WM_API char *wm_buf_grow(struct wm_buf *b, size_t len);

/*
 * Room for `len` more bytes behind the used ones: a pointer to write to,
 * followed by wm_buf_commit(). Null, and `failed`, when memory ran out.
 */
static inline char *
wm_buf_reserve(struct wm_buf *b, size_t len)
{
	return b->cap - b->len >= len && b->cap > 0 && !b->failed ?
	    b->data + b->len :
	    wm_buf_grow(b, len);
}

/* Printf-style append. */
WM_API void wm_buf_printf(struct wm_buf *b, const char *fmt, ...)
    WM_PRINTF(2, 3);

/* Drops the first `len` bytes; the rest moves to the front. */
WM_API void wm_buf_consume(struct wm_buf *b, size_t len);

/* Releases the memory; the buffer is empty and usable again. */
WM_API void wm_buf_fini(struct wm_buf *b);

/* Says that `len` bytes of the reserved room were written. */
static inline void
wm_buf_commit(struct wm_buf *b, size_t len)
{
	b->len += len;
}

/* Appends `len` bytes. */
static inline void
wm_buf_put(struct wm_buf *b, const void *data, size_t len)
{
	char *p;

	if (len == 0)
		return;
	p = wm_buf_reserve(b, len);
	if (p == NULL)
		return;
	memcpy(p, data, len);
	b->len += len;
}

/*
 * Appends the last bytes of what an encoder writes. Many of them need not be
 * copied, if the core lets the kernel take them from where they are; then
 * they are in `last`, and no others may follow.
 */
static inline void
wm_buf_put_last(struct wm_buf *b, const void *data, size_t len)
{
	if (!b->lends || len < WM_BUF_LARGE) {
		wm_buf_put(b, data, len);
		return;
	}
	b->last.data = (const char *)data;
	b->last.len = len;
}

/* Appends a terminated string, without its NUL. */
static inline void
wm_buf_puts(struct wm_buf *b, const char *s)
{
	wm_buf_put(b, s, strlen(s));
}

WM_END_DECLS

#endif
