/* SPDX-License-Identifier: MIT */
/*
 * WebSocket with every option, for the integration tests: one worker for each
 * set of options, each sends back what it gets unless said otherwise.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <workerman/workerman.h>

static const struct wm_limits limits = {
	.message = 64 << 20,
	.fragments = 100000,
};

static void
echo(struct wm_conn *c, const struct wm_msg *m)
{
	wm_conn_send_msg(c, m);
}

#define OPTIONS(name, ...)                                                     \
	static const struct wm_websocket_options name##_options = {            \
		__VA_ARGS__                                                    \
	};                                                                     \
	static const struct wm_http_options name##_http = {                    \
		.websocket = &name##_options                                   \
	};                                                                     \
	static const struct wm_listener name[] = {                             \
		{ .url = "websocket://127.0.0.1:0", .options = &name##_http }, \
		{ .url = NULL },                                               \
	}

OPTIONS(plain, .deflate = { .on = true, .threshold = 1 });
OPTIONS(keeping,
    .deflate = { .on = true,
	.server_takeover = true,
	.client_takeover = true,
	.threshold = 1 });
OPTIONS(small,
    .deflate = { .on = true,
	.server_takeover = true,
	.client_takeover = true,
	.server_bits = 9,
	.client_bits = 9,
	.level = 1,
	.memory = 1,
	.threshold = 1 });
OPTIONS(parts, .deflate = { .on = true, .threshold = 1 }, .part = 65536);

/* ---- pinging: answers with the round trip in microseconds ---- */

OPTIONS(pinging, .ping_ms = 1000, .pong_ms = 1000);

static void
tell_rtt(struct wm_conn *c, const struct wm_msg *m)
{
	char text[20];

	(void)m;
	snprintf(text, sizeof(text), "%u", wm_websocket_rtt(c));
	wm_conn_send(c, text, strlen(text));
}

/* ---- picky: origins and subprotocols ---- */

static const char *const origins[] = { "https://good.example", NULL };
static const char *const protocols[] = { "v2", "v1", NULL };

OPTIONS(picky, .origins = origins, .protocols = protocols);

/* ---- judged: the application answers the request ---- */

static void
judge(struct wm_conn *c, const struct wm_msg *m)
{
	static const struct wm_http_header cookie[] = {
		{ "Set-Cookie", "seen=1" }, { NULL, NULL }
	};

	if (wm_http_path_is(wm_http_request(m), "/teapot"))
		wm_http_error(c, 418, "short and stout");
	else
		wm_websocket_accept(c, m,
		    &(struct wm_websocket_accept){ .headers = cookie });
}

OPTIONS(judged, .deflate = { .on = true }, .on_request = judge);

/* ---- room: everybody gets what anybody says ---- */

OPTIONS(room, .deflate = { .on = true, .threshold = 1 });

static void
enter(struct wm_conn *c)
{
	wm_subscribe(c, "room");
}

static void
tell_all(struct wm_conn *c, const struct wm_msg *m)
{
	wm_publish(wm_conn_proc(c), "room", m->data, m->len,
	    m->flags & (WM_WEBSOCKET_TEXT | WM_WEBSOCKET_BINARY));
}

/* ---- ticker: "N" makes it send N numbers, in ten series, of which a slow
   reader gets the newest ---- */

OPTIONS(ticker, .ping_ms = 0);

struct ticks {
	unsigned long next, last;
};

#define TICKS_A_TURN 5000
#define TICK_SIZE    2000

static void
tick(struct wm_proc *p, void *arg)
{
	uint64_t id = (uint64_t)(uintptr_t)arg;
	struct wm_conn *c = wm_conn_find(p, id);
	struct ticks *t = c != NULL ? wm_conn_data(c) : NULL;
	char value[TICK_SIZE];
	unsigned i;
	int len;

	if (t == NULL)
		return;
	memset(value, ' ', sizeof(value));
	for (i = 0; i < TICKS_A_TURN && t->next < t->last; i++, t->next++) {
		len = snprintf(value, 40, "%lu %lu", t->next % 10, t->next);
		value[len] = ' ';
		wm_conn_send_latest(c, t->next % 10,
		    &(struct wm_msg){ .data = value, .len = sizeof(value) });
	}
	if (t->next < t->last)
		wm_timer_once(p, 0, tick, arg);
	else
		wm_conn_send_latest(c, 10,
		    &(struct wm_msg){ .data = "end", .len = 3 });
}

static void
begin_ticks(struct wm_conn *c, const struct wm_msg *m)
{
	struct ticks *t = wm_conn_data(c);
	char number[20] = "";

	memcpy(number, m->data,
	    m->len < sizeof(number) ? m->len : sizeof(number) - 1);
	t->last = t->next + strtoul(number, NULL, 10);
	wm_timer_once(wm_conn_proc(c), 0, tick,
	    (void *)(uintptr_t)wm_conn_id(c));
}

static const struct wm_worker workers[] = {
	{ .name = "plain",
	    .listeners = plain,
	    .limits = &limits,
	    .on_message = echo },
	{ .name = "keeping",
	    .listeners = keeping,
	    .limits = &limits,
	    .on_message = echo },
	{ .name = "small",
	    .listeners = small,
	    .limits = &limits,
	    .on_message = echo },
	{ .name = "parts", .listeners = parts, .on_message = echo },
	{ .name = "pinging", .listeners = pinging, .on_message = tell_rtt },
	{ .name = "picky", .listeners = picky, .on_message = echo },
	{ .name = "judged", .listeners = judged, .on_message = echo },
	{ .name = "room",
	    .listeners = room,
	    .count = 2,
	    .on_connect = enter,
	    .on_message = tell_all },
	{ .name = "ticker",
	    .listeners = ticker,
	    .conn_data_size = sizeof(struct ticks),
	    .on_message = begin_ticks },
	{ .name = NULL },
};

static const struct wm_app app = {
	.name = "ws_server",
	.version = "1.0",
	.workers = workers,
};

int
main(int argc, char **argv)
{
	return wm_main(&app, argc, argv);
}
