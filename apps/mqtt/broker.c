/* SPDX-License-Identifier: MIT */
/*
 * What the packets of a client mean: MQTT 3.1.1, chapters 3 and 4. The
 * packets themselves are mqtt_protocol.c's, sessions of other workers
 * handover.c's and move.c's, and who gets a message is found out in
 * deliver.c.
 *
 * Anybody may connect: user name and password are not looked at.
 */
#include <stdio.h>
#include <stdlib.h>

#include "broker.h"
#include "inflight.h"
#include "pack.h"

#define SWEEP_MS 60000

/* Retained at each worker for itself: the worker that a client is at. */
#define BROKER_WORKER_TOPIC "$SYS/broker/worker"

static struct broker *
broker_of(struct wm_conn *c)
{
	return wm_proc_data(wm_conn_proc(c));
}

static void
answer(struct wm_conn *c, enum mqtt_type type, uint16_t id)
{
	link_send(c, &(struct mqtt_packet){ .type = type, .id = id });
}

/* ---- messages ---- */

/* From this worker to all, itself included. */
static int
publish(struct broker *b, struct message *m)
{
	if (m->topic.data[0] == '$')
		return 0; /* not for clients to publish; section 4.7.2 */
	return mesh_publish(&b->mesh, m);
}

/* ---- beginning and end of a client ---- */

static void
publish_will(struct broker *b, struct client *client)
{
	if (client->will != NULL && publish(b, client->will) < 0)
		wm_log(WM_LOG_ERROR, "a will is lost");
	message_unref(&client->will);
}

/* The client is away: its session waits, or ends. */
static void
client_leave(struct broker *b, struct client *client)
{
	struct session *s = client->session;

	client->session = NULL;
	if (s == NULL)
		return;
	if (s->awaited) {
		s->conn = NULL; /* and nobody will be told */
		message_unref(&client->will);
	} else if (s->clean)
		session_free(&b->sessions, &s);
	else {
		session_attach(&b->sessions, s, NULL);
		handover_away(b, s);
	}
}

void
broker_take_over(struct broker *b, struct session *s)
{
	struct wm_conn *c = s->conn;
	struct client *client;

	s->conn = NULL;
	if (c == NULL)
		return;
	client = wm_conn_data(c);
	client->session = NULL;
	if (s->awaited)
		message_unref(&client->will); /* it was never accepted */
	publish_will(b, client);
	wm_log(WM_LOG_INFO, "client '%s' has connected elsewhere", s->id);
	wm_conn_close(c);
}

void
broker_refuse(struct wm_conn *c, uint8_t code)
{
	struct client *client = wm_conn_data(c);

	message_unref(&client->will);
	link_send(c,
	    &(struct mqtt_packet){ .type = MQTT_CONNACK, .code = code });
	wm_conn_close(c);
}

void
broker_accept(struct broker *b, struct wm_conn *c, struct session *s,
    bool present)
{
	session_attach(&b->sessions, s, c);
	link_send(c,
	    &(struct mqtt_packet){ .type = MQTT_CONNACK, .present = present });
	deliver_pump(s);
	link_resume(c);
}

void
broker_on_close(struct wm_conn *c)
{
	struct client *client = wm_conn_data(c);
	struct broker *b = broker_of(c);

	if (b == NULL) { /* the worker has stopped */
		message_unref(&client->will);
		return;
	}
	client_leave(b, client);
	publish_will(b, client);
}

void
broker_on_drain(struct wm_conn *c)
{
	struct client *client = wm_conn_data(c);

	if (client->session != NULL)
		deliver_pump(client->session);
}

/* ---- packets ---- */

