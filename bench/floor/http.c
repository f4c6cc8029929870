/* SPDX-License-Identifier: MIT */
/*
 * HTTP as little as it can be: a request ends at an empty line, its sixth
 * byte says which answer is wanted, and the answers were made beforehand.
 * Only a POST has its length looked up and its body sent back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answers.h"
#include "peer.h"

#define HEAD_MAX 512
#define LENGTH   "Content-Length: "

/* The beginning of a request that did not come whole. */
struct http {
	unsigned char *begun;
	size_t len;
};

static unsigned char echoed[HEAD_MAX + PEER_BUFFER];

static struct http *
http_of(struct peer *peer)
{
	void *state = peer->state;

	return state;
}

/* Returns behind the request at p, or null when it is not whole. */
static unsigned char *
answer_post(struct peer *peer, unsigned char *p, unsigned char *body,
    const unsigned char *end)
{
	unsigned char *length =
	    memmem(p, (size_t)(body - p), LENGTH, sizeof(LENGTH) - 1);
	size_t len, head;

	if (length == NULL) {
		peer_drop(peer);
		return NULL;
	}
	len = strtoul((char *)length + sizeof(LENGTH) - 1, NULL, 10);
	if ((size_t)(end - body) < len || len > PEER_BUFFER)
		return NULL;
	head = answers_head(echoed, HEAD_MAX, "application/octet-stream", len);
	memcpy(echoed + head, body, len);
	peer_send(peer, echoed, head + len);
	return body + len;
}

/* Answers what is whole; returns behind it. Several GETs at once are one
   send, as they are all for the same thing. */
static unsigned char *
answer_all(struct peer *peer, unsigned char *p, unsigned char *end)
{
	const unsigned char *path = p;
	unsigned gets = 0;

	while (p < end) {
		unsigned char *body =
		    memmem(p, (size_t)(end - p), "\r\n\r\n", 4);

		if (body == NULL)
			break;
		body += 4;
		if (*p != 'P') {
			path = p;
			p = body;
			gets++;
			continue;
		}
		unsigned char *next = answer_post(peer, p, body, end);

		if (next == NULL)
			break;
		p = next;
	}
	for (; gets > 0; gets -= gets < ANSWERS_RUN ? gets : ANSWERS_RUN) {
		struct answer a = answers_get(path[5],
		    gets < ANSWERS_RUN ? gets : ANSWERS_RUN);

		peer_send_static(peer, a.bytes, a.len);
	}
	return p;
}

/* Rare: the bytes go behind those that came before. */
static unsigned char *
join(struct http *h, const unsigned char *bytes, size_t *len)
{
	unsigned char *all = realloc(h->begun, h->len + *len + PEER_SLACK);

	if (all == NULL)
		abort();
	memcpy(all + h->len, bytes, *len);
	*len += h->len;
	h->begun = NULL;
	h->len = 0;
	return all;
}

static void
http_hear(struct peer *peer, unsigned char *bytes, size_t len)
{
	struct http *h = http_of(peer);
	unsigned char *joined = h->begun != NULL ? join(h, bytes, &len) : NULL;
	unsigned char *all = joined != NULL ? joined : bytes;
	unsigned char *rest = answer_all(peer, all, all + len);

	len -= (size_t)(rest - all);
	if (len > 0) {
		h->begun = malloc(len);
		if (h->begun == NULL)
			abort();
		memcpy(h->begun, rest, len);
		h->len = len;
	}
	free(joined);
}

static void
http_close(struct peer *peer)
{
	free(http_of(peer)->begun);
}

const struct talk talk_http = {
	.name = "http",
	.state_size = sizeof(struct http),
	.hear = http_hear,
	.close = http_close,
};
