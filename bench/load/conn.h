/* SPDX-License-Identifier: MIT */
/*
 * A client's connection: gets ready, says what is put into it, and hands what
 * it hears to the dialect. What it does with an answer is decided by run.c.
 */
#ifndef BENCH_CONN_H
#define BENCH_CONN_H

#include "dialect.h"
#include "link.h"

struct run;

enum stage { STAGE_CONNECTING, STAGE_SHAKING, STAGE_OPENING, STAGE_OPEN };

struct conn {
	struct link link;
	enum stage stage;
	bool armed; /* to be told when it can be written to */
	uint32_t id;
	uint32_t asked, answered; /* numbers of questions, of answers */
	uint64_t *asked_at;       /* of the last `depth` ones */
	struct ear ear;
	unsigned char *out; /* what is to be said; out_sent of it has been */
	size_t out_len, out_sent, out_size;
};

void conn_start(struct run *run, struct conn *c);
void conn_close(struct conn *c);

/* Puts a question into the output; conn_flush() sends it. */
void conn_ask(struct run *run, struct conn *c);
void conn_flush(struct run *run, struct conn *c);

/* epoll says so. */
void conn_ready(struct run *run, struct conn *c, unsigned events);

#endif
