/* SPDX-License-Identifier: MIT */
/*
 * A connection without sockets: enough of the core to run a protocol against
 * the rules that protocol.h states, from bytes to bytes. What a protocol must
 * not do (use more than there is, claim progress without any) fails the test.
 */
#ifndef FAKE_CONN_H
#define FAKE_CONN_H

#include <workerman/workerman.h>

struct fake_setup {
	const struct wm_protocol *protocol;
	const struct wm_handlers *handlers;
	const struct wm_limits *limits; /* null, or 0 in it: the default */
	const void *options;            /* wm_conn_options() */
};

/* A connection that is open; ends with fake_free(). */
struct wm_conn *fake_new(const struct fake_setup *setup);
void fake_free(struct wm_conn **c);

/* Bytes of the peer; its end. What can be decoded is. */
void fake_feed(struct wm_conn *c, const void *data, size_t len);
void fake_feed_eof(struct wm_conn *c);

/* The end of a loop turn: what was held up is decoded, a closed connection's
   protocol is told. */
void fake_turn(struct wm_conn *c);

/* What the connection has sent so far, and forgetting it. */
struct wm_span fake_output(const struct wm_conn *c);
void fake_output_clear(struct wm_conn *c);

bool fake_closed(const struct wm_conn *c);
enum wm_close_reason fake_reason(const struct wm_conn *c);

/* What is recorded of it. */
size_t fake_buffered(const struct wm_conn *c);     /* unread bytes */
size_t fake_buffered_max(const struct wm_conn *c); /* the most there were */
unsigned fake_held(const struct wm_conn *c);
uint32_t fake_deadline_ms(const struct wm_conn *c);
const struct wm_protocol *fake_next_protocol(const struct wm_conn *c);

/* What happens to it. */
void fake_pass_deadline(struct wm_conn *c);
void fake_set_draining(bool draining);
void fake_set_unsent(struct wm_conn *c, size_t unsent);
void fake_set_time(int64_t now);
struct wm_proc *fake_proc(void);

/* Input in one buffer that grows, instead of in a new one of exactly the
   right size for each call, in which every overrun is seen. */
void fake_set_roomy(struct wm_conn *c);

/* How many lines were logged since the start. */
unsigned fake_logged(void);

/*
 * Feeds `data` to new connections in every way: whole, byte by byte, and in
 * two at every place; calls check(c, arg) behind each.
 */
void feed_all_ways(const struct fake_setup *setup, const void *data, size_t len,
    void (*check)(struct wm_conn *, void *), void *arg);

#endif
