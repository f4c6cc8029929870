/* SPDX-License-Identifier: MIT */
/*
 * What a run counts, and the line of JSON that it ends with.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#define REPORT_SERVERS 16
#define REPORT_SLICES  600

struct report {
	bool counting;       /* warmed up */
	uint64_t begun, now; /* ns */
	uint64_t messages, bytes;
	/* Processes whose CPU time is asked for. */
	int servers[REPORT_SERVERS];
	unsigned n_servers;
	uint64_t cpu_begun, own_cpu_begun; /* ns */
	struct slice {
		uint64_t messages, cpu; /* since the beginning */
	} slices[REPORT_SLICES];
	unsigned n_slices;
	uint64_t slice_due;
	/* Times from question to answer, in classes of 1/32 of their size. */
	uint64_t latencies[64 * 32];
	uint64_t slowest;
};

/* Reads "1,2,3". */
void report_servers(struct report *r, const char *pids);

void report_tick(struct report *r); /* reads the clock into r->now */
void report_begin(struct report *r);
void report_message(struct report *r, uint64_t asked_at);
void report_print(const struct report *r, const char *workload);

#endif
