/* SPDX-License-Identifier: MIT */
/*
 * MQTT 3.1.1 as a protocol (OASIS Standard, 29 October 2014; numbers in
 * brackets are its normative statements). A message is one control packet
 * that a client may send, judged in itself and in its place: the first one
 * is CONNECT and no other is. Whatever is malformed closes the connection.
 *
 * The protocol also keeps the keep-alive: one and a half times its interval
 * without a packet closes the connection [MQTT-3.1.2-24], and so does
 * limits.handshake_ms without a CONNECT.
 */
#ifndef MQTT_PROTOCOL_H
#define MQTT_PROTOCOL_H

#include <workerman/workerman.h>

/*	number  name         flags  sent by a client */
#define MQTT_TYPE_TABLE(X)                                                     \
	X(1, CONNECT, 0, true)                                                 \
	X(2, CONNACK, 0, false)                                                \
	X(3, PUBLISH, 0, true)                                                 \
	X(4, PUBACK, 0, true)                                                  \
	X(5, PUBREC, 0, true)                                                  \
	X(6, PUBREL, 2, true)                                                  \
	X(7, PUBCOMP, 0, true)                                                 \
	X(8, SUBSCRIBE, 2, true)                                               \
	X(9, SUBACK, 0, false)                                                 \
	X(10, UNSUBSCRIBE, 2, true)                                            \
	X(11, UNSUBACK, 0, false)                                              \
	X(12, PINGREQ, 0, true)                                                \
	X(13, PINGRESP, 0, false)                                              \
	X(14, DISCONNECT, 0, true)

enum mqtt_type {
#define MQTT_TYPE_ENUM(number, name, flags, client) MQTT_##name = (number),
	MQTT_TYPE_TABLE(MQTT_TYPE_ENUM)
#undef MQTT_TYPE_ENUM
	    MQTT_TYPES /* one more than the last */
};

/* Codes of CONNACK (section 3.2.2.3), and the one of SUBACK for a filter that
   is refused (3.9.3). */
enum {
	MQTT_ACCEPTED = 0,
	MQTT_BAD_VERSION = 1,
	MQTT_BAD_CLIENT_ID = 2,
	MQTT_UNAVAILABLE = 3,
	MQTT_FILTER_REFUSED = 0x80
};

struct mqtt_connect {
	struct wm_span client_id;
	struct wm_span will_topic, will_payload;
	struct wm_span user, password; /* null data: not sent */
	uint16_t keep_alive;           /* seconds; 0: off */
	bool clean, has_will, will_retain;
	uint8_t will_qos;
};

/* A control packet. Spans of a received one point into the input. */
struct mqtt_packet {
	enum mqtt_type type;
	uint16_t id; /* of those that have one; never 0 if received */
	uint8_t qos; /* PUBLISH */
	bool dup, retain;
	struct wm_span topic;   /* PUBLISH */
	struct wm_span payload; /* PUBLISH; SUBACK: a code per filter;
				   (UN)SUBSCRIBE: see mqtt_next_filter() */
	uint8_t code;           /* CONNACK */
	bool present;           /* CONNACK: there was a session */
	struct mqtt_connect connect;
};

/* "mqtt://". What is sent with it is a wm_msg whose view is a packet. */
extern const struct wm_protocol mqtt_protocol;

/* The packet that m is; null when m is not from mqtt_protocol. */
const struct mqtt_packet *mqtt_packet(const struct wm_msg *m);

/* Of its state: 0 before CONNECT, and for a client that may be silent. */
uint32_t mqtt_keep_alive_ms(const void *state);

/*
 * Walks the topic filters of SUBSCRIBE and UNSUBSCRIBE: *pos begins as 0.
 * False behind the last.
 */
struct mqtt_filter {
	struct wm_span name;
	uint8_t qos; /* SUBSCRIBE */
};
bool mqtt_next_filter(const struct mqtt_packet *p, size_t *pos,
    struct mqtt_filter *filter_r);

#endif
