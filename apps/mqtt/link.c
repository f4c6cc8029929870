/* SPDX-License-Identifier: MIT */
/*
 * The way of packets to and from a client: a TCP connection, whose protocol
 * is MQTT, or a WebSocket (MQTT 3.1.1, chapter 6), whose binary messages are
 * pieces of one stream of packets, however they are cut. The core knows one
 * protocol of a connection only; here stands what it does for a protocol
 * whose bytes are messages of another one: collect, decode, bound, pause, and
 * wait no longer than the keep-alive says.
 */
#include <stdlib.h>

#include "broker.h"

#define LINK_PROTOCOL "mqtt" /* the WebSocket subprotocol */

/* MQTT on top of a WebSocket. */
struct layer {
	void *state;      /* mqtt_protocol's */
	struct wm_buf in; /* not decoded yet */
	uint64_t conn;
	uint64_t timer; /* looks whether it is late; 0: none */
	uint64_t until; /* a packet is due; as in struct stamp; 0: never */
	uint32_t ms;    /* so long after the last one */
	bool paused, decoding;
};

static struct layer *
layer_of(struct wm_conn *c)
{
	return ((struct client *)wm_conn_data(c))->layer;
}

static void
layer_free(struct wm_proc *p, struct layer **lp)
{
	struct layer *l = *lp;

	*lp = NULL;
	if (l == NULL)
		return;
	if (l->timer != 0)
		wm_timer_cancel(p, l->timer);
	wm_buf_fini(&l->in);
	free(l->state);
	free(l);
}

/* ---- sending ---- */

static int
layer_send_bytes(struct wm_conn *c, const struct wm_buf *out)
{
	const struct wm_msg m = {
		.data = out->data,
		.len = out->len,
		.flags = WM_MSG_WHOLE | WM_WEBSOCKET_BINARY,
	};

	return out->failed ? WM_E_NOMEM : wm_conn_send_msg(c, &m);
}

int
link_send(struct wm_conn *c, const struct mqtt_packet *p)
{
	const struct wm_msg m = { .flags = WM_MSG_WHOLE, .view = p };
	struct layer *l = layer_of(c);
	struct wm_buf out = WM_BUF_INIT;
	int rc;

	if (l == NULL)
		return wm_conn_send_msg(c, &m);
	rc = mqtt_protocol.encode(c, l->state, &m, &out);
	if (rc == 0)
		rc = layer_send_bytes(c, &out);
	wm_buf_fini(&out);
	return rc;
}

/* ---- receiving ---- */

static void
layer_fail(struct wm_conn *c, struct layer *l, enum wm_close_reason reason)
{
	struct wm_buf out = WM_BUF_INIT;

	mqtt_protocol.farewell(c, l->state, reason, &out);
	if (out.len > 0)
		layer_send_bytes(c, &out);
	wm_buf_fini(&out);
	wm_conn_close_reason(c, reason);
}

/* ---- deadlines ---- */

/* Milliseconds, at least 1; 0: for ever. */
static uint32_t
layer_left(const struct layer *l)
{
	uint64_t now = stamp_now(0).ns;

	if (l->until == 0)
		return 0;
	return l->until > now ? (uint32_t)((l->until - now) / 1000000u) + 1 : 1;
}

static void
on_due(struct wm_proc *p, void *arg)
{
	struct layer *l = arg;
	struct wm_conn *c = wm_conn_find(p, l->conn);

	l->timer = 0;
	if (c == NULL || l->until == 0)
		return;
	if (stamp_now(0).ns >= l->until && !l->paused)
		layer_fail(c, l, WM_CLOSE_TIMEOUT);
	else
		l->timer = wm_timer_once(p, layer_left(l), on_due, l);
}

/* Within so many milliseconds; 0: at any time. */
static int
layer_await(struct wm_proc *p, struct layer *l, uint32_t ms)
{
	bool sooner;

	l->until = ms > 0 ? stamp_now(0).ns + ms * 1000000ull : 0;
	sooner = ms > 0 && l->ms > ms;
	l->ms = ms;
	if (l->timer != 0 && sooner) {
		wm_timer_cancel(p, l->timer);
		l->timer = 0;
	}
	if (l->timer == 0 && ms > 0)
		l->timer = wm_timer_once(p, ms, on_due, l);
	return ms == 0 || l->timer != 0 ? 0 : WM_E_NOMEM;
}

/* ---- decoding ---- */

/* One packet at `in`; whether there was one. */
static bool
layer_step(struct wm_conn *c, struct layer *l, struct wm_input *in)
{
	struct wm_msg m = { &mqtt_protocol, NULL, 0, WM_MSG_WHOLE, NULL };
	int rc = mqtt_protocol.decode(c, l->state, in, &m);

	if (rc == WM_MESSAGE) {
		layer_await(wm_conn_proc(c), l, mqtt_keep_alive_ms(l->state));
		broker_on_packet(c, mqtt_packet(&m));
		return true;
	}
	if (rc < 0)
		layer_fail(c, l, WM_CLOSE_PROTOCOL);
	else if (in->need > wm_conn_limits(c)->message + mqtt_protocol.overhead)
		layer_fail(c, l, WM_CLOSE_TOO_BIG);
	return false;
}

