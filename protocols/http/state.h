/* SPDX-License-Identifier: MIT */
/*
 * What an http connection remembers between two calls. Kept to 32 bytes, so
 * that an idle connection owns no memory beside itself: what exists only
 * while something is unfinished hangs on the two pointers.
 */
#ifndef HTTP_STATE_H
#define HTTP_STATE_H

#include <workerman/http.h>

#include "refusal.h"
#include "response.h"

/* Where the connection is; what its deadline watches over. */
enum http_phase {
	HTTP_NEW,  /* no byte of a first request: header_ms, ends in silence */
	HTTP_HEAD, /* part of a head: header_ms, then 408 */
	HTTP_BODY, /* part of a body: body_ms, then 408 */
	HTTP_BUSY, /* requests are being answered: answer_ms, heartbeats */
	HTTP_IDLE  /* between two requests: keepalive_ms, ends in silence */
};

/* http_state.flags */
#define FLAG_DELIVERING 0x01u /* the application has a request */
#define FLAG_OPEN       0x02u /* and has neither answered nor deferred it */
#define FLAG_LAST       0x04u /* no request behind this one is looked at */
#define FLAG_CLOSE      0x08u /* its answer is written: close */
#define FLAG_SAID       0x10u /* farewell has nothing to add */
#define FLAG_CONTINUE   0x20u /* 100 Continue is owed, in its turn */
#define FLAG_SWITCHED   0x40u /* 101 was answered */

struct http_answer;
struct http_body;

struct http_state {
	struct http_answer *answers; /* owed: the last of a ring, or null */
	struct http_body *body;      /* one on its way that is chunked or
					delivered in parts, or null */
	size_t awaited;              /* length of the request that waits for
					its body; 0: none does */
	uint32_t number;             /* of the latest request delivered */
	uint8_t phase;               /* enum http_phase */
	uint8_t traits;              /* TRAIT_*, of the latest request */
	uint8_t flags;
	uint8_t refusal; /* enum http_verdict; 0: none */
};

_Static_assert(sizeof(struct http_state) <= 32, "lives in the connection");

/* ---- moving to another process: freeze.c ---- */

#define HTTP_STATE_VERSION 1 /* of what is written */

/* wm_protocol.freeze: WM_E_BUSY but between two requests. */
int wm__http_freeze(struct wm_conn *c, void *state, struct wm_freezer *f);

/* wm_protocol.thaw */
int wm__http_thaw(struct wm_conn *c, void *state, unsigned version,
    struct wm_thawer *t);

/* ---- bodies: body.c ---- */

/* A head was taken and announces a body; *r tells which. Returns as decode. */
int wm__http_body_begin(struct wm_conn *c, struct http_state *s,
    struct wm_http_request *r, struct wm_input *in, struct wm_msg *msg);

/* More of a body that has begun. *r may be used for its head. */
int wm__http_body_go_on(struct wm_conn *c, struct http_state *s,
    struct wm_http_request *r, struct wm_input *in, struct wm_msg *msg);

/* The application had a part of a body that is not the last one. */
void wm__http_body_delivered(struct wm_conn *c, struct http_state *s);

/* Whether the body is being delivered in parts; the request of those. */
const struct wm_http_request *wm__http_body_request(const struct http_state *s);

void wm__http_body_free(struct http_body **body);

/* ---- from http.c, for freeze.c and body.c ---- */

/* Room for the connection's requests. Returns 0 or WM_E_NOMEM. */
int wm__http_ready(const struct wm_conn *c);

/* The request is complete, or its body will come in parts. */
int wm__http_deliver(struct http_state *s, struct wm_msg *msg,
    const struct wm_http_request *r, struct wm_span body);

/* The request that is being delivered. */
const struct wm_http_request *wm__http_current(const struct http_state *s);

/* Nothing more of this connection is looked at. */
int wm__http_turn_away(struct wm_conn *c, struct http_state *s,
    struct wm_input *in, enum http_verdict v);

/* Bytes that a head, and what frames a body, may have. */
size_t wm__http_head_limit(const struct wm_limits *limits);

/* ---- answers that cannot leave yet: queue.c ---- */

enum http_stage {
	HTTP_OWED,   /* there is no answer yet */
	HTTP_STREAM, /* it has begun and not ended */
	HTTP_READY   /* all of it is in `bytes` */
};

