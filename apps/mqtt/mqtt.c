/* SPDX-License-Identifier: MIT */
/*
 * mqtt: a broker for MQTT 3.1.1 in as many processes as one likes.
 *
 *	mqtt://127.0.0.1:1883       mosquitto_sub -t 'a/#'
 *	http://127.0.0.1:8083       MQTT over WebSocket, any path
 *
 * mqtt_protocol.c makes packets of bytes, broker.c does what they say, and
 * broker.h lists the rest. A reload moves everything: move.c. This file is the
 * table of workers.
 */
#include "broker.h"

static int
on_worker_start(struct wm_proc *p)
{
	struct broker *b = broker_new(p);

	wm_proc_set_data(p, b);
	return b != NULL ? 0 : WM_E_NOMEM;
}

static void
on_worker_stop(struct wm_proc *p)
{
	struct broker *b = wm_proc_data(p);

	wm_proc_set_data(p, NULL);
	broker_free(&b);
}

static void
on_message(struct wm_conn *c, const struct wm_msg *m)
{
	broker_on_packet(c, mqtt_packet(m));
}

static void
on_close(struct wm_conn *c, enum wm_close_reason reason)
{
	(void)reason;
	broker_on_close(c);
}

static const struct wm_limits limits = { .message = BROKER_MESSAGE_MAX };

static const struct wm_listener web_listeners[] = {
	{ .url = "http://127.0.0.1:8083", .handlers = &link_http_handlers },
	{ .url = NULL },
};

/* What both rows have. */
#define MQTT_ROW                                                               \
	.limits = &limits, .conn_data_size = sizeof(struct client),            \
	.on_worker_start = on_worker_start,                                    \
	.on_worker_active = move_worker_active,                                \
	.on_worker_stop = on_worker_stop, .on_event = move_on_event,           \
	.on_worker_freeze = move_worker_freeze,                                \
	.on_worker_thaw = move_worker_thaw, .on_freeze = move_freeze,          \
	.on_thaw = move_thaw, .on_moved = move_moved

static const struct wm_worker workers[] = {
	{
	    .name = "mqtt",
	    .listen = "mqtt://127.0.0.1:1883",
	    .count = 2,
	    MQTT_ROW,
	    .on_message = on_message,
	    .on_close = on_close,
	    .on_buffer_drain = broker_on_drain,
	},
	{
	    .name = "web",
	    .listeners = web_listeners,
	    MQTT_ROW,
	},
	{ .name = NULL },
};

static const struct wm_handlers *const named[] = { &link_ws_handlers, NULL };

static const struct wm_protocol *const protocols[] = { &mqtt_protocol, NULL };

static const struct wm_app app = {
	.name = "mqtt",
	.version = "1.0",
	.workers = workers,
	.protocols = protocols,
	.handlers = named,
};

int
main(int argc, char **argv)
{
	return wm_main(&app, argc, argv);
}
