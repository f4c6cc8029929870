/* SPDX-License-Identifier: MIT */
/*
 * The broker in one worker process, and what its files know of each other.
 * Every worker gets every message and hands it to its own clients; a session
 * belongs to one worker at a time.
 */
#ifndef MQTT_BROKER_H
#define MQTT_BROKER_H

#include "mesh.h"
#include "mqtt_protocol.h"
#include "retained.h"
#include "session.h"

#define BROKER_MESSAGE_MAX (1u << 20) /* bytes of a packet from a client */

/* The last messages of QoS 1 and 2 that were routed: see handover.c. */
#define RECENT_MAX       1024
#define RECENT_BYTES_MAX (1u << 20)

struct recent {
	struct message *ring[RECENT_MAX];
	unsigned first, n;
	size_t bytes;
};

struct broker { /* wm_proc_data() */
	struct wm_proc *proc;
	struct mesh mesh;
	struct sessions sessions;
	struct retained retained;
	bool retained_full; /* said in the log */
	struct recent recent;
	unsigned long match; /* the number of the last match */
};

struct client {                  /* wm_conn_data() */
	struct session *session; /* null: none yet, or not its any more */
	struct message *will;
	struct layer *layer; /* its WebSocket's; null: plain TCP */
	bool begun;          /* CONNECT was taken */
};

/* broker.c: one worker's broker; what its clients send. Null: no memory. */
struct broker *broker_new(struct wm_proc *p);
void broker_free(struct broker **b);

void broker_on_packet(struct wm_conn *c, const struct mqtt_packet *p);
void broker_on_close(struct wm_conn *c);
void broker_on_drain(struct wm_conn *c); /* it may be sent more */

/* For handover.c: the client's session begins, which was there before or
   not; is refused with a CONNACK code; has been claimed by another
   connection. */
void broker_accept(struct broker *, struct wm_conn *c, struct session *s,
    bool present);
void broker_refuse(struct wm_conn *c, uint8_t code);
void broker_take_over(struct broker *, struct session *s);

/* deliver.c: from messages to clients. */
void deliver_on_publish(void *b, struct message *m);
void deliver_on_retained(void *b, struct message *m);
void deliver_on_hello(void *b, uint64_t from);
void deliver_retained(struct broker *, struct session *s, struct wm_span filter,
    uint8_t qos);
void deliver_missed(struct broker *, struct session *s);
void deliver_pump(struct session *s);
void deliver_fini(struct broker *);

/* handover.c: whose session it is. */
void handover_connect(struct broker *, struct wm_conn *c,
    const struct mqtt_connect *connect);
void handover_leave(struct broker *); /* the worker ends */
void handover_on_claim(void *b, uint64_t from, const struct mesh_claim *);
void handover_on_none(void *b, uint64_t from, const struct mesh_claim *);
void handover_on_session(void *b, uint64_t from, const struct mesh_claim *,
    struct wm_span state);

/* link.c: a packet to the client, over whatever its connection is; no more,
   or more packets from it. Returns as wm_conn_send_msg(). */
int link_send(struct wm_conn *c, const struct mqtt_packet *p);
void link_pause(struct wm_conn *c);
void link_resume(struct wm_conn *c);

/* The handlers of an http:// listener: opens WebSockets of MQTT. */
extern const struct wm_handlers link_http_handlers;

#endif