static void
on_connect(struct broker *b, struct wm_conn *c, const struct mqtt_packet *p)
{
	struct mqtt_connect connect = p->connect;
	struct client *client = wm_conn_data(c);
	uint64_t random[2];
	char id[40];

	client->begun = true;
	if (connect.client_id.len > CLIENT_ID_MAX) {
		broker_refuse(c, MQTT_BAD_CLIENT_ID);
		return;
	}
	if (connect.client_id.len == 0) { /* [MQTT-3.1.3-6] */
		wm_random(random, sizeof(random));
		snprintf(id, sizeof(id), "auto-%016llx%016llx",
		    (unsigned long long)random[0],
		    (unsigned long long)random[1]);
		connect.client_id = span_of(id);
	}
	if (connect.has_will)
		client->will =
		    message_new(connect.will_topic, connect.will_payload,
			connect.will_qos, connect.will_retain);
	if (connect.has_will && client->will == NULL) {
		broker_refuse(c, MQTT_UNAVAILABLE);
		return;
	}
	link_pause(c); /* until broker_accept() */
	handover_connect(b, c, &connect);
}

static int
publish_packet(struct broker *b, const struct mqtt_packet *p)
{
	struct message *m =
	    message_new(p->topic, p->payload, p->qos, p->retain);
	int error = m != NULL ? publish(b, m) : WM_E_NOMEM;

	message_unref(&m);
	return error;
}

static void
on_publish(struct broker *b, struct wm_conn *c, const struct mqtt_packet *p)
{
	struct client *client = wm_conn_data(c);
	int rc = 1;

	if (p->qos == 2)
		rc = inflight_receive(client->session, p->id);
	if (rc > 0)
		rc = publish_packet(b, p);
	if (rc < 0) {
		/* There is no answer but an acknowledgement. The client
		   comes back and sends it again. */
		if (p->qos == 2 && rc != WM_E_FULL)
			inflight_release(client->session, p->id);
		wm_log(WM_LOG_WARNING, "client '%s' is closed: %s",
		    client->session->id, wm_error_text(rc));
		wm_conn_close_reason(c, WM_CLOSE_POLICY);
		return;
	}
	if (p->qos == 1)
		answer(c, MQTT_PUBACK, p->id);
	else if (p->qos == 2)
		answer(c, MQTT_PUBREC, p->id);
}

static void
on_acknowledgement(struct broker *b, struct wm_conn *c,
    const struct mqtt_packet *p)
{
	struct client *client = wm_conn_data(c);

	if (!inflight_acknowledge(&b->sessions, client->session, p) &&
	    p->type == MQTT_PUBREC)
		answer(c, MQTT_PUBREL, p->id); /* else it never forgets it */
	deliver_pump(client->session);
}

static void
on_pubrel(struct broker *b, struct wm_conn *c, const struct mqtt_packet *p)
{
	struct client *client = wm_conn_data(c);

	(void)b;
	inflight_release(client->session, p->id);
	answer(c, MQTT_PUBCOMP, p->id);
}

static void
on_subscribe(struct broker *b, struct wm_conn *c, const struct mqtt_packet *p)
{
	struct session *s = ((struct client *)wm_conn_data(c))->session;
	struct wm_buf codes = WM_BUF_INIT;
	struct mqtt_filter f;
	size_t i, pos;
	int error;

	for (i = pos = 0; mqtt_next_filter(p, &pos, &f); i++) {
		error = i >= SESSION_FILTERS_MAX ?
		    WM_E_FULL :
		    session_subscribe(&b->sessions, s, f.name, f.qos);
		pack_uint(&codes, error < 0 ? MQTT_FILTER_REFUSED : f.qos, 1);
	}
	if (!codes.failed)
		link_send(c,
		    &(struct mqtt_packet){ .type = MQTT_SUBACK,
			.id = p->id,
			.payload = { codes.data, codes.len } });
	for (i = pos = 0; !codes.failed && mqtt_next_filter(p, &pos, &f); i++)
		if ((uint8_t)codes.data[i] != MQTT_FILTER_REFUSED)
			deliver_retained(b, s, f.name, f.qos);
	wm_buf_fini(&codes);
}

