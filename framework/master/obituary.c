/* SPDX-License-Identifier: MIT */
/* Wait statuses and ages as words. Who died, and what follows, is not
   known here. */
#include "config.h"

#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "framework/master/obituary.h"

static const struct {
	int signo;
	const char *name;
	const char *words;
} obituary_signals[] = {
	{ SIGABRT, "SIGABRT", "aborted, usually by a failed assertion" },
	{ SIGALRM, "SIGALRM", "alarm clock" },
	{ SIGBUS, "SIGBUS", "mapped file shrank or bad alignment" },
	{ SIGFPE, "SIGFPE", "arithmetic error" },
	{ SIGHUP, "SIGHUP", "hang-up" },
	{ SIGILL, "SIGILL", "illegal instruction" },
	{ SIGINT, "SIGINT", "interrupt" },
	{ SIGKILL, "SIGKILL", "kill -9 or out of memory" },
	{ SIGPIPE, "SIGPIPE", "wrote to a closed pipe" },
	{ SIGQUIT, "SIGQUIT", "quit" },
	{ SIGSEGV, "SIGSEGV", "invalid memory access" },
	{ SIGSYS, "SIGSYS", "forbidden system call" },
	{ SIGTERM, "SIGTERM", "termination" },
	{ SIGTRAP, "SIGTRAP", "trap" },
	{ SIGUSR1, "SIGUSR1", "user signal" },
	{ SIGUSR2, "SIGUSR2", "user signal" },
	{ SIGXCPU, "SIGXCPU", "limit of CPU time" },
	{ SIGXFSZ, "SIGXFSZ", "limit of file size" },
};

const char *
wm__obituary_signal(int signo)
{
	for (size_t i = 0;
	     i < sizeof(obituary_signals) / sizeof(*obituary_signals); i++)
		if (obituary_signals[i].signo == signo)
			return obituary_signals[i].name;
	return "a signal";
}

char *
wm__obituary(int wait_status, char *buf, size_t size)
{
	int signo;

	if (!WIFSIGNALED(wait_status)) {
		snprintf(buf, size, "exited with status %d",
		    WEXITSTATUS(wait_status));
		return buf;
	}
	signo = WTERMSIG(wait_status);
	for (size_t i = 0;
	     i < sizeof(obituary_signals) / sizeof(*obituary_signals); i++)
		if (obituary_signals[i].signo == signo) {
			snprintf(buf, size, "was killed by %s (%s)",
			    obituary_signals[i].name,
			    obituary_signals[i].words);
			return buf;
		}
	snprintf(buf, size, "was killed by signal %d", signo);
	return buf;
}

char *
wm__obituary_age(long long ms, char *buf, size_t size)
{
	long long s = ms / 1000;

	if (s < 60)
		snprintf(buf, size, "%lld.%03lld s", s, ms % 1000);
	else if (s < 3600)
		snprintf(buf, size, "%lld min %lld s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, size, "%lld h %lld min", s / 3600, s % 3600 / 60);
	else
		snprintf(buf, size, "%lld d %lld h", s / 86400,
		    s % 86400 / 3600);
	return buf;
}
