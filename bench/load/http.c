/* SPDX-License-Identifier: MIT */
/*
 * HTTP/1.1. The header block of an answer is judged when it is not, byte for
 * byte, the last one that was found good: it is the same for all answers of a
 * second.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dialect.h"
#include "die.h"
#include "workload.h"

/* What Chromium 124 sends with a navigation, beside Host. */
static const char browser_headers[] =
    "Connection: keep-alive\r\n"
    "Cache-Control: max-age=0\r\n"
    "sec-ch-ua: \"Chromium\";v=\"124\", \"Not-A.Brand\";v=\"99\"\r\n"
    "sec-ch-ua-mobile: ?0\r\n"
    "sec-ch-ua-platform: \"Linux\"\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,"
    "image/avif,image/webp,image/apng,*/*;q=0.8\r\n"
    "Sec-Fetch-Site: none\r\n"
    "Sec-Fetch-Mode: navigate\r\n"
    "Sec-Fetch-User: ?1\r\n"
    "Sec-Fetch-Dest: document\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
    "Cookie: session=c2Vzc2lvbi1vZi1hLWJyb3dzZXI; theme=dark\r\n";

/* The last header block that was good. */
static unsigned char good[EAR_HEAD_MAX];
static size_t good_len;

static struct payload
body_of(const struct workload *w)
{
	if (strcmp(w->path, "/plaintext") == 0)
		return payload_text(GREETING, GREETING_LEN);
	if (strcmp(w->path, "/json") == 0)
		return payload_text(JSON_BODY, JSON_LEN);
	struct payload p = payload_pattern(w->size);

	p.stamped = p.stamped && w->post;
	return p;
}

static void
http_prepare(struct script *s, unsigned port)
{
	const struct workload *w = s->workload;
	char head[2048], length[128] = "";
	int n;

	s->payload = body_of(w);
	if (w->post)
		snprintf(length, sizeof(length),
		    "Content-Type: application/octet-stream\r\n"
		    "Content-Length: %zu\r\n",
		    w->size);
	n = snprintf(head, sizeof(head),
	    "%s %s HTTP/1.1\r\nHost: localhost:%u\r\n%s%s\r\n",
	    w->post ? "POST" : "GET", w->path, port,
	    w->browser ? browser_headers : "", length);
	s->stamp_at = (size_t)n;
	s->request_len = (size_t)n + (w->post ? w->size : 0);
	s->request = die_malloc(s->request_len);
	memcpy(s->request, head, (size_t)n);
	if (w->post)
		memcpy(s->request + n, s->payload.bytes, w->size);
}

/* The value of a field that must be there once; head ends with a null. */
static const char *
field(const char *head, const char *name)
{
	size_t len = strlen(name);
	const char *found = NULL;

	for (const char *line = head; line != NULL && *line != '\0';
	     line = strchr(line, '\n'), line = line != NULL ? line + 1 : NULL)
		if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
			if (found != NULL)
				die("two fields %s: %s", name, head);
			found = line + len + 1;
		}
	if (found == NULL)
		die("no field %s: %s", name, head);
	return found;
}

/* A header block that differs from the last good one. */
static void
judge(const struct script *s, const unsigned char *bytes, size_t len)
{
	static const char ok[] = "HTTP/1.1 200 ";
	char head[EAR_HEAD_MAX + 1], *end;

	memcpy(head, bytes, len);
	head[len] = '\0';
	if (strncmp(head, ok, sizeof(ok) - 1) != 0 || strlen(head) != len)
		die("not an answer of 200: %s", head);
	if (strtoul(field(head, "Content-Length"), &end, 10) !=
		s->payload.len ||
	    *end != '\r')
		die("not %zu bytes: %s", s->payload.len, head);
	memcpy(good, bytes, len);
	good_len = len;
}

static void
begin_body(const struct script *s, struct ear *e)
{
	e->in_body = true;
	e->head_len = 0;
	e->left = s->payload.len;
	e->at = 0;
}

static size_t
hear_head(const struct script *s, struct ear *e, const unsigned char *bytes,
    size_t len)
{
	bool done;
	size_t used;

	if (e->head_len == 0 && good_len > 0 && len >= good_len &&
	    memcmp(bytes, good, good_len) == 0) {
		begin_body(s, e);
		return good_len;
	}
	used = ear_lines(e, bytes, len, &done);
	if (done) {
		judge(s, e->head, e->head_len);
		begin_body(s, e);
	}
	return used;
}

static size_t
http_hear(const struct script *s, struct ear *e, const unsigned char *stamp,
    const unsigned char *bytes, size_t len, bool *done_r)
{
	size_t used = 0;

	*done_r = false;
	if (!e->in_body)
		used = hear_head(s, e, bytes, len);
	if (e->in_body) {
		used += ear_payload(s, e, stamp, bytes + used, len - used);
		*done_r = e->left == 0;
		e->in_body = !*done_r;
	}
	return used;
}

const struct dialect dialect_http = {
	.name = "http",
	.prepare = http_prepare,
	.hear = http_hear,
};
