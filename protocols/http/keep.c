/* SPDX-License-Identifier: MIT */
/*
 * Copies of requests that outlive their callback: one block of memory with
 * the struct, its tables and the bytes of head and trailers, into which all
 * spans point.
 */
#include <stdlib.h>
#include <string.h>

#include <workerman/http-request.h>

#include "head.h"

/* Bytes that are copied, and where to. */
struct move {
	const char *from, *end;
	char *to;
};

/* A span within them is moved; any other is constant, or null. */
static void
span_move(struct wm_span *s, const struct move *move)
{
	if (s->data != NULL && s->data >= move->from && s->data <= move->end)
		s->data = move->to + (s->data - move->from);
}

static void
fields_move(struct wm_http_field *f, size_t n, const struct move *move)
{
	for (; n-- > 0; f++) {
		span_move(&f->name, move);
		span_move(&f->value, move);
	}
}

/* The bytes between the first name and the last value of the trailers. */
static struct move
trailers_of(const struct wm_http_request *r)
{
	const struct wm_http_field *last;

	if (r->ntrailers == 0)
		return (struct move){ "", "", NULL };
	last = &r->trailers[r->ntrailers - 1];
	return (struct move){ r->trailers[0].name.data,
		last->value.data + last->value.len, NULL };
}

struct wm_http_request *
wm_http_request_keep(const struct wm_http_request *r)
{
	struct move head = { r->head, r->head + r->head_len, NULL };
	struct move tail = trailers_of(r);
	size_t nfields = r->nfields, ntrailers = r->ntrailers;
	size_t tail_len = (size_t)(tail.end - tail.from);
	struct wm_http_request *k;

	k = malloc(sizeof(*k) + (nfields + ntrailers) * sizeof(*k->fields) +
	    r->head_len + tail_len);
	if (k == NULL)
		return NULL;
	*k = *r;
	k->fields = (struct wm_http_field *)(k + 1);
	k->trailers = ntrailers > 0 ? k->fields + nfields : NULL;
	k->room = nfields;
	k->trailer_room = ntrailers;
	head.to = (char *)(k->fields + nfields + ntrailers);
	tail.to = head.to + r->head_len;
	memcpy(head.to, r->head, r->head_len);
	memcpy(tail.to, tail.from, tail_len);
	if (nfields > 0)
		memcpy(k->fields, r->fields, nfields * sizeof(*k->fields));
	if (ntrailers > 0)
		memcpy(k->trailers, r->trailers,
		    ntrailers * sizeof(*k->trailers));
	k->head = head.to;
	span_move(&k->target, &head);
	span_move(&k->path, &head);
	span_move(&k->query, &head);
	span_move(&k->host, &head);
	fields_move(k->fields, nfields, &head);
	fields_move(k->trailers, ntrailers, &tail);
	return k;
}

void
wm_http_request_free(struct wm_http_request **r)
{
	struct wm_http_request *k = *r;

	*r = NULL;
	if (k == NULL)
		return;
	if (k->trailers != k->fields + k->nfields)
		free(k->trailers); /* that came after it was kept */
	free(k);
}
