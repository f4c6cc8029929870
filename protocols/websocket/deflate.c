/* SPDX-License-Identifier: MIT */
/*
 * Responsible for everything that touches zlib. A stream that keeps no
 * context is shared by all connections of the process; a decompressor that
 * does is made from the end of what it said before, so that nobody owns one
 * between messages. Not for limits and UTF-8.
 */
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

#include "deflate.h"

#define TRAILER     4u    /* bytes that the wire leaves out */
#define STEP_MIN    1024u /* room for a call of zlib */
#define STEP_MAX    65536u
#define BITS_MAX    15u
#define SHARED_MAX  7u         /* compressors without context */
#define SPARE_MAX   4u         /* decompressors that are kept */
#define INPUT_MAX   (1u << 30) /* bytes in one call: zlib counts in uInt */
#define AT_BOUNDARY 128        /* z_stream.data_type, behind a block */
#define UNUSED_BITS 7

static const char trailer[TRAILER] = { 0, 0, (char)0xff, (char)0xff };

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* ---- deflate ---- */

struct wm__deflater {
	z_stream z;
	struct wm__deflate_how how;
};

struct wm__deflater *
wm__deflater_new(const struct wm__deflate_how *how)
{
	struct wm__deflater *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->how = *how;
	if (deflateInit2(&d->z, how->level, Z_DEFLATED, -(int)how->bits,
		how->memory, Z_DEFAULT_STRATEGY) == Z_OK)
		return d;
	free(d);
	return NULL;
}

void
wm__deflater_free(struct wm__deflater **d)
{
	if (*d == NULL)
		return;
	deflateEnd(&(*d)->z);
	free(*d);
	*d = NULL;
}

/* As many as there are windows; of more, the oldest makes room. */
struct wm__deflater *
wm__deflater_shared(const struct wm__deflate_how *how)
{
	static struct wm__deflater *shared[SHARED_MAX];
	static unsigned next;
	struct wm__deflater **d;

	for (d = shared; d < shared + SHARED_MAX; d++)
		if (*d != NULL && memcmp(&(*d)->how, how, sizeof(*how)) == 0) {
			deflateReset(&(*d)->z);
			return *d;
		}
	d = &shared[next++ % SHARED_MAX];
	wm__deflater_free(d);
	return *d = wm__deflater_new(how);
}

/* One call of zlib; more input may be to come. Returns whether it filled the
   room; WM_E_NOMEM. */
static int
deflate_step(struct wm__deflater *d, int flush, struct wm_buf *out)
{
	size_t room = deflateBound(&d->z, d->z.avail_in);
	char *to;

	room = smaller(room > STEP_MIN ? room : STEP_MIN, STEP_MAX);
	if ((to = wm_buf_reserve(out, room)) == NULL)
		return WM_E_NOMEM;
	d->z.next_out = (unsigned char *)to;
	d->z.avail_out = (uInt)room;
	deflate(&d->z, flush);
	wm_buf_commit(out, room - d->z.avail_out);
	return d->z.avail_out == 0;
}

/* Section 7.2.1: without the end of the empty block that a flush makes. Where
   nothing was to flush, the block has to be begun for the peer's sake. */
static int
deflate_trim(struct wm_buf *out, size_t before)
{
	if (out->len - before >= TRAILER) {
		out->len -= TRAILER;
		return 0;
	}
	out->len = before;
	wm_buf_put(out, "", 1);
	return out->failed ? WM_E_NOMEM : 0;
}

int
wm__deflate(struct wm__deflater *d, struct wm_span data, bool last,
    struct wm_buf *out)
{
	const unsigned char *p = (const unsigned char *)data.data;
	size_t before = out->len, n;
	int r, flush;

	do {
		n = smaller(data.len, INPUT_MAX);
		d->z.next_in = p;
		d->z.avail_in = (uInt)n;
		if (n > 0) /* else it may be null */
			p += n;
		data.len -= n;
		flush = data.len > 0 ? Z_NO_FLUSH : Z_SYNC_FLUSH;
		do {
			r = deflate_step(d, flush, out);
			if (r < 0)
				return r;
		} while (r > 0);
	} while (data.len > 0);
	return last ? deflate_trim(out, before) : 0;
}

