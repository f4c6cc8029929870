/* SPDX-License-Identifier: MIT */
/*
 * Packets of a client, cut in two where the first byte says and whole: the
 * same messages must come of it, and each must be as well-formed as the
 * broker takes it for.
 */
#include <assert.h>

#include "apps/mqtt/mqtt_protocol.h"
#include "apps/mqtt/topic.h"
#include "framework/kit/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
judge(struct wm_conn *c, const struct wm_msg *m)
{
	const struct mqtt_packet *p = mqtt_packet(m);
	struct mqtt_filter f;
	size_t pos = 0;

	(void)c;
	assert(p->qos <= 2 && p->connect.will_qos <= 2);
	assert(p->type != MQTT_PUBLISH || topic_is_valid(p->topic));
	if (p->type == MQTT_SUBSCRIBE || p->type == MQTT_UNSUBSCRIBE)
		while (mqtt_next_filter(p, &pos, &f))
			assert(filter_is_valid(f.name) && f.qos <= 2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct wm_handlers handlers = { .on_message = judge };
	size_t cut = size > 0 ? data[0] % size : 0;
	struct wire *w[2];

	for (int i = 0; size > 0 && i < 2; i++) {
		w[i] = wire_new(&mqtt_protocol, NULL, &handlers);
		if (i == 1 && cut > 0)
			wire_feed(w[i], data + 1, cut);
		if (i == 0 || cut + 1 < size)
			wire_feed(w[i], data + 1 + i * cut, size - 1 - i * cut);
		wire_turn(w[i]);
	}
	if (size > 0) {
		assert(wire_messages(w[0]) == wire_messages(w[1]));
		wire_free(&w[0]);
		wire_free(&w[1]);
	}
	return 0;
}