static void
on_unsubscribe(struct broker *b, struct wm_conn *c, const struct mqtt_packet *p)
{
	struct session *s = ((struct client *)wm_conn_data(c))->session;
	struct mqtt_filter f;
	size_t pos = 0;

	while (mqtt_next_filter(p, &pos, &f))
		session_unsubscribe(&b->sessions, s, f.name);
	answer(c, MQTT_UNSUBACK, p->id);
}

static void
on_ping(struct broker *b, struct wm_conn *c, const struct mqtt_packet *p)
{
	(void)b, (void)p;
	answer(c, MQTT_PINGRESP, 0);
}

static void
on_disconnect(struct broker *b, struct wm_conn *c, const struct mqtt_packet *p)
{
	struct client *client = wm_conn_data(c);

	(void)p;
	message_unref(&client->will); /* [MQTT-3.14.4-3] */
	client_leave(b, client);
	wm_conn_close(c);
}

void
broker_on_packet(struct wm_conn *c, const struct mqtt_packet *p)
{
	static void (*const handlers[MQTT_TYPES])(struct broker *,
	    struct wm_conn *, const struct mqtt_packet *) = {
		[MQTT_CONNECT] = on_connect,
		[MQTT_PUBLISH] = on_publish,
		[MQTT_PUBACK] = on_acknowledgement,
		[MQTT_PUBREC] = on_acknowledgement,
		[MQTT_PUBREL] = on_pubrel,
		[MQTT_PUBCOMP] = on_acknowledgement,
		[MQTT_SUBSCRIBE] = on_subscribe,
		[MQTT_UNSUBSCRIBE] = on_unsubscribe,
		[MQTT_PINGREQ] = on_ping,
		[MQTT_DISCONNECT] = on_disconnect,
	};
	struct client *client = wm_conn_data(c);

	/* All but CONNECT are delivered only between accept and leave. */
	if (p->type == MQTT_CONNECT || client->session != NULL)
		handlers[p->type](broker_of(c), c, p);
}

/* ---- the worker ---- */

static const struct mesh_hearing hearing = {
	.met = move_on_met,
	.gone = handover_on_gone,
	.publish = deliver_on_publish,
	.retained = deliver_on_retained,
	.hello = deliver_on_hello,
	.claim = handover_on_claim,
	.ask = handover_on_ask,
	.none = handover_on_none,
	.session = handover_on_session,
	.left = handover_on_left,
};

static void
on_sweep(struct wm_proc *p, void *arg)
{
	struct broker *b = arg;
	struct stamp then = stamp_now(0);

	(void)p;
	then.ns -= SWEEP_MS * 1000000ull;
	retained_sweep(&b->retained, then);
	recent_sweep(&b->recent);
}

static int
retain_worker(struct broker *b)
{
	char name[128];
	struct message *m;
	int rc;

	snprintf(name, sizeof(name), "%s/%u", wm_proc_name(b->proc),
	    wm_proc_slot(b->proc));
	m = message_new(span_of(BROKER_WORKER_TOPIC), span_of(name), 1, true);
	if (m == NULL)
		return WM_E_NOMEM;
	rc = retained_put(&b->retained, m);
	message_unref(&m);
	return rc;
}

struct broker *
broker_new(struct wm_proc *p)
{
	struct broker *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->proc = p;
	if (retain_worker(b) < 0 ||
	    wm_timer_every(p, SWEEP_MS, on_sweep, b) == 0 ||
	    mesh_start(&b->mesh, p, &hearing, b) < 0) {
		broker_free(&b);
		return NULL;
	}
	return b;
}

void
broker_free(struct broker **bp)
{
	struct broker *b = *bp;

	*bp = NULL;
	handover_leave(b);
	mesh_stop(&b->mesh);
	sessions_fini(&b->sessions);
	retained_fini(&b->retained);
	recent_fini(&b->recent);
	free(b);
}
