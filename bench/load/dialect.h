/* SPDX-License-Identifier: MIT */
/*
 * How one protocol asks, and how it knows that the answer is right to the
 * last byte. A dialect keeps nothing but what is the same for all connections
 * (struct script) and the struct ear of each.
 */
#ifndef BENCH_DIALECT_H
#define BENCH_DIALECT_H

#include "payload.h"

struct workload;

/* The same for all connections of a run. */
struct script {
	const struct workload *workload;
	struct payload payload; /* of the answer, and of the question if it
				   has one */
	unsigned char *request; /* a question */
	size_t request_len;
	size_t stamp_at;           /* of the payload's stamp in it */
	const unsigned char *mask; /* 4 bytes that the stamp is masked with,
				      or null */
	unsigned char *opening;    /* to be said first, or null */
	size_t opening_len;
};

#define EAR_HEAD_MAX 1024

/* What one connection has heard of the current answer. */
struct ear {
	unsigned char head[EAR_HEAD_MAX]; /* as long as it is incomplete */
	size_t head_len;
	bool in_body;
	uint64_t left; /* bytes of this frame */
	size_t at;     /* bytes of the payload that came */
	bool last;     /* the payload ends with this frame */
};

struct dialect {
	const char *name;

	/* Fills in what the struct workload of *s needs. */
	void (*prepare)(struct script *s, unsigned port);

	/*
	 * Of `len` > 0 bytes, uses those of the answer to the opening.
	 * Returns how many; *done_r when it is complete.
	 */
	size_t (*hear_opening)(struct ear *e, const unsigned char *bytes,
	    size_t len, bool *done_r);

	/*
	 * Of `len` > 0 bytes, uses those of the present answer, whose stamp is
	 * given. Returns how many; *done_r when it is complete.
	 */
	size_t (*hear)(const struct script *s, struct ear *e,
	    const unsigned char *stamp, const unsigned char *bytes, size_t len,
	    bool *done_r);
};

extern const struct dialect dialect_http, dialect_websocket, dialect_line,
    dialect_frame;

/* Reads bytes of the payload, up to e->left if that is less: dies if they are
   wrong. Returns how many. */
size_t ear_payload(const struct script *s, struct ear *e,
    const unsigned char *stamp, const unsigned char *bytes, size_t len);

/* Moves bytes into e->head until it has `want`: returns how many. */
size_t ear_head(struct ear *e, size_t want, const unsigned char *bytes,
    size_t len);

/*
 * Moves bytes into e->head up to and with the empty line that ends a header
 * block. Returns how many; *done_r when it is there.
 */
size_t ear_lines(struct ear *e, const unsigned char *bytes, size_t len,
    bool *done_r);

#endif
