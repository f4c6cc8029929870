/* SPDX-License-Identifier: MIT */
/*
 * TLS of the floor: OpenSSL as it is cheapest, that is with read-ahead and
 * without buffers for idle connections.
 */
#ifndef BENCH_SECURE_H
#define BENCH_SECURE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct ssl_st;

/* From files in PEM. 0, or -1 with a line on standard error. */
int secure_setup(const char *cert, const char *key);
bool secure_on(void);

struct ssl_st *secure_new(int fd);
void secure_free(struct ssl_st *tls); /* may be null */

/* 1: done, 0: wait, -1: failed. */
int secure_shake(struct ssl_st *tls);

/* As recv() and send(), errno EAGAIN included. */
ssize_t secure_read(struct ssl_st *tls, void *buf, size_t size);
ssize_t secure_write(struct ssl_st *tls, const void *buf, size_t len);
bool secure_pending(const struct ssl_st *tls);

#endif
