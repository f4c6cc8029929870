/* SPDX-License-Identifier: MIT */
/*
 * The server whose reloads are measured: every message is answered with
 * itself and the process that answers, over text lines and WebSockets. A
 * program like any other: `--count`, `--listen` and the commands do the rest.
 */
#include <stdio.h>
#include <unistd.h>

#include <workerman/workerman.h>

static void
answer(struct wm_conn *c, const struct wm_msg *m)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%.*s %07ld",
	    m->len < 40 ? (int)m->len : 40, m->data, (long)getpid());

	wm_conn_send(c, text, (size_t)n);
}

static const struct wm_worker workers[] = {
	{ .name = "text",
	    .listen = "text://127.0.0.1:0",
	    .count = 1,
	    .on_message = answer },
	{ .name = "websocket",
	    .listen = "websocket://127.0.0.1:0",
	    .count = 1,
	    .on_message = answer },
	{ .name = NULL },
};

static const struct wm_app app = { .name = "reload_server",
	.version = "1",
	.workers = workers };

int
main(int argc, char **argv)
{
	return wm_main(&app, argc, argv);
}
