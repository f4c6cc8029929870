/* SPDX-License-Identifier: MIT */
/*
 * What is sent and must come back: a text that everybody can compute, the
 * first 16 bytes of which say whose message it is and which one, so that an
 * answer that went to the wrong connection, or comes twice, is noticed.
 */
#ifndef BENCH_PAYLOAD_H
#define BENCH_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GREETING     "Hello, World!"
#define GREETING_LEN (sizeof(GREETING) - 1)
#define JSON_BODY    "{\"message\":\"" GREETING "\"}"
#define JSON_LEN     (sizeof(JSON_BODY) - 1)

#define STAMP_LEN 16

struct payload {
	unsigned char *bytes;
	size_t len;
	bool stamped;
};

/* Letters without an end of line; bytes of any other length begin alike. */
void payload_fill(unsigned char *bytes, size_t len);

/* On the heap, for ever. Stamped if it is long enough. */
struct payload payload_pattern(size_t len);
struct payload payload_text(const char *text, size_t len);

/* The stamp of a connection's message, in hexadecimal digits. */
void payload_stamp(unsigned char stamp[STAMP_LEN], uint32_t conn,
    uint32_t number);

/* Whether `len` bytes are those at offset `at` of the payload, with that
   stamp. */
bool payload_is(const struct payload *p, const unsigned char *stamp, size_t at,
    const unsigned char *bytes, size_t len);

/* Writes the files DIR/s and DIR/b, the bodies of H5s and H5b. */
int payload_write_files(const char *dir);

#endif
