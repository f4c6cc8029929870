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
	HTTP_BUSY, /* requests are being answered: none */
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
struct http_chunked;

struct http_state {
	struct http_answer *answers;  /* owed: the last of a ring, or null */
	struct http_chunked *chunked; /* a chunked body on its way, or null */
	size_t awaited;               /* length of the request that waits for
					 its body; 0: none does */
	uint32_t number;              /* of the latest request delivered */
	uint8_t phase;                /* enum http_phase */
	uint8_t traits;               /* TRAIT_*, of the latest request */
	uint8_t flags;
	uint8_t refusal; /* enum http_verdict; 0: none */
};

_Static_assert(sizeof(struct http_state) <= 32, "lives in the connection");

/* ---- answers that cannot leave yet: queue.c ---- */

struct http_answer {
	struct http_answer *next; /* in the ring; of the last: the first */
	uint32_t number;          /* of its request */
	uint8_t traits;
	bool ready; /* bytes are complete */
	bool last;  /* close with `reason` once written */
	enum wm_close_reason reason;
	struct wm_buf bytes;
};

/* A place behind all others for the latest request, held until its answer is
   written; null when memory ran out. */
struct http_answer *wm__http_queue_add(struct wm_conn *c, struct http_state *s);

/* The place of that request, or null when its answer was written. */
struct http_answer *wm__http_queue_find(const struct http_state *s,
    uint32_t number);

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

/* ---- deadlines: deadline.c ---- */

/* Sets the deadline of the phase. */
void wm__http_arm(struct wm_conn *c, const struct http_state *s);

/* wm_protocol.deadline */
void wm__http_deadline(struct wm_conn *c, void *state, unsigned which);

#endif