static void
layer_run(struct wm_conn *c, struct layer *l)
{
	struct wm_input in;
	size_t used = 0;

	l->decoding = true;
	while (used < l->in.len && !l->paused && !wm_conn_closing(c)) {
		in = (struct wm_input){ .data = l->in.data + used,
			.len = l->in.len - used };
		if (!layer_step(c, l, &in))
			break;
		used += in.used;
	}
	l->decoding = false;
	wm_buf_consume(&l->in, used);
	if (l->in.len == 0)
		wm_buf_fini(&l->in);
}

void
link_pause(struct wm_conn *c)
{
	struct layer *l = layer_of(c);

	wm_conn_pause(c);
	if (l != NULL)
		l->paused = true;
}

void
link_resume(struct wm_conn *c)
{
	struct layer *l = layer_of(c);

	wm_conn_resume(c);
	if (l == NULL)
		return;
	l->paused = false;
	if (!l->decoding)
		layer_run(c, l);
}

static void
on_ws_message(struct wm_conn *c, const struct wm_msg *m)
{
	struct client *client = wm_conn_data(c);
	struct layer *l = client->layer;

	if ((m->flags & WM_WEBSOCKET_BINARY) == 0) { /* [MQTT-6.0.0-1] */
		wm_websocket_close(c, 1003, "MQTT is binary");
		return;
	}
	wm_buf_put(&l->in, m->data, m->len);
	if (l->in.failed)
		wm_conn_close_reason(c, WM_CLOSE_MEMORY);
	else
		layer_run(c, l);
}

static void
on_ws_close(struct wm_conn *c, enum wm_close_reason reason)
{
	struct client *client = wm_conn_data(c);

	(void)reason;
	broker_on_close(c);
	layer_free(wm_conn_proc(c), &client->layer);
}

const struct wm_handlers link_ws_handlers = {
	.name = "mqtt",
	.on_message = on_ws_message,
	.on_close = on_ws_close,
	.on_buffer_drain = broker_on_drain,
};

/* ---- opening ---- */

/* Within so many milliseconds a packet is due; 0: never. */
static struct layer *
layer_new(struct wm_conn *c, uint32_t ms)
{
	struct layer *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->conn = wm_conn_id(c);
	l->state = calloc(1, mqtt_protocol.state_size);
	if (l->state == NULL || layer_await(wm_conn_proc(c), l, ms) < 0)
		layer_free(wm_conn_proc(c), &l);
	return l;
}

static void
on_request(struct wm_conn *c, const struct wm_msg *m)
{
	static const struct wm_websocket_accept how = {
		.protocol = LINK_PROTOCOL,
		.handlers = &link_ws_handlers,
	};
	struct client *client = wm_conn_data(c);

	if (!wm_websocket_requested(m)) {
		wm_http_error(c, 426, "MQTT is spoken here, by WebSocket.");
		return;
	}
	if (!wm_http_header_has(wm_http_request(m), "Sec-WebSocket-Protocol",
		LINK_PROTOCOL)) {
		wm_http_error(c, 400, "The subprotocol has to be mqtt.");
		return;
	}
	if ((client->layer = layer_new(c, wm_conn_limits(c)->handshake_ms)) ==
	    NULL)
		wm_http_error(c, 503, NULL);
	else if (wm_websocket_accept(c, m, &how) < 0)
		layer_free(wm_conn_proc(c), &client->layer);
}

const struct wm_handlers link_http_handlers = { .on_message = on_request };

/* ---- moving ---- */

int
link_freeze(struct wm_conn *c, struct wm_freezer *f)
{
	const struct layer *l = layer_of(c);

	wm_freeze_number(f, l != NULL);
	if (l == NULL)
		return 0;
	wm_freeze_number(f, layer_left(l));
	wm_freeze_bytes(f, l->in.data, l->in.len);
	wm_freeze_number(f, mqtt_protocol.state_version);
	return mqtt_protocol.freeze(c, l->state, f);
}

static int
layer_thaw(struct wm_conn *c, struct layer *l, struct wm_thawer *t)
{
	struct wm_span in = wm_thaw_bytes(t);
	unsigned version = (unsigned)wm_thaw_number(t);

	wm_buf_put(&l->in, in.data, in.len);
	if (l->in.failed)
		return WM_E_NOMEM;
	return mqtt_protocol.thaw(c, l->state, version, t);
}

int
link_thaw(struct wm_conn *c, struct wm_thawer *t)
{
	struct client *client = wm_conn_data(c);
	int error;

	if (wm_thaw_number(t) == 0)
		return 0;
	client->layer = layer_new(c, (uint32_t)wm_thaw_number(t));
	if (client->layer == NULL)
		return WM_E_NOMEM;
	error = layer_thaw(c, client->layer, t);
	if (error < 0)
		link_free(c);
	return error;
}

void
link_free(struct wm_conn *c)
{
	struct client *client = wm_conn_data(c);

	layer_free(wm_conn_proc(c), &client->layer);
}
