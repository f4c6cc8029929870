/* SPDX-License-Identifier: MIT */
/*
 * The canned answers of the floor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answers.h"

#define BODY_MAX ((size_t)1 << 20)

static struct canned {
	unsigned char initial; /* of the path */
	const char *type, *body;
	unsigned char *bytes; /* of ANSWERS_RUN answers */
	size_t len;           /* of one */
} canned[] = {
	{ .initial = 'p', .type = "text/plain", .body = "Hello, World!" },
	{ .initial = 'j',
	    .type = "application/json",
	    .body = "{\"message\":\"Hello, World!\"}" },
	{ .initial = 's', .type = "application/octet-stream" },
	{ .initial = 'b', .type = "application/octet-stream" },
};

#define N_CANNED (sizeof(canned) / sizeof(*canned))

size_t
answers_head(unsigned char *buf, size_t size, const char *type, size_t len)
{
	static char date[32];

	if (date[0] == '\0') {
		time_t now = time(NULL);

		strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT",
		    gmtime(&now));
	}
	return (size_t)snprintf((char *)buf, size,
	    "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: %s\r\n"
	    "Content-Length: %zu\r\n\r\n",
	    date, type, len);
}

static int
can(struct canned *c, const void *body, size_t len)
{
	unsigned char head[512];
	size_t n = answers_head(head, sizeof(head), c->type, len);

	c->len = n + len;
	c->bytes = malloc(c->len * ANSWERS_RUN);
	if (c->bytes == NULL)
		return -1;
	for (size_t i = 0; i < ANSWERS_RUN; i++) {
		memcpy(c->bytes + i * c->len, head, n);
		memcpy(c->bytes + i * c->len + n, body, len);
	}
	return 0;
}

static int
can_file(struct canned *c, const char *www)
{
	static unsigned char body[BODY_MAX];
	char path[4096];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%c", www, c->initial);
	f = fopen(path, "rb");
	if (f == NULL)
		return 0;
	len = fread(body, 1, sizeof(body), f);
	fclose(f);
	return can(c, body, len);
}

int
answers_setup(const char *www)
{
	for (size_t i = 0; i < N_CANNED; i++) {
		struct canned *c = &canned[i];

		if ((c->body != NULL ? can(c, c->body, strlen(c->body)) :
				       can_file(c, www)) < 0)
			return -1;
	}
	return 0;
}

struct answer
answers_get(unsigned char initial, unsigned n)
{
	const struct canned *c = canned;

	for (size_t i = 0; i < N_CANNED; i++)
		if (canned[i].initial == initial)
			c = &canned[i];
	return (struct answer){ .bytes = c->bytes, .len = c->len * n };
}
