/* SPDX-License-Identifier: MIT */
/*
 * A program that has trouble when told to: --trouble WHAT before it serves,
 * and lines of text for its worker "line" while it does. The integration
 * tests of start and supervision run it.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <workerman/workerman.h>

#define MASTER_FD 3 /* where a worker and its master talk */

static const char *trouble = "";

static bool
has(const char *what)
{
	return strcmp(trouble, what) == 0;
}

/* ---- before wm_main() ---- */

static void *
idle_thread(void *arg)
{
	pause();
	return arg;
}

static void
misbehave_in_main(void)
{
	pthread_t thread;

	if (wm_role() != WM_ROLE_DESCRIBE)
		return;
	if (has("main-crashes"))
		abort();
	if (has("main-exits"))
		exit(9);
	if (has("main-ends"))
		exit(0);
	if (has("main-hangs"))
		pause();
	if (has("main-thread"))
		pthread_create(&thread, NULL, idle_thread, NULL);
	if (has("main-child") && fork() == 0)
		_exit(0);
	if (has("main-socket") && socket(AF_INET, SOCK_STREAM, 0) < 0)
		exit(1);
}

static int
on_prepare(const struct wm_app *app)
{
	(void)app;
	if (has("prepare-crashes"))
		raise(SIGSEGV);
	return has("prepare-refuses") ? -1 : 0;
}

/* ---- ways to die, with names that a backtrace shows ---- */

#define NAMED __attribute__((noinline))

static volatile int *volatile nowhere;

NAMED static void
trouble_access(void)
{
	*nowhere = 1;
}

NAMED static void
trouble_overflow(void)
{
	volatile char bytes[4096];

	bytes[0] = 1;
	if (bytes[0] != 0)
		trouble_overflow();
	bytes[1] = 2;
}

NAMED static void
trouble_spin(void)
{
	volatile int turning = 1;

	while (turning)
		;
}

NAMED static void
trouble_timer(struct wm_proc *p, void *arg)
{
	(void)p;
	(void)arg;
	trouble_access();
	nowhere = NULL; /* or the call would be a jump */
}

static void *
trouble_thread(void *arg)
{
	trouble_access();
	return arg;
}

/* Whether the line was one of them, and the process still lives. */
NAMED static bool
die_of(struct wm_conn *c, const char *line)
{
	pthread_t thread;

	if (strcmp(line, "access") == 0)
		trouble_access();
	else if (strcmp(line, "overflow") == 0)
		trouble_overflow();
	else if (strcmp(line, "spin") == 0)
		trouble_spin();
	else if (strcmp(line, "spin on") == 0) {
		signal(SIGABRT, SIG_IGN);
		trouble_spin();
	} else if (strcmp(line, "access in a timer") == 0)
		wm_timer_once(wm_conn_proc(c), 1, trouble_timer, NULL);
	else if (strcmp(line, "access in a thread") == 0)
		pthread_create(&thread, NULL, trouble_thread, NULL);
	else if (strcmp(line, "kill") == 0)
		raise(SIGKILL);
	else
		return false;
	return true;
}

/* ---- the worker ---- */

static int
on_worker_start(struct wm_proc *p)
{
	if (has("start-refuses"))
		return -1;
	if (has("start-crashes"))
		abort();
	if (has("start-exits"))
		exit(3);
	if (has("start-hangs"))
		pause();
	/* Only the replacement of the first one. */
	if (has("second-crashes") && wm_proc_slot(p) == 0 &&
	    access("trouble", F_OK) == 0)
		abort();
	return 0;
}

static void
answer(struct wm_conn *c, const char *text)
{
	wm_conn_send(c, text, strlen(text));
}

static void
answer_identity(struct wm_conn *c)
{
	char text[128];

	snprintf(text, sizeof(text), "%ld:%ld %d", (long)getuid(),
	    (long)getgid(), getgroups(0, NULL));
	answer(c, text);
}

static void
burn(long seconds)
{
	time_t until = time(NULL) + seconds;

	while (time(NULL) < until)
		;
}

static void
on_message(struct wm_conn *c, const struct wm_msg *m)
{
	char line[256], text[512];

	snprintf(line, sizeof(line), "%.*s", (int)m->len, m->data);
	if (strcmp(line, "pid") == 0) {
		snprintf(text, sizeof(text), "%ld", (long)getpid());
		answer(c, text);
	} else if (strcmp(line, "cwd") == 0) {
		answer(c, getcwd(text, sizeof(text)) != NULL ? text : "?");
	} else if (strcmp(line, "id") == 0) {
		snprintf(text, sizeof(text), "%llu",
		    (unsigned long long)wm_conn_id(c));
		answer(c, text);
	} else if (strcmp(line, "who") == 0) {
		answer_identity(c);
	} else if (strcmp(line, "crash") == 0) {
		abort();
	} else if (strncmp(line, "exit ", 5) == 0) {
		_exit((int)strtol(line + 5, NULL, 10));
	} else if (strncmp(line, "burn ", 5) == 0) {
		burn(strtol(line + 5, NULL, 10));
	} else if (strncmp(line, "block ", 6) == 0) {
		wm_log(WM_LOG_INFO, "blocking");
		for (unsigned left = (unsigned)strtoul(line + 6, NULL, 10);
		     left > 0;)
			left = sleep(left);
	} else if (strcmp(line, "garble") == 0) {
		send(MASTER_FD, "nonsense", 8, 0);
	} else if (strcmp(line, "hang up") == 0) {
		close(MASTER_FD);
	} else if (strncmp(line, "log ", 4) == 0) {
		wm_log(WM_LOG_INFO, "%s", line + 4);
		answer(c, "logged");
	} else if (!die_of(c, line)) {
		answer(c, line);
	}
}

static void
on_close(struct wm_conn *c, enum wm_close_reason reason)
{
	(void)c;
	(void)reason;
	if (has("close-crashes"))
		trouble_access();
}

static struct wm_worker workers[] = {
	{ .name = "line",
	    .listen = "text://127.0.0.1:0",
	    .count = 2,
	    .on_worker_start = on_worker_start,
	    .on_message = on_message,
	    .on_close = on_close },
	{ .name = "task" },
	{ .name = NULL },
};

static const struct wm_option options[] = {
	{ "trouble", "WHAT", "misbehave" },
	{ "user", "USER", "run as this user" },
	{ "watchdog", "SECONDS", "that a callback may last" },
	{ "group", "GROUP", "run with this group" },
	{ "cpus", "CPUS", "run on these" },
	{ "nofile", "N", "with so many open files" },
	{ NULL, NULL, NULL },
};

static const struct wm_app app = { .name = "troubled",
	.version = "0",
	.workers = workers,
	.options = options,
	.on_prepare = on_prepare };

int
main(int argc, char **argv)
{
	const char *value = wm_option_value(argc, argv, "trouble");

	if (value != NULL)
		trouble = value;
	workers[0].user = wm_option_value(argc, argv, "user");
	value = wm_option_value(argc, argv, "watchdog");
	if (value != NULL)
		workers[0].watchdog = (unsigned)strtoul(value, NULL, 10);
	workers[0].group = wm_option_value(argc, argv, "group");
	workers[0].cpus = wm_option_value(argc, argv, "cpus");
	value = wm_option_value(argc, argv, "nofile");
	if (value != NULL)
		workers[0].nofile = (uint32_t)strtoul(value, NULL, 10);
	misbehave_in_main();
	return wm_main(&app, argc, argv);
}
