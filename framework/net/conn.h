/* SPDX-License-Identifier: MIT */
/*
 * The connection's inside, shared by conn.c (life), turn.c, deadline.c,
 * input.c (decoding), output.c (sending) and conn_info.c, and by nobody else
 * but listener.c and the channel.
 *
 * Life:  OPEN --farewell--> AWAIT --> FLUSH --> LINGER --> DEAD
 * AWAIT: the protocol waits for the peer's own goodbye. FLUSH: output leaves.
 * LINGER: our side is shut, input is thrown away so that the peer gets our
 * last bytes instead of a reset (RFC 9112 section 9.6). DEAD: nothing watches
 * the descriptor any more; it is closed and the struct freed at the end of the
 * turn, after on_close.
 */
#ifndef NET_CONN_H
#define NET_CONN_H

#include <sys/socket.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include <workerman/conn.h>
#include <workerman/worker.h>

#include "framework/base/hot.h"
#include "framework/base/stage.h"
#include "framework/net/address.h"
#include "framework/net/proc.h"

enum wm__conn_life { WM__OPEN, WM__AWAIT, WM__FLUSH, WM__LINGER, WM__DEAD };

/* What a connection wants at the end of the turn. */
enum {
	WM__WANT_DECODE = 1,
	WM__WANT_FLUSH = 2,
	WM__WANT_EVENT = 4, /* on_error, on_buffer_full, on_buffer_drain */
};

/* What the connections of one listener share; outlives them. */
struct wm__service {
	struct wm_proc *proc;
	const struct wm_protocol *protocol; /* of the URL */
	struct wm_handlers handlers;
	struct wm_limits limits; /* complete: no zero defaults */
	const void *options;
	struct wm__url url;
};

/* Bytes read and not yet used: unread.h. Exists only while there are some. */
struct wm__unread {
	char *data;
	size_t len, cap;
	size_t seen; /* shown to a decode that returned WM_MORE */
	size_t need; /* wanted before the next decode */
};

/* Bytes to send. Exists only while there are some. */
struct wm__output {
	struct wm_buf buf;
	size_t sent;             /* of buf, already taken by the kernel */
	struct wm__output *next; /* in the spare list */
};

/* An upgrade that waits for its turn. */
struct wm__switch {
	const struct wm_protocol *protocol;
	size_t init_len;
	unsigned char init[];
};

struct wm__peer { /* a socket address in 19 bytes */
	unsigned char address[16];
	unsigned char port[2]; /* in network order */
	unsigned char family;
};

struct wm_conn {
	struct event ev;
	uint64_t id;
	struct wm__service *service;
	const struct wm_handlers *handlers;
	const struct wm_protocol *protocol;
	void *state;
	struct wm__unread *unread;
	struct wm__output *output;
	struct wm__switch *upgrade;
	struct wm__latest *latest; /* messages that wait behind the output */
	void *subscriptions;       /* the channel's */
	struct wm_conn *turn_next;
	struct wm__wheel_entry wheel;
	uint64_t bytes_in, bytes_out, messages;
	uint32_t due_protocol; /* a tick, from 0 while paused; 0: none. The
				  core's own: wheel.due */
	uint32_t held;
	uint32_t opened, last_in; /* ticks */
	union { /* what keeps a connection from simply going on */
		struct {
			unsigned char life : 3; /* enum wm__conn_life */
			bool paused : 1;
			bool asleep : 1; /* nothing touches its descriptor:
					    freeze.h */
			bool stuck : 1;  /* the kernel did not take all output
					  */
			bool eof : 1;    /* the peer sends no more */
			bool moving : 1; /* asleep, on its way to another
					    process */
		};
		unsigned char hindered; /* any of these: one test for all */
	};
	unsigned wants : 3;    /* WM__WANT_ bits */
	unsigned watching : 3; /* EV_READ | EV_WRITE */
	bool queued : 1;       /* in the turn list */
	bool decoding : 1;
	bool encoding : 1; /* the protocol writes into the output right now */
	unsigned due_which : 6;
	unsigned reason : 5; /* enum wm_close_reason */
	bool begun : 1;      /* the protocol's open was called */
	bool announced : 1;  /* on_connect was called */
	bool eof_shown : 1;  /* decode has been told */
	bool peer_done : 1;  /* the protocol says that the peer has ended */
	bool refused : 1, full : 1, drained : 1; /* events to deliver */
	bool awaits_drain : 1; /* the protocol: wm_conn_await_drain() */
	bool drain_due : 1;    /* and it is to be told */
	bool busy : 1;         /* wm_conn_set_busy() */
	bool was_full : 1;
	bool stays : 1; /* cannot move */
	struct wm__peer peer;
};

/* ---- questions that every message asks ---- */

static inline int
wm__conn_fd(const struct wm_conn *c)
{
	return (int)c->ev.ev_fd;
}

static inline size_t
wm__conn_unsent(const struct wm_conn *c)
{
	return c->output != NULL ? c->output->buf.len - c->output->sent : 0;
}