/* ---- inflate ---- */

struct wm__inflater {
	z_stream z;
	struct wm__inflater *next; /* spare */
	bool ended;                /* behind a last block (section 7.2.3.5) */
};

static struct wm__inflater *spare;
static unsigned n_spare;

static struct wm__inflater *
inflater_new(void)
{
	struct wm__inflater *i = calloc(1, sizeof(*i));

	if (i == NULL)
		return NULL;
	if (inflateInit2(&i->z, -(int)BITS_MAX) == Z_OK)
		return i;
	free(i);
	return NULL;
}

static void
inflater_free(struct wm__inflater *i)
{
	inflateEnd(&i->z);
	free(i);
}

struct wm__inflater *
wm__inflater_take(const unsigned char *window, size_t len)
{
	struct wm__inflater *i = spare;

	if (i == NULL)
		i = inflater_new();
	else {
		spare = i->next;
		n_spare--;
		inflateReset(&i->z);
	}
	if (i == NULL)
		return NULL;
	i->ended = false;
	if (len > 0 && inflateSetDictionary(&i->z, window, (uInt)len) != Z_OK) {
		inflater_free(i);
		return NULL;
	}
	return i;
}

void
wm__inflater_give(struct wm__inflater **i)
{
	struct wm__inflater *x = *i;

	*i = NULL;
	if (x == NULL)
		return;
	if (n_spare >= SPARE_MAX) {
		inflater_free(x);
		return;
	}
	x->next = spare;
	spare = x;
	n_spare++;
}

/* One call of zlib with room for `room` bytes. */
static int
inflate_step(struct wm__inflater *i, struct wm_buf *out, size_t room)
{
	char *to = wm_buf_reserve(out, room);
	int r;

	if (to == NULL)
		return WM_E_NOMEM;
	if (i->ended && i->z.avail_in > 0) {
		inflateResetKeep(&i->z); /* the window stays */
		i->ended = false;
	}
	i->z.next_out = (unsigned char *)to;
	i->z.avail_out = (uInt)room;
	r = inflate(&i->z, Z_SYNC_FLUSH);
	wm_buf_commit(out, room - i->z.avail_out);
	if (r == Z_MEM_ERROR)
		return WM_E_NOMEM;
	if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
		return WM_E_DATA;
	i->ended = r == Z_STREAM_END;
	return 0;
}

/* As much room as the input may need, if not over `max`. */
static size_t
inflate_room(const struct wm__inflater *i, const struct wm_buf *out, size_t max)
{
	size_t room = (size_t)i->z.avail_in * 4;

	room = room > STEP_MIN ? room : STEP_MIN;
	return smaller(smaller(room, STEP_MAX), max - out->len);
}

int
wm__inflate(struct wm__inflater *i, struct wm_span *in, struct wm_buf *out,
    size_t max)
{
	size_t n = smaller(in->len, INPUT_MAX);
	int r = 0;

	i->z.next_in = (const unsigned char *)in->data;
	i->z.avail_in = (uInt)n;
	i->z.avail_out = 0;
	while (r == 0 && out->len < max &&
	    (i->z.avail_in > 0 || i->z.avail_out == 0))
		r = inflate_step(i, out, inflate_room(i, out, max));
	n -= i->z.avail_in;
	in->data += n;
	in->len -= n;
	return r;
}

int
wm__inflate_end(struct wm__inflater *i, struct wm_buf *out, size_t max)
{
	struct wm_span end = { trailer, TRAILER };
	int r;

	if (i->ended)
		return 0;
	if ((r = wm__inflate(i, &end, out, max)) != 0)
		return r;
	if (out->len >= max)
		return 0; /* the caller's to judge */
	return (i->z.data_type & (AT_BOUNDARY | UNUSED_BITS)) == AT_BOUNDARY ?
	    0 :
	    WM_E_DATA;
}

size_t
wm__inflater_window(struct wm__inflater *i, unsigned char *out)
{
	uInt len = 0;

	return inflateGetDictionary(&i->z, out, &len) == Z_OK ? len : 0;
}
