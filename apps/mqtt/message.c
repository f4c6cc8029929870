/* SPDX-License-Identifier: MIT */
/* Messages and stamps: see message.h. */
#include <stdlib.h>
#include <time.h>

#include "message.h"
#include "pack.h"
#include "topic.h"

#define MESSAGE_RETAIN 0x80 /* beside the QoS */

struct stamp
stamp_now(uint64_t run)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (struct stamp){
		(uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec, run
	};
}

struct message *
message_new(struct wm_span topic, struct wm_span payload, uint8_t qos,
    bool retain)
{
	struct message *m = calloc(1, sizeof(*m) + topic.len + payload.len);

	if (m == NULL)
		return NULL;
	m->refs = 1;
	m->qos = qos;
	m->retain = retain;
	memcpy(m->bytes, topic.data, topic.len);
	if (payload.len > 0)
		memcpy(m->bytes + topic.len, payload.data, payload.len);
	m->topic = (struct wm_span){ m->bytes, topic.len };
	m->payload = (struct wm_span){ m->bytes + topic.len, payload.len };
	return m;
}

struct message *
message_ref(struct message *m)
{
	m->refs++;
	return m;
}

void
message_unref(struct message **m)
{
	struct message *old = *m;

	*m = NULL;
	if (old != NULL && --old->refs == 0)
		free(old);
}

void
message_pack(struct wm_buf *b, const struct message *m)
{
	pack_uint(b, m->stamp.ns, 8);
	pack_uint(b, m->stamp.run, 8);
	pack_uint(b, m->seq, 8);
	pack_uint(b, m->qos | (m->retain ? MESSAGE_RETAIN : 0u), 1);
	pack_span(b, m->topic, 2);
	pack_span(b, m->payload, 4);
}

struct message *
message_unpack(struct unpack *u)
{
	struct stamp stamp;
	struct wm_span topic, payload;
	struct message *m;
	uint64_t seq;
	unsigned qos;

	stamp.ns = unpack_uint(u, 8);
	stamp.run = unpack_uint(u, 8);
	seq = unpack_uint(u, 8);
	qos = (unsigned)unpack_uint(u, 1);
	topic = unpack_span(u, 2);
	payload = unpack_span(u, 4);
	if (!topic_is_valid(topic) || (qos & 0x7f) > 2)
		u->failed = true;
	if (u->failed)
		return NULL;
	m = message_new(topic, payload, qos & 3, (qos & MESSAGE_RETAIN) != 0);
	if (m == NULL)
		return NULL;
	m->stamp = stamp;
	m->seq = seq;
	return m;
}
