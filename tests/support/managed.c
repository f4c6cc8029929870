/* SPDX-License-Identifier: MIT */
/*
 * A program whose workers have every option of the table, set from its
 * command line. The integration tests of worker options, replacement, events
 * and deaths run it.
 *
 *	line      text: answers its pid; takes the options
 *	http      answers its pid; takes the options
 *	several   three listeners
 *	task      no listener; says in the log that it works
 *	watch     tells events to the log
 *	deaf      does not ask for events
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/workerman.h>

#define MEGABYTE ((size_t)1 << 20)
#define TICK_MS  10

static const char *born = "";

static bool
born_to(const char *what)
{
	return strcmp(born, what) == 0;
}

/* ---- line and http ---- */

static void
eat(unsigned long megabytes)
{
	static char *volatile meal;

	meal = malloc(megabytes * MEGABYTE);
	if (meal != NULL)
		memset(meal, 1, megabytes * MEGABYTE);
}

/* The file "trouble" where the program was typed makes slot 0 crash. */
static int
on_worker_start(struct wm_proc *p)
{
	if (born_to("crash") && wm_proc_slot(p) == 0 &&
	    access("trouble", F_OK) == 0)
		abort();
	wm_log(WM_LOG_INFO, "begins");
	return 0;
}

static void
on_worker_active(struct wm_proc *p)
{
	if (born_to("die") && wm_proc_slot(p) == 0)
		_exit(7);
	wm_log(WM_LOG_INFO, "is active");
}

static void
on_worker_reload(struct wm_proc *p)
{
	(void)p;
	wm_log(WM_LOG_INFO, "was told of a reload");
}

static void
on_worker_stop(struct wm_proc *p)
{
	(void)p;
	wm_log(WM_LOG_INFO, "has stopped");
}

static void
on_line(struct wm_conn *c, const struct wm_msg *m)
{
	char line[64], text[64];

	snprintf(line, sizeof(line), "%.*s", (int)m->len, m->data);
	if (strncmp(line, "eat ", 4) == 0)
		eat(strtoul(line + 4, NULL, 10));
	else if (strcmp(line, "crash") == 0)
		abort();
	snprintf(text, sizeof(text), "%ld", (long)getpid());
	wm_conn_send(c, text, strlen(text));
}

/* Requests that wait for their answer; the oldest is forgotten. */
static struct wm_http_ticket later[64];
static unsigned n_later;

static void
respond_pid(struct wm_http_response *response, char *text, size_t size)
{
	response->body = text;
	response->body_len =
	    (size_t)snprintf(text, size, "%ld\n", (long)getpid());
}

static void
on_later(struct wm_proc *p, void *arg)
{
	const struct wm_http_ticket *ticket = arg;
	struct wm_http_response response = { 0 };
	char text[32];

	respond_pid(&response, text, sizeof(text));
	wm_http_answer(p, *ticket, &response);
}

/* /later/MS is answered then, all else at once. */
static void
on_request(struct wm_conn *c, const struct wm_msg *m)
{
	struct wm_span path = wm_http_path(wm_http_request(m));
	struct wm_http_response response = { 0 };
	struct wm_http_ticket *ticket;
	char text[64];

	snprintf(text, sizeof(text), "%.*s", (int)path.len, path.data);
	if (strncmp(text, "/later/", 7) == 0) {
		ticket = &later[n_later++ % (sizeof(later) / sizeof(*later))];
		*ticket = wm_http_defer(c);
		wm_log(WM_LOG_INFO, "answers later");
		wm_timer_once(wm_conn_proc(c), strtoul(text + 7, NULL, 10),
		    on_later, ticket);
		return;
	}
	respond_pid(&response, text, sizeof(text));
	wm_http_respond(c, &response);
}

/* ---- task ---- */

static void
task_tick(struct wm_proc *p, void *arg)
{
	static unsigned ticks;

	(void)p, (void)arg;
	if (++ticks == 3)
		wm_log(WM_LOG_INFO, "works");
}

static void
task_active(struct wm_proc *p)
{
	wm_timer_every(p, TICK_MS, task_tick, NULL);
}

/* ---- watch ---- */

static void
on_event(struct wm_proc *p, const struct wm_event *e)
{
	(void)p;
	wm_log(WM_LOG_INFO, "event %s [%s] %u %ld %d g%u: %s",
	    wm_event_word(e->kind), e->worker, e->slot, e->pid, e->status,
	    e->generation, e->text);
}

/* ---- the table ---- */

static const struct wm_listener several[] = {
	{ .url = "text://127.0.0.1:0" },
	{ .url = "frame://127.0.0.1:0" },
	{ .url = "text://127.0.0.1:0" },
	{ .url = NULL },
};

enum { LINE, HTTP, SEVERAL, TASK, WATCH };

static struct wm_worker workers[] = {
	[LINE] = { .name = "line",
	    .listen = "text://127.0.0.1:0",
	    .on_worker_start = on_worker_start,
	    .on_worker_active = on_worker_active,
	    .on_worker_reload = on_worker_reload,
	    .on_worker_stop = on_worker_stop,
	    .on_message = on_line },
	[HTTP] = { .name = "http",
	    .listen = "http://127.0.0.1:0",
	    .on_worker_start = on_worker_start,
	    .on_worker_stop = on_worker_stop,
	    .on_message = on_request },
	[SEVERAL] = { .name = "several",
	    .listeners = several,
	    .count = 2,
	    .on_message = on_line },
	[TASK] = { .name = "task", .on_worker_active = task_active },
	[WATCH] = { .name = "watch", .count = 2, .on_event = on_event },
	{ .name = "deaf" },
	{ .name = NULL },
};

static const struct wm_option options[] = {
	{ "born", "WHAT", "to crash, while there is a file; to die" },
	{ "user", "USER", "of line and http" },
	{ "group", "GROUP", "likewise" },
	{ "cpus", "LIST", "likewise" },
	{ "nofile", "N", "likewise" },
	{ "max-requests", "N", "likewise" },
	{ "max-memory", "N", "likewise, megabytes" },
	{ "drain", "MS", "likewise" },
	{ "exclusive", NULL, "likewise" },
	{ "stays", NULL, "likewise: no reload" },
	{ NULL, NULL, NULL },
};

static const struct wm_app app = { .name = "managed",
	.version = "0",
	.workers = workers,
	.options = options };

static unsigned long
number(int argc, char **argv, const char *name)
{
	const char *value = wm_option_value(argc, argv, name);

	return value != NULL ? strtoul(value, NULL, 10) : 0;
}

static void
set_options(struct wm_worker *w, int argc, char **argv)
{
	w->user = wm_option_value(argc, argv, "user");
	w->group = wm_option_value(argc, argv, "group");
	w->cpus = wm_option_value(argc, argv, "cpus");
	w->nofile = (uint32_t)number(argc, argv, "nofile");
	w->max_requests = number(argc, argv, "max-requests");
	w->max_memory = number(argc, argv, "max-memory") * MEGABYTE;
	w->drain_ms = (uint32_t)number(argc, argv, "drain");
	if (wm_option_value(argc, argv, "exclusive") != NULL)
		w->takeover = WM_EXCLUSIVE;
	if (wm_option_value(argc, argv, "stays") != NULL)
		w->reloadable = WM_NOT_RELOADABLE;
}

int
main(int argc, char **argv)
{
	const char *value = wm_option_value(argc, argv, "born");

	if (value != NULL)
		born = value;
	set_options(&workers[LINE], argc, argv);
	set_options(&workers[HTTP], argc, argv);
	return wm_main(&app, argc, argv);
}
