/* SPDX-License-Identifier: MIT */
/*
 * Compression of messages, RFC 7692 section 7.2, on zlib. Knows no connection
 * and no frame.
 */
#ifndef WEBSOCKET_DEFLATE_H
#define WEBSOCKET_DEFLATE_H

#include <workerman/buf.h>
#include <workerman/error.h>

#define WS_WINDOW_MAX 32768u /* bytes */

/* Room that is enough, after all input was consumed, for whatever zlib still
   holds back, twice: 32 bits of input and a match. */
#define WS_INFLATE_SLACK 12288u

struct wm__deflate_how {
	uint8_t bits;   /* window, 9-15 */
	uint8_t level;  /* 1-9 */
	uint8_t memory; /* zlib's memLevel, 1-9 */
};

struct wm__deflater;

/* One of the caller's own; null when memory ran out. */
struct wm__deflater *wm__deflater_new(const struct wm__deflate_how *how);
void wm__deflater_free(struct wm__deflater **d);

/* The one of the process for that window, without context: to be used up to
   the end of one message, before anybody else asks for it. */
struct wm__deflater *wm__deflater_shared(const struct wm__deflate_how *how);

/*
 * Appends the compressed data: all of it, so that the peer can decompress it.
 * With `last` it ends the message as section 7.2.1 says. Returns 0, or
 * WM_E_NOMEM; what the deflater is then good for is being freed.
 */
int wm__deflate(struct wm__deflater *d, struct wm_span data, bool last,
    struct wm_buf *out);

struct wm__inflater;

/*
 * Lends a decompressor for messages that follow these bytes; null when memory
 * ran out. Given back, it is kept for others. Its window is the largest: a
 * smaller one would refuse the same bytes or not by how they arrive.
 */
struct wm__inflater *wm__inflater_take(const unsigned char *window, size_t len);
void wm__inflater_give(struct wm__inflater **i);

/*
 * Appends what the bytes of *in become until out->len is `max`; *in then
 * begins behind those consumed. Below `max`, all are, and nothing is held
 * back. Returns 0, WM_E_DATA or WM_E_NOMEM.
 */
int wm__inflate(struct wm__inflater *i, struct wm_span *in, struct wm_buf *out,
    size_t max);

/* The end of the message: appends what is left, up to out->len `max`. Returns
   as wm__inflate(), WM_E_DATA also when it ends in the middle. */
int wm__inflate_end(struct wm__inflater *i, struct wm_buf *out, size_t max);

/* The end of all that was decompressed, at most WS_WINDOW_MAX bytes: for the
   next wm__inflater_take(). Returns how many. */
size_t wm__inflater_window(struct wm__inflater *i, unsigned char *out);

#endif
