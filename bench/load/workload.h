/* SPDX-License-Identifier: MIT */
/*
 * The workloads: what is asked, of whom, by how many. The table in workload.c
 * is the only place that says so; `load list` prints it for bench/run.
 */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>

struct dialect;

/* What the connections do. */
enum manner {
	MANNER_KEEP,  /* ask, wait for the answer, ask again */
	MANNER_ROOM,  /* one speaks, all hear it: an answer is a delivery */
	MANNER_CHURN, /* connect, ask once, close, again */
	MANNER_IDLE   /* ask once, then stay */
};

struct workload {
	const char *name, *title;
	const struct dialect *dialect;
	enum manner manner;
	const char *path; /* http and WebSocket */
	unsigned conns;
	unsigned depth;          /* requests unanswered per connection */
	size_t size;             /* of the payload; http: of the answer's */
	bool tls, post, browser; /* browser: the headers that one sends */
	bool binary;             /* WebSocket: not text */
};

const struct workload *workload_find(const char *name);

/* Prints all as JSON, name: facts. */
void workload_list(void);

#endif
