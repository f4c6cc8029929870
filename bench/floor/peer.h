/* SPDX-License-Identifier: MIT */
/*
 * A connection of the floor: what is received goes to its talk, what is sent
 * goes to the socket, and only what the socket does not take is kept.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>

struct event;
struct ssl_st;
struct peer;

/* What is said: http.c, websocket.c, echo.c. */
struct talk {
	const char *name;
	size_t state_size; /* bytes per connection, zeroed */
	/*
	 * Takes all of the bytes, and may change them; PEER_SLACK bytes before
	 * them and behind them may be written to.
	 */
	void (*hear)(struct peer *p, unsigned char *bytes, size_t len);
	void (*close)(struct peer *p); /* may be null */
};

extern const struct talk talk_http, talk_websocket, talk_echo;

/* How readiness is learned of: loop_epoll.c, loop_event.c. */
struct loop {
	const char *name;
	void (*run)(int listener);
	void (*watch)(struct peer *p); /* for reading, once */
	void (*arm)(struct peer *p, bool write);
	void (*forget)(struct peer *p);
};

extern const struct loop loop_epoll, loop_event;

#define PEER_BUFFER ((size_t)512 << 10)
#define PEER_SLACK  64

struct peer {
	int fd;
	bool armed, shaken, dead;
	struct ssl_st *tls;
	struct event *readable, *writable; /* of loop_event */
	/* Not taken by the socket: what was copied, or else what lives for
	   ever and was not. */
	unsigned char *copied;
	const unsigned char *unsent;
	size_t unsent_len, copied_size;
	/* The talk's: state_size bytes follow. */
	max_align_t state[];
};

/* Says so to all connections from now on. */
void peer_setup(const struct loop *loop, const struct talk *talk);

/* Accepts what waits. */
void peer_accept(int listener);

/* epoll or libevent says so; may release the peer. */
void peer_readable(struct peer *p);
void peer_writable(struct peer *p);

/* peer_send() copies what is not taken; peer_send_static() need not. */
void peer_send(struct peer *p, const void *bytes, size_t len);
void peer_send_static(struct peer *p, const void *bytes, size_t len);

/* After the return to the loop's callback. */
void peer_drop(struct peer *p);

#endif
