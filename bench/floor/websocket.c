/* SPDX-License-Identifier: MIT */
/*
 * WebSocket as little as it can be: frames are unmasked where they lie and
 * sent on as they come, to the one who sent them or to everybody in the room.
 * Nothing is checked. A frame of any length passes through: no message is ever
 * gathered.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include "peer.h"

#define GUID       "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define KEY        "Sec-WebSocket-Key: "
#define KEY_LEN    24
#define HEADER_MAX 14 /* of a frame, with its mask */
#define OP_CLOSE   8

struct ws {
	bool open, in_room;
	unsigned place; /* in the room */
	unsigned char part[HEADER_MAX];
	unsigned char part_len; /* of a header that was cut */
	unsigned char mask[4];  /* turned to the next byte */
	uint64_t left;          /* bytes of the frame */
};

static struct peer **room;
static unsigned n_room, room_size;

static struct ws *
ws_of(struct peer *p)
{
	void *state = p->state;

	return state;
}

static void
enter(struct peer *p)
{
	if (n_room == room_size) {
		room_size = room_size > 0 ? 2 * room_size : 1024;
		room = realloc(room, room_size * sizeof(struct peer *));
		if (room == NULL)
			abort();
	}
	ws_of(p)->in_room = true;
	ws_of(p)->place = n_room;
	room[n_room++] = p;
}

static void
ws_close(struct peer *p)
{
	struct ws *w = ws_of(p);

	if (!w->in_room)
		return;
	room[w->place] = room[--n_room];
	ws_of(room[w->place])->place = w->place;
}

/* A handshake comes whole or not at all. */
static void
greet(struct peer *p, const unsigned char *bytes, size_t len)
{
	const char *key = memmem(bytes, len, KEY, sizeof(KEY) - 1);
	unsigned char digest[EVP_MAX_MD_SIZE], accept[64];
	char text[KEY_LEN + sizeof(GUID)], answer[256];
	unsigned digest_len = 0;
	int n;

	if (key == NULL) {
		peer_drop(p);
		return;
	}
	memcpy(text, key + sizeof(KEY) - 1, KEY_LEN);
	memcpy(text + KEY_LEN, GUID, sizeof(GUID));
	EVP_Digest(text, sizeof(text) - 1, digest, &digest_len, EVP_sha1(),
	    NULL);
	EVP_EncodeBlock(accept, digest, (int)digest_len);
	n = snprintf(answer, sizeof(answer),
	    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
	    (char *)accept);
	peer_send(p, answer, (size_t)n);
	ws_of(p)->open = true;
	if (bytes[5] == 'c')
		enter(p);
}

/* Reads the header at p; returns its length, 0 when it is cut. */
static size_t
read_header(struct ws *w, const unsigned char *p, size_t len)
{
	unsigned extra;

	if (len < 2)
		return 0;
	w->left = p[1] & 127;
	extra = w->left < 126 ? 0 : w->left == 126 ? 2 : 8;
	if (len < 2 + extra + sizeof(w->mask))
		return 0;
	if (extra > 0)
		w->left = 0;
	for (unsigned i = 0; i < extra; i++)
		w->left = w->left << 8 | p[2 + i];
	memcpy(w->mask, p + 2 + extra, sizeof(w->mask));
	return 2 + extra + sizeof(w->mask);
}

/* Unmasks `n` bytes from `from` to `to`, which may lie a little before it. */
static void
unmask(struct ws *w, unsigned char *to, const unsigned char *from, size_t n)
{
	unsigned char turned[4];
	uint64_t mask, v;
	size_t i = 0;

	memcpy(&mask, w->mask, 4);
	memcpy((unsigned char *)&mask + 4, w->mask, 4);
	for (; i + 8 <= n; i += 8) {
		memcpy(&v, from + i, 8);
		v ^= mask;
		memcpy(to + i, &v, 8);
	}
	for (; i < n; i++)
		to[i] = from[i] ^ w->mask[i % 4];
	for (size_t k = 0; k < 4; k++)
		turned[k] = w->mask[(n + k) % 4];
	memcpy(w->mask, turned, sizeof(turned));
}

/*
 * Turns the client's frames into the server's, in place: a header loses its
 * mask, so that what is written stays behind what is read. Returns the end of
 * what was written.
 */
static unsigned char *
turn(struct peer *peer, unsigned char *p, const unsigned char *end)
{
	struct ws *w = ws_of(peer);
	unsigned char *out = p;

	while (p < end) {
		if (w->left == 0) {
			size_t n = read_header(w, p, (size_t)(end - p));

			if (n == 0) {
				w->left = 0;
				w->part_len = (unsigned char)(end - p);
				memcpy(w->part, p, w->part_len);
				break;
			}
			if ((p[0] & 15) == OP_CLOSE)
				peer_drop(peer);
			memmove(out, p, n - sizeof(w->mask));
			out[1] &= 127;
			out += n - sizeof(w->mask);
			p += n;
		}
		size_t n = (uint64_t)(end - p) < w->left ? (size_t)(end - p) :
							   (size_t)w->left;

		unmask(w, out, p, n);
		out += n;
		p += n;
		w->left -= n;
	}
	return out;
}

static void
ws_hear(struct peer *p, unsigned char *bytes, size_t len)
{
	struct ws *w = ws_of(p);
	unsigned char *end = bytes + len, *out;

	if (!w->open) {
		greet(p, bytes, len);
		return;
	}
	bytes -= w->part_len;
	memcpy(bytes, w->part, w->part_len);
	w->part_len = 0;
	out = turn(p, bytes, end);
	if (out == bytes)
		return;
	if (!w->in_room) {
		peer_send(p, bytes, (size_t)(out - bytes));
		return;
	}
	for (unsigned i = 0; i < n_room; i++)
		peer_send(room[i], bytes, (size_t)(out - bytes));
}

const struct talk talk_websocket = {
	.name = "websocket",
	.state_size = sizeof(struct ws),
	.hear = ws_hear,
	.close = ws_close,
};
