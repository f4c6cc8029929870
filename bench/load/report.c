/* SPDX-License-Identifier: MIT */
/*
 * Counting. CPU time is that of the server's processes, as the kernel counts
 * it (to the nanosecond, in all threads), in slices: the runner takes a low
 * quantile of them, which other programs on the machine disturb least.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/types.h>

#include "die.h"
#include "report.h"

#define SLICE   200000000u /* ns */
#define CLASSES 32u        /* per power of two */

static uint64_t
ns(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t) < 0)
		return 0; /* it is over */
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void
report_servers(struct report *r, const char *pids)
{
	for (char *end; *pids != '\0'; pids = *end == ',' ? end + 1 : end) {
		long pid = strtol(pids, &end, 10);

		if (pid <= 0 || end == pids || r->n_servers == REPORT_SERVERS)
			die("bad list of processes");
		r->servers[r->n_servers++] = (int)pid;
	}
}

static uint64_t
server_cpu(const struct report *r)
{
	uint64_t sum = 0;
	clockid_t clock;

	for (unsigned i = 0; i < r->n_servers; i++)
		if (clock_getcpuclockid(r->servers[i], &clock) == 0)
			sum += ns(clock);
	return sum;
}

void
report_begin(struct report *r)
{
	r->counting = true;
	r->begun = r->now = ns(CLOCK_MONOTONIC);
	r->messages = r->bytes = r->slowest = 0;
	r->n_slices = 0;
	memset(r->latencies, 0, sizeof(r->latencies));
	r->cpu_begun = server_cpu(r);
	r->own_cpu_begun = ns(CLOCK_PROCESS_CPUTIME_ID);
	r->slice_due = r->begun + SLICE;
}

void
report_tick(struct report *r)
{
	r->now = ns(CLOCK_MONOTONIC);
	if (!r->counting || r->now < r->slice_due ||
	    r->n_slices == REPORT_SLICES)
		return;
	r->slices[r->n_slices++] = (struct slice){ .messages = r->messages,
		.cpu = server_cpu(r) - r->cpu_begun };
	r->slice_due = r->now + SLICE;
}

static unsigned
class_of(uint64_t v)
{
	unsigned log = 0;

	while (v >> log >= 2 * CLASSES)
		log++;
	return log == 0 ? (unsigned)v : log * CLASSES + (unsigned)(v >> log);
}

/* The smallest value of a class. */
static uint64_t
class_value(unsigned class)
{
	if (class < 2 * CLASSES)
		return class;
	unsigned log = class / CLASSES - 1;

	return (uint64_t)(class - log * CLASSES) << log;
}

void
report_message(struct report *r, uint64_t asked_at)
{
	uint64_t took = r->now > asked_at ? r->now - asked_at : 0;

	if (!r->counting)
		return;
	r->messages++;
	r->latencies[class_of(took)]++;
	if (took > r->slowest)
		r->slowest = took;
}

/* Microseconds that `part` of all answers took at most. */
static double
quantile(const struct report *r, double part)
{
	uint64_t want = (uint64_t)((double)r->messages * part), seen = 0;
	unsigned n = sizeof(r->latencies) / sizeof(*r->latencies);

	for (unsigned i = 0; i < n; i++) {
		seen += r->latencies[i];
		if (seen > want)
			return (double)class_value(i) / 1e3;
	}
	return (double)r->slowest / 1e3;
}

static void
print_slices(const struct report *r)
{
	struct slice last = { 0, 0 };

	printf("\"slices\": [");
	for (unsigned i = 0; i < r->n_slices; i++) {
		const struct slice *s = &r->slices[i];

		printf("%s[%llu, %llu]", i > 0 ? ", " : "",
		    (unsigned long long)(s->messages - last.messages),
		    (unsigned long long)(s->cpu - last.cpu));
		last = *s;
	}
	printf("]");
}

void
report_print(const struct report *r, const char *workload)
{
	printf("{\"workload\": \"%s\", \"messages\": %llu, \"bytes\": %llu, "
	       "\"ns\": %llu, \"cpu_ns\": %llu, \"own_cpu_ns\": %llu, "
	       "\"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, "
	       "\"max_us\": %.1f, ",
	    workload, (unsigned long long)r->messages,
	    (unsigned long long)r->bytes,
	    (unsigned long long)(r->now - r->begun),
	    (unsigned long long)(server_cpu(r) - r->cpu_begun),
	    (unsigned long long)(ns(CLOCK_PROCESS_CPUTIME_ID) -
		r->own_cpu_begun),
	    quantile(r, 0.5), quantile(r, 0.99), quantile(r, 0.999),
	    (double)r->slowest / 1e3);
	print_slices(r);
	puts("}");
}
