/* SPDX-License-Identifier: MIT */
/*
 * The stream between two workers of which one takes over from the other:
 * frames, each a type and bytes, in order; some bring descriptors along.
 * Nothing blocks: what the other side does not take yet is kept.
 */
#ifndef WORKER_STREAM_H
#define WORKER_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WM__STREAM_FDS   64          /* descriptors with a frame, at most */
#define WM__STREAM_FRAME (64u << 20) /* bytes of a frame, at most */

/*	name       direction   payload */
#define WM__FRAME_TABLE(X)                                                     \
	X(WORKER)  /* to taker:  what on_worker_freeze wrote */                \
	X(BATCH)   /* to taker:  struct wm__batch; descriptors */              \
	X(RECORD)  /* to taker:  a connection */                               \
	X(ANSWER)  /* to giver:  a byte for each record of a batch: taken? */  \
	X(DATA)    /* to taker:  id, bytes for a connection that has moved */  \
	X(CLOSE)   /* to taker:  id, reason: it is to close */                 \
	X(CHANGE)  /* to taker:  id, what else changed, topic */               \
	X(FORWARD) /* both:      a published message */                        \
	X(HEARD)   /* to taker:  number of its FORWARDs that have arrived */   \
	X(END)     /* to taker:  it reads the inbox from now on */             \
	X(DONE)    /* to taker:  no record follows */

enum wm__frame {
#define WM__FRAME_ENUM(name) WM__FRAME_##name,
	WM__FRAME_TABLE(WM__FRAME_ENUM)
#undef WM__FRAME_ENUM
	    WM__FRAMES
};

struct wm__batch {
	uint64_t heard; /* FORWARDs of the taker that came before it */
	uint64_t n;     /* records that follow */
};

struct wm__loop;
struct wm__stream;

struct wm__stream_events {
	/* A frame; the bytes are there until the return. */
	void (*frame)(void *arg, enum wm__frame type, const char *data,
	    size_t len);
	/* All that was put has left. */
	void (*flushed)(void *arg);
	/* The other side is gone, or talks nonsense; once. */
	void (*end)(void *arg);
};

/* Takes fd, also on failure. Null: out of memory. */
struct wm__stream *wm__stream_new(struct wm__loop *loop, int fd,
    const struct wm__stream_events *events, void *arg);
void wm__stream_free(struct wm__stream **stream);

/* Queues a frame of two pieces (the second may be empty) and, with
   wm__stream_put_fds(), descriptors, which stay the caller's and must stay
   open until the frame was answered. */
void wm__stream_put(struct wm__stream *s, enum wm__frame type, const void *a,
    size_t a_len, const void *b, size_t b_len);
void wm__stream_put_fds(struct wm__stream *s, enum wm__frame type,
    const void *data, size_t len, const int *fds, size_t n);

/* Sends what it can, now. */
void wm__stream_flush(struct wm__stream *s);

/* Bytes that wait. */
size_t wm__stream_unsent(const struct wm__stream *s);

/* The next descriptor that came with the present BATCH; -1: none. The batch
   has ended: the next one's follow. */
int wm__stream_take_fd(struct wm__stream *s);
void wm__stream_next_batch(struct wm__stream *s);

/* Sends the rest within `ms`, blocking: at the end of the process. Returns
   whether all has left, or nobody is there to take it. */
bool wm__stream_finish(struct wm__stream *s, int ms);

#endif
