/* SPDX-License-Identifier: MIT */
/* Messages on their way: see inflight.h. */
#include <stdlib.h>

#include <utlist.h>

#include "inflight.h"

static size_t
outgoing_size(const struct outgoing *o)
{
	return sizeof(*o) + (o->message != NULL ? message_size(o->message) : 0);
}

static void
outgoing_forget_message(struct sessions *all, struct session *s,
    struct outgoing *o)
{
	size_t size = message_size(o->message);

	s->bytes -= size;
	all->bytes -= size;
	message_unref(&o->message);
}

static void
outgoing_drop(struct sessions *all, struct session *s, struct outgoing *o)
{
	if (o->message != NULL)
		outgoing_forget_message(all, s, o);
	s->bytes -= sizeof(*o);
	all->bytes -= sizeof(*o);
	s->n_outgoing--;
	if (o->state != OUTGOING_QUEUED)
		s->n_inflight--;
	DL_DELETE(s->outgoing, o);
	free(o);
}

int
inflight_add(struct sessions *all, struct session *s, struct message *m,
    uint8_t qos, bool retain)
{
	struct outgoing *o;
	size_t size = sizeof(*o) + message_size(m);

	if (s->n_outgoing >= SESSION_MESSAGES_MAX ||
	    (s->n_outgoing > 0 && s->bytes + size > SESSION_BYTES_MAX) ||
	    all->bytes + size > SESSIONS_BYTES_MAX)
		return WM_E_FULL;
	if ((o = calloc(1, sizeof(*o))) == NULL)
		return WM_E_NOMEM;
	o->qos = qos;
	o->retain = retain;
	o->message = message_ref(m);
	DL_APPEND(s->outgoing, o);
	s->n_outgoing++;
	s->bytes += outgoing_size(o);
	all->bytes += outgoing_size(o);
	return 0;
}

static struct outgoing *
inflight_find(struct session *s, uint16_t id)
{
	struct outgoing *o;

	DL_FOREACH(s->outgoing, o) {
		if (o->state == OUTGOING_QUEUED)
			return NULL;
		if (o->id == id)
			return o;
	}
	return NULL;
}

/* There are far more ids than messages in flight. */
static uint16_t
inflight_new_id(struct session *s)
{
	do
		s->last_id++;
	while (s->last_id == 0 || inflight_find(s, s->last_id) != NULL);
	return s->last_id;
}

struct outgoing *
inflight_next(struct session *s, struct mqtt_packet *p_r)
{
	struct outgoing *o = s->outgoing;

	while (o != NULL && o->sent)
		o = o->next;
	if (o == NULL ||
	    (o->state == OUTGOING_QUEUED && s->n_inflight >= SESSION_INFLIGHT))
		return NULL;
	if (o->id == 0)
		o->id = inflight_new_id(s);
	*p_r = (struct mqtt_packet){ .id = o->id };
	if (o->state == OUTGOING_RELEASED) {
		p_r->type = MQTT_PUBREL;
		return o;
	}
	p_r->type = MQTT_PUBLISH;
	p_r->qos = o->qos;
	p_r->retain = o->retain;
	p_r->dup = o->state == OUTGOING_PUBLISHED;
	p_r->topic = o->message->topic;
	p_r->payload = o->message->payload;
	return o;
}

void
inflight_sent(struct session *s, struct outgoing *o)
{
	o->sent = true;
	if (o->state != OUTGOING_QUEUED)
		return;
	o->state = OUTGOING_PUBLISHED;
	s->n_inflight++;
}

bool
inflight_acknowledge(struct sessions *all, struct session *s,
    const struct mqtt_packet *p)
{
	struct outgoing *o = inflight_find(s, p->id);

	if (o == NULL)
		return false;
	if (p->type == MQTT_PUBREC) {
		if (o->qos != 2)
			return false;
		if (o->state == OUTGOING_PUBLISHED)
			outgoing_forget_message(all, s, o);
		o->state = OUTGOING_RELEASED;
		o->sent = false;
		return true;
	}
	if (p->type == MQTT_PUBACK ? o->qos != 1 :
				     o->state != OUTGOING_RELEASED)
		return false;
	outgoing_drop(all, s, o);
	return true;
}

void
inflight_reset(struct session *s)
{
	struct outgoing *o;

	DL_FOREACH(s->outgoing, o)
		o->sent = false;
}

void
inflight_drop_all(struct sessions *all, struct session *s)
{
	while (s->outgoing != NULL)
		outgoing_drop(all, s, s->outgoing);
}

int
inflight_receive(struct session *s, uint16_t id)
{
	uint16_t *more;
	unsigned i;

	for (i = 0; i < s->n_receiving; i++)
		if (s->receiving[i] == id)
			return 0;
	if (s->n_receiving >= SESSION_RECEIVING_MAX)
		return WM_E_FULL;
	more = realloc(s->receiving, (s->n_receiving + 1) * sizeof(*more));
	if (more == NULL)
		return WM_E_NOMEM;
	more[s->n_receiving++] = id;
	s->receiving = more;
	return 1;
}

void
inflight_release(struct session *s, uint16_t id)
{
	unsigned i;

	for (i = 0; i < s->n_receiving; i++)
		if (s->receiving[i] == id) {
			s->receiving[i] = s->receiving[--s->n_receiving];
			return;
		}
}
