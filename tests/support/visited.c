/* SPDX-License-Identifier: MIT */
/*
 * A program that does to its connections what it is told, so that
 * `connections` has something to show. To "text" (two processes, and a unix
 * socket in the run directory): the lines "pause", "flood", "block SEC";
 * others come back. "http" answers /later at the next /now; "websocket" echoes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/workerman.h>

static void
flood(struct wm_conn *c)
{
	static char line[64 << 10];

	memset(line, 'x', sizeof(line));
	while (wm_conn_unsent(c) < 500000)
		if (wm_conn_send(c, line, sizeof(line)) < 0)
			break;
}

static void
on_line(struct wm_conn *c, const struct wm_msg *m)
{
	char line[64];
	unsigned left = 0;

	snprintf(line, sizeof(line), "%.*s", (int)m->len, m->data);
	if (strcmp(line, "pause") == 0)
		wm_conn_pause(c);
	else if (strcmp(line, "flood") == 0)
		flood(c);
	else if (sscanf(line, "block %u", &left) == 1)
		while (left > 0)
			left = sleep(left);
	else
		wm_conn_send_msg(c, m);
}

static void
on_request(struct wm_conn *c, const struct wm_msg *m)
{
	static struct wm_http_ticket later;
	const struct wm_http_response hello = { .body = "hello",
		.body_len = 5 };

	if (wm_http_path_is(wm_http_request(m), "/later")) {
		later = wm_http_defer(c);
		return;
	}
	if (wm_http_path_is(wm_http_request(m), "/now"))
		wm_http_answer(wm_conn_proc(c), later, &hello);
	wm_http_respond(c, &hello);
}

static void
on_message(struct wm_conn *c, const struct wm_msg *m)
{
	wm_conn_send_msg(c, m);
}

static char unix_url[4200];
static struct wm_listener text_listeners[] = {
	{ .url = "text://127.0.0.1:0" },
	{ .url = "text://[::1]:0" },
	{ .url = NULL },
	{ .url = NULL },
};

static const struct wm_worker workers[] = {
	{ .name = "text",
	    .listeners = text_listeners,
	    .count = 2,
	    .on_message = on_line },
	{ .name = "http",
	    .listen = "http://127.0.0.1:0",
	    .on_message = on_request },
	{ .name = "websocket",
	    .listen = "websocket://127.0.0.1:0",
	    .on_message = on_message },
	{ .name = NULL },
};

static const struct wm_option options[] = {
	{ "socket", "PATH", "listen there, too" },
	{ NULL, NULL, NULL },
};

static const struct wm_app app = { .name = "visited",
	.version = "0",
	.workers = workers,
	.options = options };

int
main(int argc, char **argv)
{
	const char *path = wm_option_value(argc, argv, "socket");

	if (path != NULL) {
		snprintf(unix_url, sizeof(unix_url), "text+unix://%s", path);
		text_listeners[2].url = unix_url;
	}
	return wm_main(&app, argc, argv);
}
