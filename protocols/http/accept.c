/* SPDX-License-Identifier: MIT */
/*
 * What a client would like to read (RFC 9110 section 12.5.1), as far as the
 * one choice goes that http itself has: an error as text or as JSON.
 */
#include <string.h>

#include <workerman/http-request.h>

#include "chars.h"
#include "error_body.h"
#include "list.h"
#include "response.h"

#define UNSAID (-1)

/* The weights, in thousandths, of a type and of the ranges that it is in. */
struct wish {
	int exact, group, any;
};

/* ";q=0.5" anywhere in [p, end): 500; 1000 if there is none. */
static int
weight_of(const char *p, const char *end)
{
	int weight = 0, unit = 1000;

	for (; p < end; p++)
		if (*p == ';') {
			do
				p++;
			while (p < end && (*p == ' ' || *p == '\t'));
			if (end - p > 2 && (*p | 0x20) == 'q' && p[1] == '=')
				break;
		}
	if (p >= end)
		return 1000;
	for (p += 2; p < end && unit > 0; p++) {
		if (*p == '.')
			continue;
		if (!char_is(*p, CHAR_DIGIT))
			break;
		weight += (*p - '0') * unit;
		unit /= 10;
	}
	return weight < 1000 ? weight : 1000;
}

static void
raise_to(int *weight, int to)
{
	if (*weight < to)
		*weight = to;
}

/* One element of the list: "text/plain;q=0.5". */
static void
range_note(struct wish *json, struct wish *text, const char *p, const char *end)
{
	struct wm_span type;
	int weight;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	type = (struct wm_span){ p, 0 };
	while (p + type.len < end &&
	    (char_is(p[type.len], CHAR_TOKEN) || p[type.len] == '/'))
		type.len++;
	weight = weight_of(p + type.len, end);
	if (wm__http_same(type, "application/problem+json", 24) ||
	    wm__http_same(type, "application/json", 16))
		raise_to(&json->exact, weight);
	else if (wm__http_same(type, "text/plain", 10))
		raise_to(&text->exact, weight);
	else if (wm__http_same(type, "application/*", 13))
		raise_to(&json->group, weight);
	else if (wm__http_same(type, "text/*", 6))
		raise_to(&text->group, weight);
	else if (wm__http_same(type, "*/*", 3)) {
		raise_to(&json->any, weight);
		raise_to(&text->any, weight);
	}
}

/* The most specific range decides. */
static int
wish_weight(const struct wish *wish)
{
	if (wish->exact != UNSAID)
		return wish->exact;
	return wish->group != UNSAID ? wish->group : wish->any;
}

unsigned
wm__http_error_traits(const struct wm_http_request *r)
{
	struct wish json = { UNSAID, UNSAID, UNSAID }, text = json;
	const struct wm_http_field *f = NULL;
	const char *p, *end, *comma;
	int difference;

	while ((f = wm_http_field_next(r, "Accept", f)) != NULL) {
		end = f->value.data + f->value.len;
		for (p = f->value.data; p < end; p = comma + 1) {
			comma = memchr(p, ',', (size_t)(end - p));
			if (comma == NULL)
				comma = end;
			range_note(&json, &text, p, comma);
		}
	}
	difference = wish_weight(&json) - wish_weight(&text);
	if (difference == 0)
		return 0;
	return difference > 0 ? TRAIT_JSON : TRAIT_TEXT;
}
