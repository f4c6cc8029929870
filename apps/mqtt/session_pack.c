/* SPDX-License-Identifier: MIT */
/*
 * A session as bytes, for another worker: its subscriptions, its messages
 * with their states, and which messages its owner has seen.
 */
#include <stdlib.h>

#include <utlist.h>

#include <workerman/error.h>

#include "inflight.h"
#include "pack.h"
#include "session.h"
#include "topic.h"

#define PACKED_RETAIN 0x80 /* beside the QoS */
#define PACKED_SENT   0x40

static void
pack_outgoing(struct wm_buf *b, const struct outgoing *o)
{
	pack_uint(b, o->state, 1);
	pack_uint(b, o->id, 2);
	pack_uint(b,
	    o->qos | (o->retain ? PACKED_RETAIN : 0u) |
		(o->sent ? PACKED_SENT : 0u),
	    1);
	if (o->state != OUTGOING_RELEASED)
		message_pack(b, o->message);
}

void
session_pack(struct wm_buf *b, const struct session *s)
{
	const struct subscription *sub;
	const struct outgoing *o;
	unsigned i;

	pack_uint(b, s->n_subscriptions, 2);
	DL_FOREACH2(s->subscriptions, sub, next_own)
	{
		pack_span(b, subscription_filter(sub), 2);
		pack_uint(b, sub->qos, 1);
	}
	pack_uint(b, s->last_id, 2);
	pack_uint(b, s->n_outgoing, 2);
	DL_FOREACH(s->outgoing, o)
		pack_outgoing(b, o);
	pack_uint(b, s->n_receiving, 2);
	for (i = 0; i < s->n_receiving; i++)
		pack_uint(b, s->receiving[i], 2);
	pack_uint(b, s->n_seen, 2);
	for (i = 0; i < s->n_seen; i++) {
		pack_uint(b, s->seen[i].run, 8);
		pack_uint(b, s->seen[i].seq, 8);
	}
}

static int
unpack_subscription(struct sessions *all, struct session *s, struct unpack *u)
{
	struct wm_span filter = unpack_span(u, 2);
	uint64_t qos = unpack_uint(u, 1);

	if (u->failed || qos > 2 || !filter_is_valid(filter))
		return WM_E_PROTOCOL;
	return session_subscribe(all, s, filter, (uint8_t)qos);
}

/* What the state of a message may be where `s` has got to. */
static bool
unpack_may_follow(const struct session *s, const struct outgoing *o)
{
	if (o->qos < 1 || o->qos > 2 || o->state > OUTGOING_RELEASED)
		return false;
	if (o->state == OUTGOING_QUEUED)
		return true;
	return o->id != 0 && s->n_inflight == s->n_outgoing &&
	    s->n_inflight < SESSION_INFLIGHT &&
	    (o->state == OUTGOING_PUBLISHED || o->qos == 2);
}

static int
unpack_outgoing(struct sessions *all, struct session *s, struct unpack *u)
{
	struct outgoing head = { 0 }, *o;
	struct message *m;
	unsigned flags;
	int error;

	head.state = (enum outgoing_state)unpack_uint(u, 1);
	head.id = (uint16_t)unpack_uint(u, 2);
	flags = (unsigned)unpack_uint(u, 1);
	head.qos = flags & 0x3f;
	if (u->failed || !unpack_may_follow(s, &head))
		return WM_E_PROTOCOL;
	m = head.state == OUTGOING_RELEASED ?
	    message_new(span_of("-"), span_of(""), 2, false) :
	    message_unpack(u);
	if (m == NULL)
		return u->failed ? WM_E_PROTOCOL : WM_E_NOMEM;
	error = inflight_add(all, s, m, head.qos, flags & PACKED_RETAIN);
	message_unref(&m);
	if (error < 0)
		return error;
	o = s->outgoing->prev; /* the last */
	o->id = head.id;
	if (head.state != OUTGOING_QUEUED)
		inflight_sent(s, o);
	if (head.state == OUTGOING_RELEASED)
		inflight_acknowledge(all, s,
		    &(struct mqtt_packet){ .type = MQTT_PUBREC,
			.id = head.id });
	o->sent = head.state != OUTGOING_QUEUED && (flags & PACKED_SENT) != 0;
	return 0;
}

static int
unpack_received(struct sessions *all, struct session *s, struct unpack *u)
{
	uint16_t id = (uint16_t)unpack_uint(u, 2);
	int rc = u->failed ? WM_E_PROTOCOL : inflight_receive(s, id);

	(void)all;
	return rc < 0 ? rc : 0;
}

static int
unpack_seen(struct sessions *all, struct session *s, struct unpack *u)
{
	uint64_t run = unpack_uint(u, 8), seq = unpack_uint(u, 8);

	(void)all;
	return u->failed ? WM_E_PROTOCOL : session_add_seen(s, run, seq);
}

/* A count, and as many of what `one` reads. */
static int
unpack_list(struct sessions *all, struct session *s, struct unpack *u,
    int (*one)(struct sessions *, struct session *, struct unpack *))
{
	uint64_t n = unpack_uint(u, 2);
	int error = u->failed ? WM_E_PROTOCOL : 0;

	while (error == 0 && n-- > 0)
		error = one(all, s, u);
	return error;
}

int
session_unpack(struct sessions *all, struct session *s, const void *data,
    size_t len)
{
	struct unpack u = UNPACK_INIT((const char *)data, len);
	int error;

	error = unpack_list(all, s, &u, unpack_subscription);
	s->last_id = (uint16_t)unpack_uint(&u, 2);
	if (error == 0)
		error = unpack_list(all, s, &u, unpack_outgoing);
	if (error == 0)
		error = unpack_list(all, s, &u, unpack_received);
	if (error == 0)
		error = unpack_list(all, s, &u, unpack_seen);
	if (error == 0 && unpack_left(&u) > 0)
		error = WM_E_PROTOCOL;
	return error;
}
