/* SPDX-License-Identifier: MIT */
/*
 * A message that was published, shared by all who wait for it; and the
 * stamps that put things in one order for all workers.
 */
#ifndef MQTT_MESSAGE_H
#define MQTT_MESSAGE_H

#include <workerman/buf.h>

/*
 * A moment: nanoseconds of the clock that all processes of a machine share,
 * and the run of the worker that took it, which tells equal ones apart.
 */
struct stamp {
	uint64_t ns, run;
};

struct stamp stamp_now(uint64_t run);

static inline bool
stamp_is_newer(struct stamp a, struct stamp b)
{
	return a.ns != b.ns ? a.ns > b.ns : a.run > b.run;
}

struct message {
	unsigned refs;
	uint8_t qos;
	bool retain; /* as it was published */
	struct stamp stamp;
	uint64_t seq; /* of the run in the stamp: its seq-th message */
	struct wm_span topic, payload; /* in bytes[] */
	char bytes[];
};

/* Copies both; the caller holds one reference. Null when memory ran out. */
struct message *message_new(struct wm_span topic, struct wm_span payload,
    uint8_t qos, bool retain);
struct message *message_ref(struct message *m);
void message_unref(struct message **m);

/* What it counts against a bound. */
static inline size_t
message_size(const struct message *m)
{
	return sizeof(*m) + m->topic.len + m->payload.len;
}

/* As bytes, for other workers; null when they are malformed, or no memory. */
struct unpack;
void message_pack(struct wm_buf *b, const struct message *m);
struct message *message_unpack(struct unpack *u);

#endif
