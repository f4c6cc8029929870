/* SPDX-License-Identifier: MIT */
/*
 * Messages of QoS 1 and 2 of a session, in both directions: which packet is
 * to be sent next, and what an acknowledgement changes (MQTT 3.1.1, sections
 * 4.3 to 4.6). Data only: sending is the broker's.
 */
#ifndef MQTT_INFLIGHT_H
#define MQTT_INFLIGHT_H

#include "mqtt_protocol.h"
#include "session.h"

/*
 * Lets the message wait for its turn. Returns 0, WM_E_FULL when it was
 * dropped for a bound of session.h, WM_E_NOMEM.
 */
int inflight_add(struct sessions *, struct session *s, struct message *m,
    uint8_t qos, bool retain);

/*
 * The next packet to be sent on the connection that is now: what the client
 * did not acknowledge on an earlier one, with DUP, then new messages, no more
 * than SESSION_INFLIGHT unacknowledged. Null: none. Once sent,
 * inflight_sent() is called.
 */
struct outgoing *inflight_next(struct session *s, struct mqtt_packet *p_r);
void inflight_sent(struct session *s, struct outgoing *o);

/* PUBACK, PUBREC or PUBCOMP came. Whether it belongs to a message. */
bool inflight_acknowledge(struct sessions *, struct session *s,
    const struct mqtt_packet *p);

/* A new connection, or none: nothing was sent on it. */
void inflight_reset(struct session *s);
void inflight_drop_all(struct sessions *, struct session *s);

/* PUBLISH of QoS 2 came: 1 for a new one, 0 for one that came before,
   WM_E_FULL, WM_E_NOMEM. PUBREL came: its id may be used again. */
int inflight_receive(struct session *s, uint16_t id);
void inflight_release(struct session *s, uint16_t id);

#endif
