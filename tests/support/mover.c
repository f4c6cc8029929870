/* SPDX-License-Identifier: MIT */
/*
 * A program whose connections move. What clients of the row "mover" may say,
 * a line each:
 *
 *	name X     remembered in the connection's data; who takes over a
 *	           "poison..." dies of it
 *	who        "who NAME PID GENERATION SLOT LINES ID"
 *	sub T      subscribes; "subbed"
 *	pub T X    publishes X
 *	set N      the process's own number; "set"
 *	get        "number N EARLY": EARLY is 0 when a connection arrived before
 *	hold MS    owes an answer for so long, then "held"
 *	pause      reads no more until another one says "wake ID"
 *	flood N    N numbered lines
 *
 * Others come back. "plain" has data but writes none of it; "dozy" is closed
 * when it was idle for 4 s. Each connect, close and thaw is a line in the
 * file "events" of the run directory.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/workerman.h>

struct client {
	char name[32];
	uint64_t lines;
};

static uint64_t number;
static bool arrived, early;
static unsigned slow_us; /* of every on_freeze and on_thaw */

static void
note(struct wm_conn *c, const char *what, const char *why)
{
	char line[256];
	int fd, n;

	snprintf(line, sizeof(line), "%s/events", wm_run_dir());
	fd = open(line, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	n = snprintf(line, sizeof(line), "%s %llu %ld %s\n", what,
	    (unsigned long long)wm_conn_id(c), (long)getpid(), why);
	if (fd < 0 || write(fd, line, (size_t)n) != n)
		abort();
	close(fd);
}

static void
on_connect(struct wm_conn *c)
{
	note(c, "connect", "-");
}

static void
on_close(struct wm_conn *c, enum wm_close_reason reason)
{
	note(c, "close", wm_close_reason_word(reason));
}

static void
say(struct wm_conn *c, const char *text)
{
	wm_conn_send(c, text, strlen(text));
}

static void
tell_who(struct wm_conn *c)
{
	struct wm_proc *p = wm_conn_proc(c);
	struct client *client = wm_conn_data(c);
	char line[128];

	snprintf(line, sizeof(line), "who %s %ld %u %u %llu %llu", client->name,
	    (long)getpid(), wm_proc_generation(p), wm_proc_slot(p),
	    (unsigned long long)client->lines,
	    (unsigned long long)wm_conn_id(c));
	say(c, line);
}

static void
tell_number(struct wm_conn *c)
{
	char line[64];

	snprintf(line, sizeof(line), "number %llu %d",
	    (unsigned long long)number, early);
	say(c, line);
}

static void
flood(struct wm_conn *c, unsigned n)
{
	char line[64];

	for (unsigned i = 0; i < n; i++) {
		snprintf(line, sizeof(line), "flood %u of many numbers", i);
		say(c, line);
	}
}

static void
let_go(struct wm_proc *p, void *arg)
{
	struct wm_conn *c = wm_conn_find(p, *(uint64_t *)arg);

	free(arg);
	if (c == NULL)
		return;
	say(c, "held");
	wm_conn_release(c);
}

static void
hold(struct wm_conn *c, unsigned ms)
{
	uint64_t *id = malloc(sizeof(*id));

	if (id == NULL)
		return;
	*id = wm_conn_id(c);
	wm_conn_hold(c);
	wm_timer_once(wm_conn_proc(c), ms, let_go, id);
}

static void
wake(struct wm_proc *p, const char *topic, const void *data, size_t len,
    void *arg)
{
	char text[32];
	struct wm_conn *c;

	(void)topic, (void)arg;
	snprintf(text, sizeof(text), "%.*s", (int)len, (const char *)data);
	c = wm_conn_find(p, strtoull(text, NULL, 10));
	if (c != NULL)
		wm_conn_resume(c);
}

static void
publish(struct wm_conn *c, const char *topic, const char *text)
{
	wm_publish(wm_conn_proc(c), topic, text, strlen(text), 0);
}

static void
on_line(struct wm_conn *c, const struct wm_msg *m)
{
	struct client *client = wm_conn_data(c);
	char line[256], word[64] = "", rest[192] = "";
	unsigned n;

	snprintf(line, sizeof(line), "%.*s", (int)m->len, m->data);
	client->lines++;
	if (sscanf(line, "name %31s", client->name) == 1)
		say(c, "named");
	else if (strcmp(line, "who") == 0)
		tell_who(c);
	else if (sscanf(line, "sub %63s", word) == 1)
		say(c, wm_subscribe(c, word) == 0 ? "subbed" : "not subbed");
	else if (sscanf(line, "pub %63s %191[^\n]", word, rest) == 2)
		publish(c, word, rest);
	else if (sscanf(line, "set %u", &n) == 1) {
		number = n;
		say(c, "set");
	} else if (strcmp(line, "get") == 0)
		tell_number(c);
	else if (sscanf(line, "hold %u", &n) == 1)
		hold(c, n);
	else if (strcmp(line, "pause") == 0)
		wm_conn_pause(c);
	else if (sscanf(line, "wake %63s", word) == 1)
		publish(c, "wake", word);
	else if (sscanf(line, "flood %u", &n) == 1)
		flood(c, n);
	else
		wm_conn_send_msg(c, m);
}

static void
on_echo(struct wm_conn *c, const struct wm_msg *m)
{
	wm_conn_send_msg(c, m);
}

/* ---- moving ---- */

static int
on_freeze(struct wm_conn *c, struct wm_freezer *f)
{
	const struct client *client = wm_conn_data(c);

	usleep(slow_us);
	wm_freeze_string(f, client->name);
	wm_freeze_number(f, client->lines);
	return 0;
}

static int
on_thaw(struct wm_conn *c, struct wm_thawer *t)
{
	struct client *client = wm_conn_data(c);

	usleep(slow_us);
	arrived = true;
	snprintf(client->name, sizeof(client->name), "%s", wm_thaw_string(t));
	client->lines = wm_thaw_number(t);
	note(c, "thaw", "-");
	if (strncmp(client->name, "poison", 6) == 0)
		abort();
	return 0;
}

static void
on_worker_freeze(struct wm_proc *p, struct wm_freezer *f)
{
	(void)p;
	wm_freeze_number(f, number);
}

static void
on_worker_thaw(struct wm_proc *p, struct wm_thawer *t)
{
	(void)p;
	early = !arrived;
	number = wm_thaw_number(t);
}

static int
on_start(struct wm_proc *p)
{
	return wm_channel_listen(p, "wake", wake, NULL);
}

static const struct wm_limits patient = { .unsent = 64 << 20,
	.write_ms = 60000 };
static const struct wm_limits dozy = { .idle_ms = 4000 };

static struct wm_worker workers[] = {
	{ .name = "mover",
	    .listen = "text://127.0.0.1:0",
	    .count = 2,
	    .limits = &patient,
	    .conn_data_size = sizeof(struct client),
	    .on_worker_start = on_start,
	    .on_worker_freeze = on_worker_freeze,
	    .on_worker_thaw = on_worker_thaw,
	    .on_freeze = on_freeze,
	    .on_thaw = on_thaw,
	    .on_connect = on_connect,
	    .on_close = on_close,
	    .on_message = on_line },
	{ .name = "plain",
	    .listen = "text://127.0.0.1:0",
	    .conn_data_size = 1,
	    .drain_spread_ms = 100,
	    .on_message = on_echo },
	{ .name = "dozy",
	    .listen = "text://127.0.0.1:0",
	    .limits = &dozy,
	    .on_message = on_echo },
	{ .name = NULL },
};

static const struct wm_option options[] = {
	{ "slots", "FILE", "how many of mover, and microseconds per move" },
	{ NULL, NULL, NULL },
};

static const struct wm_app app = { .name = "mover",
	.version = "0",
	.workers = workers,
	.options = options };

int
main(int argc, char **argv)
{
	const char *path = wm_option_value(argc, argv, "slots");
	FILE *file = path != NULL ? fopen(path, "r") : NULL;

	if (file != NULL) {
		if (fscanf(file, "%u %u", &workers[0].count, &slow_us) < 1)
			workers[0].count = 2;
		fclose(file);
	}
	return wm_main(&app, argc, argv);
}
