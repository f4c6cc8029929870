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
#include "recent.h"
#include "retained.h"
#include "session.h"

#define BROKER_MESSAGE_MAX (1u << 20) /* bytes of a packet from a client */

/* Claims of others, the last ones. */
#define HEARD_MAX 1024

struct heard {
	uint64_t hash; /* of the client id */
	struct stamp stamp;
	uint64_t from;
};

struct broker { /* wm_proc_data() */
	struct wm_proc *proc;
	struct mesh mesh;
	struct sessions sessions;
	struct retained retained;
	bool retained_full; /* said in the log */
	struct recent recent;
	struct heard heard[HEARD_MAX];
	unsigned n_heard;
	bool ready;          /* the other workers are known */
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
/* What the session has not seen of what was routed here, of that QoS and
   higher. */
void deliver_missed(struct broker *, struct session *s, uint8_t qos);
void deliver_pump(struct session *s);

/* handover.c: whose session it is. */
void handover_connect(struct broker *, struct wm_conn *c,
    const struct mqtt_connect *connect);
void handover_leave(struct broker *); /* the worker ends */
void handover_on_claim(void *b, uint64_t from, const struct mesh_claim *);
void handover_on_ask(void *b, uint64_t from, const struct mesh_claim *);
void handover_on_none(void *b, uint64_t from, const struct mesh_claim *,
    bool passed);
void handover_on_gone(void *b, const struct peer *peer);
void handover_on_session(void *b, uint64_t from, const struct mesh_claim *,
    struct wm_span state);
/* It is ours, or its claimer's. */
void handover_adopt(struct broker *, const struct mesh_claim *,
    struct wm_span state);
void handover_on_left(void *b, uint64_t from, const struct mesh_claim *,
    struct wm_span state);

/* The other workers are known: what was waiting for that is claimed. */
void handover_ready(struct broker *);
/* Which messages this worker has heard; which of these are behind it. */
void handover_note_seen(struct broker *, struct session *s);
void handover_forget_seen(struct broker *, struct session *s);
/* The run whose claim, newer than that, was heard; 0: none. */
uint64_t handover_claimer(const struct broker *, struct wm_span id,
    struct stamp since);
/* It moves no more: it is elsewhere, or stays. The latter may end it. */
void handover_settle(struct broker *, struct session *s, bool moved);
/* It was unlisted and stays: all of it goes to who has its id. Frees it. */
void handover_yield(struct broker *, struct session *s);
/* Its client is away: it goes to our successor, if there is one; it is then
   freed. */
void handover_away(struct broker *, struct session *s);

/* move.c: a reload. */
int move_freeze(struct wm_conn *c, struct wm_freezer *f);
int move_thaw(struct wm_conn *c, struct wm_thawer *t);
void move_moved(struct wm_conn *c, bool moved);
void move_worker_freeze(struct wm_proc *p, struct wm_freezer *f);
void move_worker_thaw(struct wm_proc *p, struct wm_thawer *t);
void move_worker_active(struct wm_proc *p);
void move_on_event(struct wm_proc *p, const struct wm_event *e);
void move_on_met(void *b, const struct peer *peer);

/* link.c: a packet to the client, over whatever its connection is; no more,
   or more packets from it. Returns as wm_conn_send_msg(). */
int link_send(struct wm_conn *c, const struct mqtt_packet *p);
void link_pause(struct wm_conn *c);
void link_resume(struct wm_conn *c);

/* For move.c: what is of the WebSocket goes along, if it is one. Thaw returns
   0 or a negative error, with nothing left to release. */
int link_freeze(struct wm_conn *c, struct wm_freezer *f);
int link_thaw(struct wm_conn *c, struct wm_thawer *t);
void link_free(struct wm_conn *c);

/* The handlers of an http:// listener: opens WebSockets of MQTT, which have
   the second ones. */
extern const struct wm_handlers link_http_handlers, link_ws_handlers;

#endif