struct http_answer {
	struct http_answer *next; /* in the ring; of the last: the first */
	uint32_t number;          /* of its request */
	uint8_t traits;
	uint8_t stage;         /* enum http_stage */
	uint8_t framing;       /* enum http_framing, of a stream */
	bool held;             /* wm_conn_hold() was called for it */
	bool last;             /* close with `reason` once written */
	bool bodiless;         /* what is written goes nowhere */
	bool starved;          /* refused bytes while it waited */
	uint32_t heartbeat_ms; /* of an event stream; 0: it is none */
	enum wm_close_reason reason;
	uint64_t left; /* of the announced length */
	struct wm_buf bytes;
};

/* A place behind all others for the latest request, held until its answer is
   written; null when memory ran out. */
struct http_answer *wm__http_queue_add(struct wm_conn *c, struct http_state *s);

/* The place of that request, or null when its answer was written. */
struct http_answer *wm__http_queue_find(const struct http_state *s,
    uint32_t number);

/* From now on the place's connection is not idle; it is. */
void wm__http_place_hold(struct wm_conn *c, struct http_answer *a);
void wm__http_place_release(struct wm_conn *c, struct http_answer *a);

/* The first place, if an answer streams there and all of it has been passed
   on to the connection, so that more may follow directly; else null. */
struct http_answer *wm__http_queue_streaming(const struct http_state *s);

/* Writes what is ready and in turn; closes behind a last answer. */
void wm__http_queue_flush(struct wm_conn *c, struct http_state *s);

/* Sends the interim answer 100, in its turn. */
void wm__http_continue(struct wm_conn *c, struct http_state *s);

/* Drops everything. */
void wm__http_queue_fini(struct http_state *s);

/* ---- answers: answer.c ---- */

/*
 * Answers what is refused, in its turn. When nothing is before it, only
 * keeps `v` for farewell and returns its negative error; otherwise queues the
 * answer, sees to the close behind it, and returns 0.
 */
int wm__http_refuse(struct wm_conn *c, struct http_state *s,
    enum http_verdict v);

/* Appends the answer to a refusal. Returns 0 or WM_E_NOMEM. */
int wm__http_refusal_write(struct wm_conn *c, const struct http_state *s,
    enum http_verdict v, struct wm_buf *out);

/* wm_protocol.encode */
int wm__http_encode(struct wm_conn *c, void *state, const struct wm_msg *m,
    struct wm_buf *out);

/* Begins a reply with the ticket's place: *a_r is its place, in *c_r. */
int wm__http_reply_begin(struct wm_proc *p, struct wm_http_ticket ticket,
    struct wm_conn **c_r, struct http_answer **a_r);

/* Judges `r` as the answer in that place. reply->framing must be set. */
int wm__http_reply_place(struct wm_conn *c, struct http_reply *reply,
    const struct wm_http_response *r, const struct http_answer *a);

/* The place of the latest request has its answer, or the begin of it. */
void wm__http_place_answered(struct wm_conn *c, const struct http_answer *a,
    const struct http_reply *reply);

/* A deferred answer does not come. */
void wm__http_answer_late(struct wm_conn *c, struct http_state *s);

/* ---- streams: stream.c, events.c ---- */

/* wm_msg.flags: a piece of the stream in turn, as stream.c passes it on. */
#define HTTP_MSG_PIECE 0x80000000u

/* Appends a piece of a body as its framing wants it. */
void wm__http_piece_write(struct http_answer *a, struct wm_span data,
    struct wm_buf *out);

/* What a channel publishes, as an event of the stream in turn. Returns 0 or
   WM_E_INVALID: there is none. */
int wm__http_event_publish(const struct http_state *s, struct wm_span data,
    struct wm_buf *out);

/* wm_protocol.variant */
unsigned wm__http_variant(struct wm_conn *c, void *state);

/* It is time for a comment in the event stream in turn. */
void wm__http_event_beat(struct wm_conn *c, struct http_state *s);

/* The last words of the event stream in turn. */
void wm__http_event_farewell(const struct http_state *s, struct wm_buf *out);

/* ---- deadlines: deadline.c ---- */

/* Sets the deadline of the phase. */
void wm__http_arm(struct wm_conn *c, const struct http_state *s);

/* wm_protocol.deadline */
void wm__http_deadline(struct wm_conn *c, void *state, unsigned which);

#endif
