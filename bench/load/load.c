/* SPDX-License-Identifier: MIT */
/*
 * The load generator: one thread, epoll, every byte of every answer checked.
 *
 *	load WORKLOAD port=N [NAME=VALUE]...
 *	load list                the workloads, as JSON
 *	load files DIR           writes DIR/s and DIR/b, which H5s and H5b want
 *
 *	messages=N   questions to ask; or
 *	seconds=S    how long to ask, after
 *	warmup=S
 *	conns=N      in place of the workload's
 *	idle=N       connections beside them that ask once and stay
 *	pids=A,B     processes whose CPU time is reported
 *
 * Prints one line of JSON and exits with 0; with 1 and a word on standard
 * error when a byte was wrong or nothing came; with 2 when misused. Idle
 * workloads print how many are open, and end with their standard input.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "payload.h"
#include "run.h"
#include "workload.h"

static struct run run;

static int
usage(void)
{
	fputs("usage: load WORKLOAD port=N [messages=N | seconds=S] "
	      "[warmup=S] [conns=N] [idle=N] [pids=A,B]\n"
	      "       load list | load files DIR\n",
	    stderr);
	return 2;
}

static bool
is(const char *name, size_t len, const char *want)
{
	return strlen(want) == len && memcmp(name, want, len) == 0;
}

/* NAME=VALUE */
static bool
option(const char *arg)
{
	const char *value = strchr(arg, '=');
	size_t len = value != NULL ? (size_t)(value++ - arg) : 0;
	char *end = NULL;
	double number = value != NULL ? strtod(value, &end) : 0;

	if (value != NULL && is(arg, len, "pids")) {
		report_servers(&run.report, value);
		return true;
	}
	if (value == NULL || end == value || *end != '\0' || number < 0)
		return false;
	if (is(arg, len, "port"))
		run.port = (unsigned)number;
	else if (is(arg, len, "messages"))
		run.messages = (uint64_t)number;
	else if (is(arg, len, "seconds"))
		run.seconds = number;
	else if (is(arg, len, "warmup"))
		run.warmup = number;
	else if (is(arg, len, "conns"))
		run.conns = (unsigned)number;
	else if (is(arg, len, "idle"))
		run.idle = (unsigned)number;
	else
		return false;
	return true;
}

static void
allow_many_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "list") == 0) {
		workload_list();
		return 0;
	}
	if (argc == 3 && strcmp(argv[1], "files") == 0)
		return payload_write_files(argv[2]) < 0 ? 1 : 0;
	run.workload = argc > 2 ? workload_find(argv[1]) : NULL;
	if (run.workload == NULL)
		return usage();
	run.conns = run.workload->conns;
	run.seconds = 1;
	for (int i = 2; i < argc; i++)
		if (!option(argv[i]))
			return usage();
	if (run.port == 0 || run.conns == 0)
		return usage();
	signal(SIGPIPE, SIG_IGN);
	allow_many_files();
	run_workload(&run);
	return 0;
}
