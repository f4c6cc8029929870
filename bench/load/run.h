/* SPDX-License-Identifier: MIT */
/*
 * One run of a workload: when which connection asks, and when it is enough.
 */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "dialect.h"
#include "report.h"

struct conn;
struct workload;

struct run {
	const struct workload *workload;
	unsigned port;
	unsigned conns;    /* that do what the workload says */
	unsigned idle;     /* that ask once and stay */
	uint64_t messages; /* to be answered; 0: the time decides */
	double warmup, seconds;

	int epoll;
	struct script script;
	struct conn *all; /* conns, then idle */
	unsigned started, ready, settled;
	bool asking; /* all are open */
	uint64_t asked, answered;
	unsigned *heard; /* of the last `depth` messages to a room */
	unsigned char *buffer;
	struct report report;
};

#define RUN_BUFFER ((size_t)512 << 10)

/* Returns when it is over; dies if anything is wrong. */
void run_workload(struct run *run);

/* Connections call this: ready for questions, and answered one. */
void run_opened(struct run *run, struct conn *c);
void run_answered(struct run *run, struct conn *c);

#endif
