/* SPDX-License-Identifier: MIT */
/*
 * A connection of the real core without a socket: bytes go in, messages and
 * bytes come out, time passes when the test says so. The only parts missing
 * are recv(2), send(2) and the loop. Part of the library because the kit of
 * <workerman/protocol-test.h> feeds protocols with it; our own unit tests
 * use it directly.
 */
#ifndef KIT_WIRE_H
#define KIT_WIRE_H

#include <workerman/conn.h>

struct wire;

/* Short where they are used, ours where they are linked. */
#define wire_advance       wm__wire_advance
#define wire_calls         wm__wire_calls
#define wire_conn          wm__wire_conn
#define wire_data          wm__wire_data
#define wire_eof           wm__wire_eof
#define wire_feed          wm__wire_feed
#define wire_free          wm__wire_free
#define wire_held          wm__wire_held
#define wire_is_closed     wm__wire_is_closed
#define wire_limits        wm__wire_limits
#define wire_message       wm__wire_message
#define wire_messages      wm__wire_messages
#define wire_move          wm__wire_move
#define wire_new           wm__wire_new
#define wire_new_on        wm__wire_new_on
#define wire_of            wm__wire_of
#define wire_open          wm__wire_open
#define wire_open_how      wm__wire_open_how
#define wire_output        wm__wire_output
#define wire_proc          wm__wire_proc
#define wire_reason        wm__wire_reason
#define wire_run           wm__wire_run
#define wire_set_data      wm__wire_set_data
#define wire_set_options   wm__wire_set_options
#define wire_stall         wm__wire_stall
#define wire_take_messages wm__wire_take_messages
#define wire_take_output   wm__wire_take_output
#define wire_turn          wm__wire_turn
#define wire_unread        wm__wire_unread

/* Messages as the application got them; the data is a copy, terminated. */
struct wire_message {
	char *data;
	size_t len;
	unsigned flags;
};

#define WIRE_DATA_SIZE 64 /* bytes behind wm_conn_data() */

/*
 * Opens a connection of that protocol, of the one it begins as first.
 * Limits: null, or 0 in a field, is the default. Handlers (null: none) are
 * copied and called after the wire has noted the event. Aborts when memory
 * runs out; a connection that its protocol refused is closed.
 */
struct wire *wire_new(const struct wm_protocol *protocol,
    const struct wm_limits *limits, const struct wm_handlers *handlers);
void wire_free(struct wire **w);

/*
 * The same on a connected socket, which it owns: real reads and writes, in
 * the loop that wire_run() turns until done(w) says so, and at least once.
 * Returns the number of turns; aborts the test when 20 s pass.
 */
struct wire *wire_new_on(int fd, const struct wm_protocol *protocol,
    const struct wm_limits *limits, const struct wm_handlers *handlers);
unsigned wire_run(struct wire *w, bool (*done)(struct wire *));

/* The same with all that there is to say; a member left out is none. */
struct wire_how {
	const struct wm_protocol *protocol;
	const struct wm_limits *limits;
	const struct wm_handlers *handlers;
	const void *options;   /* wm_conn_options() */
	size_t conn_data_size; /* at least WIRE_DATA_SIZE are there */
	bool has_socket;
	int socket;
};
struct wire *wire_open_how(const struct wire_how *how);

/* One more connection beside the wire's own. Its output stays in it. */
struct wm_conn *wire_open(struct wire *w);

/*
 * Bytes of the peer, or its end, as one read finds them. They are copied
 * first, into memory of exactly their size: decoders write in place, and an
 * overrun is seen; what the core keeps of them unread likewise, as long as
 * it is little. A connection that reads no more ignores them. The turn of
 * the loop is not over: wire_turn() ends it.
 */
void wire_feed(struct wire *w, const void *bytes, size_t len);
void wire_eof(struct wire *w);

/* Ends the turn: what was sent so far has left, a closed connection ends. */
void wire_turn(struct wire *w);

/* From now on the peer takes nothing of what is sent, or all of it again. */
void wire_stall(struct wire *w, bool stalled);

/*
 * The connection moves as in a reload: it is frozen, ends, and is thawed into a
 * new one, with a copy of the application's data. Returns 0; the error of
 * freezing, with all as it was; or WM_E_CLOSED when it was not to be thawed,
 * and is gone.
 */
int wire_move(struct wire *w);

/* Lets seconds pass, one by one, with a turn after each. */
void wire_advance(struct wire *w, unsigned seconds);

/* What was sent in all turns until now, or since it was taken. Never null. */
struct wm_span wire_output(struct wire *w);
void wire_take_output(struct wire *w);

/* The messages until now, or since they were taken: how many, and one. */
void wire_take_messages(struct wire *w);
size_t wire_messages(const struct wire *w);
const struct wire_message *wire_message(const struct wire *w, size_t i);

/* Whether the connection has ended, and why; how often on_connect, on_close
   and on_error were called. */
bool wire_is_closed(const struct wire *w);
enum wm_close_reason wire_reason(const struct wire *w);

struct wire_calls {
	unsigned connect, close, error, full, drain;
	int last_error; /* given to on_error */
};
const struct wire_calls *wire_calls(const struct wire *w);

/* Bytes that the protocol has not used; requests that await their answer. */
size_t wire_unread(const struct wire *w);
unsigned wire_held(const struct wire *w);

/* The connection; null once it has ended. */
struct wm_conn *wire_conn(struct wire *w);
struct wm_proc *wire_proc(struct wire *w);

/* The wire of a connection, for handlers; and a pointer of the test's own. */
struct wire *wire_of(const struct wm_conn *c);
void wire_set_data(struct wire *w, void *data);
void *wire_data(const struct wire *w);

/* What wm_conn_options() says from now on; null at first. */
void wire_set_options(struct wire *w, const void *options);

/* Complete limits: the defaults under what `limits` (or null) names. */
struct wm_limits wire_limits(const struct wm_limits *limits);

#endif
