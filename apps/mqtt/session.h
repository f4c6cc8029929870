/* SPDX-License-Identifier: MIT */
/*
 * Sessions: what is kept of a client, with or without its connection. Data
 * only; who may have a session, and when, is decided in handover.c, and what
 * happens to it in broker.c.
 */
#ifndef MQTT_SESSION_H
#define MQTT_SESSION_H

#include <uthash.h>

#include "asked.h"
#include "filters.h"
#include "message.h"

/*
 * Bounds, per worker and per session. A session more lets go the one that is
 * longest without a connection. A message more than may wait is dropped, the
 * newest first, so that what a client gets has no holes but one at its end;
 * the log says so once for each session.
 */
#define CLIENT_ID_MAX        256 /* bytes */
#define SESSIONS_MAX         10000
#define SESSION_FILTERS_MAX  256
#define SESSION_MESSAGES_MAX 1000
#define SESSION_BYTES_MAX    (1u << 20)
#define SESSIONS_BYTES_MAX   (64u << 20)
#define SESSION_INFLIGHT     20 /* unacknowledged ones at a time */
#define SESSION_RECEIVING_MAX                                                  \
	1000 /* QoS 2 that the client has not released                         \
	      */
#define SESSION_SEEN_MAX 256

/* A message of QoS 1 or 2 on its way to the client. */
enum outgoing_state {
	OUTGOING_QUEUED,    /* never sent */
	OUTGOING_PUBLISHED, /* awaits PUBACK or PUBREC */
	OUTGOING_RELEASED   /* awaits PUBCOMP; the message is not needed */
};

struct outgoing {
	enum outgoing_state state;
	uint16_t id; /* 0: none yet */
	uint8_t qos;
	bool retain, sent; /* sent: on the connection that is now */
	struct message *message;
	struct outgoing *prev, *next;
};

/* Messages of a run up to this one were seen by an earlier owner. */
struct seen {
	uint64_t run, seq;
};

struct wm_conn;

struct session {
	char id[CLIENT_ID_MAX + 1];
	struct stamp claim;   /* of the CONNECT that it is held for */
	struct wm_conn *conn; /* null: the client is away */
	bool clean;           /* ends with its connection */

	/* See handover.c. */
	bool awaited; /* another worker may hold it: not ours yet */
	struct stamp
	    claimed;        /* the claim that is to be answered; 0: not said */
	struct asked asked; /* and by whom */
	uint64_t timer;
	uint64_t heir; /* the run that wants it next; 0: none */

	/* See move.c. */
	bool moving;   /* it was frozen with its connection, unanswered yet */
	bool unlisted; /* meanwhile, another one has its id */
	struct stamp rival; /* a newer claim that came meanwhile; 0: none */
	uint64_t rival_from, rival_via;
	bool rival_clean;

	struct subscription *subscriptions;
	unsigned n_subscriptions;

	struct outgoing *outgoing; /* in order; those in flight first */
	unsigned n_outgoing, n_inflight;
	size_t bytes; /* of messages in outgoing */
	uint16_t last_id;
	bool overflowed; /* said in the log */

	uint16_t *receiving; /* ids of QoS 2 that came and are not released */
	unsigned n_receiving;

	struct seen *seen;
	unsigned n_seen;

	/* Of the match in progress. */
	unsigned long match;
	uint8_t match_qos;
	struct session *match_next;

	struct session *prev, *next; /* of those away, longest first */
	UT_hash_handle hh;
};

struct sessions {
	struct session *by_id;
	struct session *away;
	struct filters filters;
	size_t bytes; /* in all outgoing */
};

struct session *session_find(struct sessions *, struct wm_span id);

/* A new one with a valid id (up to CLIENT_ID_MAX bytes). Null when memory ran
   out, or all SESSIONS_MAX are connected. */
struct session *session_new(struct sessions *, struct wm_span id);
void session_free(struct sessions *, struct session **s);
/* Its id is free for another one; it lives on for who holds it. */
void session_unlist(struct sessions *, struct session *s);
void sessions_fini(struct sessions *);

/* The client has come, or is away (null). Its on_close ends the former. */
void session_attach(struct sessions *, struct session *s, struct wm_conn *conn);

/* Adds or changes a subscription. Returns 0, or a negative error: the filter
   is refused. */
int session_subscribe(struct sessions *, struct session *s,
    struct wm_span filter, uint8_t qos);
void session_unsubscribe(struct sessions *, struct session *s,
    struct wm_span filter);

/*
 * Whether an owner before this worker has dealt with that message already;
 * that one has, with all of a run up to `seq` (0, WM_E_FULL, WM_E_NOMEM);
 * s->seen[i] is not needed.
 */
bool session_has_seen(const struct session *s, const struct message *m);
int session_add_seen(struct session *s, uint64_t run, uint64_t seq);
void session_drop_seen(struct session *s, unsigned i);

/*
 * All but the claim, as bytes; and back, into a new session without any of
 * it. What was sent on the connection counts as sent, until session_attach()
 * gives it another one. Returns 0, WM_E_PROTOCOL for bytes that are none,
 * WM_E_FULL, WM_E_NOMEM: then the session is to be freed.
 */
void session_pack(struct wm_buf *b, const struct session *s);
int session_unpack(struct sessions *, struct session *s, const void *data,
    size_t len);

#endif
