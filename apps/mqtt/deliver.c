/* SPDX-License-Identifier: MIT */
/*
 * From messages to clients: who subscribes to it, with which QoS, and what
 * can be sent now.
 */
#include <utlist.h>

#include "broker.h"
#include "inflight.h"
#include "topic.h"

static void
send_once(struct session *s, const struct message *m, bool retain)
{
	struct wm_conn *c = s->conn;
	const struct mqtt_packet p = {
		.type = MQTT_PUBLISH,
		.retain = retain,
		.topic = m->topic,
		.payload = m->payload,
	};

	if (c != NULL && !s->awaited)
		link_send(c, &p); /* QoS 0: what cannot be sent is lost */
}

static void
deliver(struct broker *b, struct session *s, struct message *m, uint8_t qos,
    bool retain)
{
	if (qos > m->qos)
		qos = m->qos;
	if (qos == 0) {
		send_once(s, m, retain);
		return;
	}
	if (inflight_add(&b->sessions, s, m, qos, retain) == 0)
		deliver_pump(s);
	else if (!s->overflowed) {
		s->overflowed = true;
		wm_log(WM_LOG_WARNING,
		    "client '%s' is too slow or too long away: messages "
		    "for it are dropped",
		    s->id);
	}
}

void
deliver_pump(struct session *s)
{
	struct wm_conn *c = s->conn;
	struct mqtt_packet p;
	struct outgoing *o;

	if (s->awaited || s->moving)
		return; /* no CONNACK yet; it goes on elsewhere */
	while (c != NULL && (o = inflight_next(s, &p)) != NULL) {
		if (link_send(c, &p) < 0)
			return; /* broker_on_drain(), or the next connection */
		inflight_sent(s, o);
	}
}

/* ---- messages that were routed here before the session came ---- */

struct missed {
	struct broker *broker;
	struct session *session;
	uint8_t least; /* QoS */
};

static void
missed_found(void *arg, struct message *m)
{
	const struct missed *to = arg;
	struct subscription *sub;
	int qos = -1;

	DL_FOREACH2(to->session->subscriptions, sub, next_own)
	if (sub->qos > qos &&
	    filter_matches(subscription_filter(sub), m->topic))
		qos = sub->qos;
	if (qos >= 0 && m->qos >= to->least)
		deliver(to->broker, to->session, m, (uint8_t)qos, false);
}

void
deliver_missed(struct broker *b, struct session *s, uint8_t qos)
{
	struct missed to = { b, s, qos };

	recent_missed(&b->recent, s, missed_found, &to);
}

/* ---- one message to everybody ---- */

struct match {
	unsigned long number;
	struct session *found;
};

/* A session is served once, however many of its filters match, with the
   highest QoS among them [MQTT-3.3.5-1]. */
static void
match_add(void *arg, struct subscription *sub)
{
	struct match *match = arg;
	struct session *s = sub->session;

	if (s->match == match->number) {
		if (sub->qos > s->match_qos)
			s->match_qos = sub->qos;
		return;
	}
	s->match = match->number;
	s->match_qos = sub->qos;
	s->match_next = match->found;
	match->found = s;
}

static void
deliver_to_all(struct broker *b, struct message *m, bool retain)
{
	struct match match = { ++b->match, NULL };
	struct session *s;

	if (!retain)
		recent_add(&b->recent, m);
	filters_match(&b->sessions.filters, m->topic, match_add, &match);
	for (s = match.found; s != NULL; s = s->match_next)
		if (!s->moving && !session_has_seen(s, m))
			deliver(b, s, m, s->match_qos, retain);
}

/* ---- what is retained, to who subscribes ---- */

struct subscriber {
	struct broker *broker;
	struct session *session;
	uint8_t qos;
};

static void
retained_found(void *arg, struct message *m)
{
	struct subscriber *to = arg;

	deliver(to->broker, to->session, m, to->qos, true);
}

void
deliver_retained(struct broker *b, struct session *s, struct wm_span filter,
    uint8_t qos)
{
	struct subscriber to = { b, s, qos };

	retained_match(&b->retained, filter, retained_found, &to);
}

/* ---- what other workers say, and this one to itself ---- */

void
deliver_on_publish(void *arg, struct message *m)
{
	struct broker *b = arg;

	if (m->retain && retained_put(&b->retained, m) < 0 &&
	    !b->retained_full) {
		b->retained_full = true;
		wm_log(WM_LOG_WARNING,
		    "too much is retained already: "
		    "messages are delivered only");
	}
	deliver_to_all(b, m, false);
}

/* What was retained before this worker began is new to who subscribed since. */
void
deliver_on_retained(void *arg, struct message *m)
{
	struct broker *b = arg;

	if (retained_put(&b->retained, m) == 1 && m->payload.len > 0)
		deliver_to_all(b, m, true);
}

struct telling {
	struct broker *broker;
	uint64_t to;
};

static void
tell_retained(void *arg, struct message *m)
{
	struct telling *t = arg;

	if (m->topic.data[0] != '$')
		mesh_say_retained(&t->broker->mesh, t->to, m);
}

void
deliver_on_hello(void *arg, uint64_t from)
{
	struct broker *b = arg;
	struct telling t = { b, from };

	retained_match(&b->retained, (struct wm_span){ NULL, 0 }, tell_retained,
	    &t);
}
