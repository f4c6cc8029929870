/* SPDX-License-Identifier: MIT */
/*
 * A TCP connection to 127.0.0.1, with TLS or without: never blocks.
 */
#ifndef BENCH_LINK_H
#define BENCH_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct ssl_st;

struct link {
	int fd;
	struct ssl_st *tls;
};

#define LINK_AGAIN (-1)

/* Begins to connect, from one of many local addresses if asked for: so that
   ports last when many connections close. */
void link_connect(struct link *l, unsigned port, bool spread);
/* What came of it; dies if nothing did. */
void link_connected(const struct link *l);
void link_close(struct link *l);

/* Begins TLS; does what can be done of the handshake: whether it is over. */
void link_tls(struct link *l);
bool link_shake(struct link *l);

/* Bytes, LINK_AGAIN, or 0 from link_read() when the server closed. Errors are
   the end. */
ssize_t link_read(struct link *l, void *buf, size_t size);
ssize_t link_write(struct link *l, const void *buf, size_t len);

#endif
