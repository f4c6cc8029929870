/* SPDX-License-Identifier: MIT */
/*
 * Answers to GET, made when the program starts. Their Date is of then.
 */
#ifndef BENCH_ANSWERS_H
#define BENCH_ANSWERS_H

#include <stddef.h>

#define ANSWERS_RUN 16 /* of one kind that lie behind one another */

struct answer {
	const unsigned char *bytes;
	size_t len;
};

/* With the files WWW/s and WWW/b where they exist. 0, or -1. */
int answers_setup(const char *www);

/* `n` answers in a row, 1 to ANSWERS_RUN, to the path that begins so. */
struct answer answers_get(unsigned char initial, unsigned n);

/* Writes a header block for a body of `len` bytes; returns its length. */
size_t answers_head(unsigned char *buf, size_t size, const char *type,
    size_t len);

#endif
