/* SPDX-License-Identifier: MIT */
/*
 * WebSocket (RFC 6455), the client's side. A message may come in fragments.
 */
#include <stdio.h>
#include <string.h>

#include "dialect.h"
#include "die.h"
#include "workload.h"

#define FIN         0x80u
#define MASKED      0x80u
#define OP_CONTINUE 0x0u
#define OP_TEXT     0x1u
#define OP_BINARY   0x2u

/* The key of RFC 6455 section 1.3, and what the server has to say to it. */
#define KEY    "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

static const unsigned char mask[4] = { 0x5a, 0xc3, 0x17, 0x9e };

static unsigned opcode; /* of the messages of this run */

/* Writes the header of a client's frame; returns its length. */
static size_t
put_header(unsigned char *p, size_t len)
{
	unsigned extra = len < 126 ? 0 : len < 65536 ? 2 : 8;

	p[0] = (unsigned char)(FIN | opcode);
	p[1] = (unsigned char)(MASKED |
	    (extra == 0        ? (unsigned)len :
		    extra == 2 ? 126u :
				 127u));
	for (unsigned i = 0; i < extra; i++)
		p[2 + i] = (unsigned char)(len >> 8 * (extra - 1 - i));
	memcpy(p + 2 + extra, mask, sizeof(mask));
	return 2 + extra + sizeof(mask);
}

static void
websocket_prepare(struct script *s, unsigned port)
{
	const struct workload *w = s->workload;
	char opening[512];
	int n = snprintf(opening, sizeof(opening),
	    "GET %s HTTP/1.1\r\nHost: localhost:%u\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Key: " KEY "\r\n"
	    "Sec-WebSocket-Version: 13\r\n\r\n",
	    w->path, port);

	s->opening_len = (size_t)n;
	s->opening = die_malloc((size_t)n);
	memcpy(s->opening, opening, (size_t)n);

	opcode = w->binary ? OP_BINARY : OP_TEXT;
	s->payload = payload_pattern(w->size);
	s->request = die_malloc(w->size + 14);
	s->stamp_at = put_header(s->request, w->size);
	s->mask = mask;
	for (size_t i = 0; i < w->size; i++)
		s->request[s->stamp_at + i] = s->payload.bytes[i] ^ mask[i % 4];
	s->request_len = s->stamp_at + w->size;
}

static size_t
websocket_hear_opening(struct ear *e, const unsigned char *bytes, size_t len,
    bool *done_r)
{
	static const char ok[] = "HTTP/1.1 101 ";
	size_t used = ear_lines(e, bytes, len, done_r);

	if (*done_r) {
		e->head[e->head_len - 1] = '\0';
		if (strncmp((char *)e->head, ok, sizeof(ok) - 1) != 0 ||
		    strstr((char *)e->head, ": " ACCEPT "\r\n") == NULL)
			die("bad handshake: %s", (char *)e->head);
		e->head_len = 0;
	}
	return used;
}

/* A complete header is in e->head. */
static void
judge_frame(const struct script *s, struct ear *e)
{
	unsigned length = e->head[1];

	if ((e->head[0] & 0x7f) != (e->at > 0 ? OP_CONTINUE : opcode) ||
	    length > 127)
		die("frame begins with %02x %02x at %zu", e->head[0], length,
		    e->at);
	e->left = length;
	if (length >= 126) {
		e->left = 0;
		for (size_t i = 2; i < e->head_len; i++)
			e->left = e->left << 8 | e->head[i];
	}
	e->last = (e->head[0] & FIN) != 0;
	if (e->left > s->payload.len - e->at ||
	    (e->last && e->left != s->payload.len - e->at))
		die("frame of %llu bytes at %zu of %zu",
		    (unsigned long long)e->left, e->at, s->payload.len);
	e->in_body = true;
	e->head_len = 0;
}

static size_t
hear_header(const struct script *s, struct ear *e, const unsigned char *bytes,
    size_t len)
{
	size_t used = ear_head(e, 2, bytes, e->head_len < 2 ? len : 0);
	size_t want = 2;

	if (e->head_len < 2)
		return used;
	if (e->head[1] == 126)
		want = 4;
	else if (e->head[1] == 127)
		want = 10;
	used += ear_head(e, want, bytes + used, len - used);
	if (e->head_len == want)
		judge_frame(s, e);
	return used;
}

static size_t
websocket_hear(const struct script *s, struct ear *e,
    const unsigned char *stamp, const unsigned char *bytes, size_t len,
    bool *done_r)
{
	size_t used = 0;

	*done_r = false;
	if (!e->in_body)
		used = hear_header(s, e, bytes, len);
	if (e->in_body) {
		used += ear_payload(s, e, stamp, bytes + used, len - used);
		e->in_body = e->left > 0;
		*done_r = !e->in_body && e->last;
		if (*done_r)
			e->at = 0;
	}
	return used;
}

const struct dialect dialect_websocket = {
	.name = "ws",
	.prepare = websocket_prepare,
	.hear_opening = websocket_hear_opening,
	.hear = websocket_hear,
};
