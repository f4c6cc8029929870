/* SPDX-License-Identifier: MIT */
/*
 * Workers with tight limits, one of each protocol, for the test that attacks
 * them. The message or path "flood" is answered with more than any peer takes,
 * "never" not at all, everything else with itself or "answer".
 */
#include <string.h>

#include <workerman/workerman.h>

#define LIMITS                                                                 \
	.undecoded = 4096, .message = 65536, .fragments = 100,                 \
	.header_bytes = 4096, .headers = 20, .pipeline = 8,                    \
	.unsent = 256 << 10, .handshake_ms = 2000, .header_ms = 2000,          \
	.body_ms = 2000, .write_ms = 2000, .close_ms = 2000

static const struct wm_limits tight = { LIMITS, .keepalive_ms = 2000 };
static const struct wm_limits quiet = { LIMITS, .idle_ms = 2000 };
static const struct wm_limits crowded = { LIMITS, .per_address = 10 };
static const struct wm_limits slow = { LIMITS, .accept_rate = 20 };
static const struct wm_limits patient = { LIMITS, .keepalive_ms = 60000 };

static char block[32768];

/* And again, whenever it has left. */
static void
flood(struct wm_conn *c)
{
	bool *floods = wm_conn_data(c);

	*floods = true;
	while (wm_conn_send(c, block, sizeof(block)) >= 0)
		;
}

static void
on_drain(struct wm_conn *c)
{
	const bool *floods = wm_conn_data(c);

	if (*floods)
		flood(c);
}

static void
echo(struct wm_conn *c, const struct wm_msg *m)
{
	if (m->len == 5 && memcmp(m->data, "flood", 5) == 0)
		flood(c);
	else
		wm_conn_send_msg(c, m);
}

static bool
is(struct wm_span path, const char *name)
{
	return path.len == strlen(name) &&
	    memcmp(path.data, name, path.len) == 0;
}

static void
serve(struct wm_conn *c, const struct wm_msg *m)
{
	const struct wm_http_request *r = wm_http_request(m);
	struct wm_http_response answer = { .status = 200,
		.body = "answer",
		.body_len = 6 };

	if (is(wm_http_path(r), "/never")) {
		wm_http_defer(c);
		return;
	}
	if (is(wm_http_path(r), "/flood")) {
		answer.body = block;
		answer.body_len = sizeof(block);
	}
	wm_http_respond(c, &answer);
}

static const struct wm_http_options options = { .answer_ms = 3000 };
static const struct wm_listener http[] = {
	{ .url = "http://127.0.0.1:0", .options = &options },
	{ .url = NULL },
};

static const struct wm_worker workers[] = {
	{ .name = "raw",
	    .listen = "raw://127.0.0.1:0",
	    .limits = &tight,
	    .conn_data_size = sizeof(bool),
	    .on_message = echo,
	    .on_buffer_drain = on_drain },
	{ .name = "text",
	    .listen = "text://127.0.0.1:0",
	    .limits = &tight,
	    .conn_data_size = sizeof(bool),
	    .on_message = echo,
	    .on_buffer_drain = on_drain },
	{ .name = "frame",
	    .listen = "frame://127.0.0.1:0",
	    .limits = &tight,
	    .conn_data_size = sizeof(bool),
	    .on_message = echo,
	    .on_buffer_drain = on_drain },
	{ .name = "http",
	    .listeners = http,
	    .limits = &tight,
	    .on_message = serve },
	{ .name = "websocket",
	    .listen = "websocket://127.0.0.1:0",
	    .limits = &tight,
	    .conn_data_size = sizeof(bool),
	    .on_message = echo,
	    .on_buffer_drain = on_drain },
	{ .name = "quiet",
	    .listen = "text://127.0.0.1:0",
	    .limits = &quiet,
	    .conn_data_size = sizeof(bool),
	    .on_message = echo,
	    .on_buffer_drain = on_drain },
	{ .name = "crowded",
	    .listen = "text://127.0.0.1:0",
	    .limits = &crowded,
	    .conn_data_size = sizeof(bool),
	    .on_message = echo,
	    .on_buffer_drain = on_drain },
	{ .name = "slow",
	    .listen = "text://127.0.0.1:0",
	    .limits = &slow,
	    .conn_data_size = sizeof(bool),
	    .on_message = echo,
	    .on_buffer_drain = on_drain },
	{ .name = "few",
	    .listen = "http://127.0.0.1:0",
	    .limits = &patient,
	    .nofile = 160,
	    .on_message = serve },
	{ .name = NULL },
};

static const struct wm_app app = { .name = "limited", .workers = workers };

int
main(int argc, char **argv)
{
	memset(block, 'x', sizeof(block));
	return wm_main(&app, argc, argv);
}
