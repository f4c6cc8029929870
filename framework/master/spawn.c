/* SPDX-License-Identifier: MIT */
/*
 * Fork and exec. Between the two, the child undoes what it shares with the
 * master: signal handlers first, while all signals are still blocked, so that
 * none of them acts on the master's loop.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/base/fd.h"
#include "framework/base/process.h"
#include "framework/ipc/ipc.h"
#include "framework/master/identity.h"
#include "framework/master/image.h"
#include "framework/master/spawn.h"

#ifndef NSIG
#define NSIG 65
#endif

#ifndef __linux__
extern char **environ;
#endif

static void
spawn_reset_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };

	for (int signo = 1; signo < NSIG; signo++)
		sigaction(signo, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGQUIT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

/* Makes `from` (or /dev/null) the descriptor `to`. */
static int
spawn_dup(int from, int to)
{
	int null = -1, failed;

	if (from < 0)
		from = null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (from < 0)
		return -1;
	failed = from == to ? wm__fd_set_cloexec(to, 0) : dup2(from, to);
	if (null != to)
		wm__fd_close(&null);
	return failed;
}

/*
 * Puts the descriptors in place. `err` may be any number: it is moved up
 * first, out of the way of what is placed.
 */
static int
spawn_descriptors(const struct wm__spawn *s)
{
	int err = s->err >= 0 ? fcntl(s->err, F_DUPFD_CLOEXEC, 10) : -1;
	int out = s->out >= 0 ? fcntl(s->out, F_DUPFD_CLOEXEC, 10) : -1;

	if (spawn_dup(s->ipc, WM__IPC_FD) < 0 ||
	    spawn_dup(-1, STDIN_FILENO) < 0 ||
	    spawn_dup(out, STDOUT_FILENO) < 0)
		return -1;
	if (err >= 0 && spawn_dup(err, STDERR_FILENO) < 0)
		return -1;
	wm__fd_cloexec_from(WM__IPC_FD + 1);
	return 0;
}

/* What the row allows it. Returns the step that failed, or null. */
static const char *
spawn_bound(const struct wm__spawn *s)
{
	static char step[160];

	if (s->nofile > 0 && wm__fd_set_limit(s->nofile) < 0) {
		snprintf(step, sizeof(step),
		    "set its limit of open files to %llu",
		    (unsigned long long)s->nofile);
		return step;
	}
	if (s->cpus != NULL && wm__process_pin(s->cpus, s->cpu) < 0) {
		snprintf(step, sizeof(step), "bind it to a CPU of \"%.80s\"",
		    s->cpus);
		return step;
	}
	return NULL;
}

/* All of the child. Returns, with the failed step, only on failure. */
static const char *
spawn_become(const struct wm__spawn *s)
{
	const char *step;
	sigset_t none;

	spawn_reset_signals();
	if (s->cwd >= 0 && fchdir(s->cwd) < 0)
		return "enter the directory of the start";
	if (spawn_descriptors(s) < 0)
		return "place its descriptors";
	if (s->group)
		setpgid(0, 0);
	step = spawn_bound(s);
	if (step != NULL)
		return step;
	if (setenv(WM__IPC_ROLE, s->role, 1) < 0)
		return "set its environment";
	if (s->identity != NULL && wm__identity_assume(s->identity, &step) < 0)
		return step;
	/* until a worker knows better: while it is not ready, it has nothing */
	wm__process_die_with_parent(SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	wm__image_exec(s->image, s->argv, environ);
	return "execute the program";
}

static void
spawn_child(const struct wm__spawn *s)
{
	const char *step = spawn_become(s);
	bool busy = errno == ETXTBSY;
	const char *error = strerror(errno);
	char why[256];

	snprintf(why, sizeof(why), "cannot %s: %s", step, error);
	if (busy)
		_exit(WM__SPAWN_BUSY);
	s->complain(WM__IPC_FD, why);
	_exit(127);
}

int
wm__spawn(const struct wm__spawn *s, pid_t *pid_r)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		spawn_child(s);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0)
		return WM_E_SYSTEM;
	if (s->group)
		setpgid(pid, pid); /* whoever comes first */
	*pid_r = pid;
	return 0;
}