/* Whether more input could be decoded now. */
bool wm__conn_can_decode_hindered(const struct wm_conn *c);
static inline bool
wm__conn_can_decode(const struct wm_conn *c)
{
	if (c->hindered)
		return wm__conn_can_decode_hindered(c);
	return c->upgrade == NULL && c->held < c->service->limits.pipeline;
}

/* ---- conn_memory.c ---- */

/* Zeroed, but for its service, with what belongs to it; null: no memory. */
struct wm_conn *wm__conn_alloc(struct wm__service *service);
void wm__conn_release(struct wm_conn *c);

/* The zeroed state of a protocol, null when memory ran out; and the end of
   that of the present one. */
void *wm__conn_state_new(struct wm_conn *c, const struct wm_protocol *protocol);
void wm__conn_state_free(struct wm_conn *c);

/* ---- conn.c ---- */

/*
 * A new connection on fd (which it owns, also on failure), or detached from
 * any socket with fd -1: then input comes from wm__conn_feed() and output
 * stays in c->output. Null when memory ran out or the protocol refused.
 */
struct wm_conn *wm__conn_new(struct wm__service *service, int fd,
    const struct sockaddr *peer);

/* Zeroed, in the table, out of the loop; null: no memory, or the id is
   taken. And back, with its descriptor left alone. */
struct wm_conn *wm__conn_shell(struct wm__service *service, int fd,
    uint64_t id);
void wm__conn_unmake(struct wm_conn *c);

/* Out of the loop now; closed and freed at the turn's end. */
void wm__conn_end(struct wm_conn *c, enum wm_close_reason reason);

/* The kernel is to send a reset in place of what it still holds. */
void wm__conn_reset_at_close(struct wm_conn *c);

/* Carries out an upgrade whose time has come. */
void wm__conn_switch(struct wm_conn *c);

/* The very last step: nobody is using the connection any more. */
void wm__conn_free(struct wm_conn *c);

/* After any step: moves a closing or finished connection on. */
void wm__conn_settle(struct wm_conn *c);

/* ---- conn_info.c ---- */

/* What it is doing. Not for one that has ended. */
enum wm__stage wm__conn_stage(const struct wm_conn *c);

/* ---- turn.c ---- */

/* Queues for the end of the turn. */
void wm__conn_want(struct wm_conn *c, unsigned what);
/* It is in no turn any more; not to be called in one. */
void wm__conn_want_nothing(struct wm_conn *c);

/* The end of a turn: decodes what was resumed, sends, frees. */
void wm__conn_turn(struct wm_proc *p);

/* ---- deadline.c ---- */

/* The wheel says that a deadline may have passed. */
void wm__conn_check_deadlines(struct wm_conn *c);

/* Tick of the core's own deadline; 0: none. */
uint32_t wm__conn_core_due(const struct wm_conn *c);
/* The protocol's deadline does not run while the connection is paused. */
void wm__conn_stop_clock(struct wm_conn *c);
void wm__conn_start_clock(struct wm_conn *c);

/* The core's own deadline: in `ms` from now; 0 removes it. */
void wm__conn_set_core_deadline(struct wm_conn *c, uint32_t ms);

/* ---- input.c ---- */

/* The event callback: reads and decodes, writes what was stuck. */
void wm__conn_ready(evutil_socket_t fd, short what, void *arg);

/* As if these bytes had been read, or the end of file. */
void wm__conn_feed(struct wm_conn *c, char *data, size_t len);
void wm__conn_feed_eof(struct wm_conn *c);

/* Goes on with the unread bytes, if the connection may decode. */
void wm__conn_decode(struct wm_conn *c);

/* The reason to close for an error of decode or open. */
enum wm_close_reason wm__conn_reason_of(int error);

/* ---- output.c ---- */

/* The buffer to append to, made if need be; null when memory ran out. */
struct wm_buf *wm__conn_out(struct wm_conn *c);

/* Encoded bytes that are owed already, whatever the limits. */
void wm__conn_append(struct wm_conn *c, const void *data, size_t len);

/* Says that bytes may have been appended. Returns enum wm_sent. */
int wm__conn_appended(struct wm_conn *c);

/* Appends encoded bytes under the rules of wm_conn_send(). */
int wm__conn_emit(struct wm_conn *c, const void *data, size_t len);

/* Watches for what the connection can use now. */
void wm__conn_watch(struct wm_conn *c);

/* Sends what it can. */
void wm__conn_flush(struct wm_conn *c);

/* What became of it: the kernel has taken all, so that there is no buffer any
   more; or takes no more for now, after some (`progress`) or nothing. Whoever
   empties the output of a detached connection says so himself. */
void wm__conn_all_sent(struct wm_conn *c);
void wm__conn_stuck(struct wm_conn *c, bool progress);
void wm__conn_drop_output(struct wm_conn *c);

/* Releases the spare buffers of a process. */
void wm__output_fini(struct wm_proc *p);

#endif
