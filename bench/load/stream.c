/* SPDX-License-Identifier: MIT */
/*
 * The two small protocols: lines that end with '\n', and frames that begin
 * with their length, 4 bytes that count themselves.
 */
#include <string.h>

#include "dialect.h"
#include "die.h"
#include "workload.h"

#define LENGTH 4

static void
line_prepare(struct script *s, unsigned port)
{
	(void)port;
	s->payload = payload_pattern(s->workload->size);
	s->payload.bytes[s->payload.len - 1] = '\n';
	s->request = s->payload.bytes;
	s->request_len = s->payload.len;
}

static size_t
line_hear(const struct script *s, struct ear *e, const unsigned char *stamp,
    const unsigned char *bytes, size_t len, bool *done_r)
{
	size_t used;

	e->left = s->payload.len - e->at;
	used = ear_payload(s, e, stamp, bytes, len);
	*done_r = e->left == 0;
	if (*done_r)
		e->at = 0;
	return used;
}

const struct dialect dialect_line = {
	.name = "line",
	.prepare = line_prepare,
	.hear = line_hear,
};

static void
frame_prepare(struct script *s, unsigned port)
{
	size_t len = s->workload->size + LENGTH;

	(void)port;
	s->payload = payload_pattern(s->workload->size);
	s->request = die_malloc(len);
	for (unsigned i = 0; i < LENGTH; i++)
		s->request[i] = (unsigned char)(len >> 8 * (LENGTH - 1 - i));
	memcpy(s->request + LENGTH, s->payload.bytes, s->payload.len);
	s->request_len = len;
	s->stamp_at = LENGTH;
}

static size_t
frame_hear(const struct script *s, struct ear *e, const unsigned char *stamp,
    const unsigned char *bytes, size_t len, bool *done_r)
{
	size_t used = ear_head(e, LENGTH, bytes, len);

	*done_r = false;
	if (e->head_len < LENGTH)
		return used;
	if (memcmp(e->head, s->request, LENGTH) != 0)
		die("wrong length of a frame");
	e->left = s->payload.len - e->at;
	used += ear_payload(s, e, stamp, bytes + used, len - used);
	*done_r = e->left == 0;
	if (*done_r)
		e->at = e->head_len = 0;
	return used;
}

const struct dialect dialect_frame = {
	.name = "frame",
	.prepare = frame_prepare,
	.hear = frame_hear,
};
