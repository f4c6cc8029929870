/* SPDX-License-Identifier: MIT */
/*
 * echo: one worker for each protocol, each sends back what it gets.
 *
 *	text://127.0.0.1:5001       nc 127.0.0.1 5001
 *	frame://127.0.0.1:5002
 *	http://127.0.0.1:5003       curl -d hello http://127.0.0.1:5003/
 *	websocket://127.0.0.1:5004  compressed where the client offers it
 *	text+udp://127.0.0.1:5005   printf hello | nc -u -w1 127.0.0.1 5005
 *	text+unix://./text.sock     nc -U RUNDIR/text.sock, in the run directory
 */
#include <stdio.h>

#include <workerman/workerman.h>

#define GREETING "Hello, World!"

static void
echo(struct wm_conn *c, const struct wm_msg *m)
{
	wm_conn_send_msg(c, m); /* for websocket: with its type */
}

/* {"message":"..."}, made anew for each request. */
static void
answer_json(struct wm_conn *c)
{
	char body[64];
	int len =
	    snprintf(body, sizeof(body), "{\"message\":\"%s\"}", GREETING);

	wm_http_respond(c,
	    &(struct wm_http_response){ .content_type = "application/json",
		.body = body,
		.body_len = (size_t)len });
}

/* The request's own body and content type. */
static void
answer_echo(struct wm_conn *c, const struct wm_msg *m)
{
	struct wm_span type =
	    wm_http_header(wm_http_request(m), "Content-Type");
	char content_type[128];

	snprintf(content_type, sizeof(content_type), "%.*s",
	    type.len < sizeof(content_type) ? (int)type.len : 0,
	    type.data != NULL ? type.data : "");
	wm_http_respond(c,
	    &(struct wm_http_response){
		.content_type = *content_type != '\0' ? content_type : NULL,
		.body = m->data,
		.body_len = m->len });
}

static void
on_request(struct wm_conn *c, const struct wm_msg *m)
{
	const struct wm_http_request *r = wm_http_request(m);
	enum wm_http_method method = wm_http_method(r);
	bool get = method == WM_HTTP_GET || method == WM_HTTP_HEAD;

	if (get && wm_http_path_is(r, "/plaintext"))
		wm_http_respond(c,
		    &(struct wm_http_response){ .body = GREETING,
			.body_len = sizeof(GREETING) - 1 });
	else if (get && wm_http_path_is(r, "/json"))
		answer_json(c);
	else
		answer_echo(c, m);
}

/* One message may be large, and come in many fragments. */
static const struct wm_limits websocket_limits = {
	.message = 64 << 20,
	.fragments = 100000,
};

static const struct wm_websocket_options websocket_options = {
	.deflate = { .on = true },
};

static const struct wm_http_options websocket_http = {
	.websocket = &websocket_options,
};

static const struct wm_listener websocket_listeners[] = {
	{ .url = "websocket://127.0.0.1:5004", .options = &websocket_http },
	{ .url = NULL },
};

static const struct wm_worker workers[] = {
	{ .name = "text",
	    .listen = "text://127.0.0.1:5001",
	    .on_message = echo },
	{ .name = "frame",
	    .listen = "frame://127.0.0.1:5002",
	    .on_message = echo },
	{ .name = "http",
	    .listen = "http://127.0.0.1:5003",
	    .on_message = on_request },
	{ .name = "websocket",
	    .listeners = websocket_listeners,
	    .limits = &websocket_limits,
	    .on_message = echo },
	{ .name = "udp",
	    .listen = "text+udp://127.0.0.1:5005",
	    .on_message = echo },
	{ .name = "unix",
	    .listen = "text+unix://./text.sock",
	    .on_message = echo },
	{ .name = NULL },
};

static const struct wm_app app = {
	.name = "echo",
	.version = "1.0",
	.workers = workers,
};

int
main(int argc, char **argv)
{
	return wm_main(&app, argc, argv);
}
