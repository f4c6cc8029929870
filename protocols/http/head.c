/* SPDX-License-Identifier: MIT */
/*
 * The scan of a header block, from the first byte to the empty line. Only
 * whole lines are looked at: the bytes end with an LF, and as no class of
 * characters has LF among it, a loop over a class needs no other end. Each
 * function takes a cursor and moves it over what it is responsible for. What
 * the fields mean for the message is judged at the end, by judge().
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "chars.h"
#include "head.h"
#include "host.h"
#include "list.h"
#include "target.h"

/* Room for `max` fields in a table that has room for *room. */
static int
table_reserve(struct wm_http_field **table, size_t *room, size_t max)
{
	struct wm_http_field *fields;

	if (max <= *room)
		return 0;
	if (max > SIZE_MAX / sizeof(*fields))
		return WM_E_NOMEM;
	fields = realloc(*table, max * sizeof(*fields));
	if (fields == NULL)
		return WM_E_NOMEM;
	*table = fields;
	*room = max;
	return 0;
}

int
wm__http_head_reserve(struct wm_http_request *r, size_t max)
{
	return table_reserve(&r->fields, &r->room, max);
}

bool
wm__http_head_ended(const char *data, size_t len, size_t from)
{
	const char *p = data + from, *end = data + len, *cr;

	while (p < end) {
		if (p > data && p[-1] == '\r') {
			if (*p != '\n' || (p - data >= 3 && p[-2] == '\n'))
				return true;
			p++;
		}
		cr = memchr(p, '\r', (size_t)(end - p));
		if (memchr(p, '\n', (size_t)((cr != NULL ? cr : end) - p)))
			return true;
		if (cr == NULL)
			return false;
		p = cr + 1;
	}
	return false;
}

/* Which method the token is; false if none that we know of. */
static bool
method_find(struct wm_span token, enum wm_http_method *method_r)
{
#define METHOD_IS(name)                                                        \
	if (token.len == sizeof(#name) - 1 &&                                  \
	    memcmp(token.data, #name, sizeof(#name) - 1) == 0) {               \
		*method_r = WM_HTTP_##name;                                    \
		return true;                                                   \
	}
	WM_HTTP_METHOD_TABLE(METHOD_IS)
#undef METHOD_IS
	return false;
}

static bool
method_refused(struct wm_span token)
{
	return (token.len == 7 && memcmp(token.data, "CONNECT", 7) == 0) ||
	    (token.len == 5 && memcmp(token.data, "TRACE", 5) == 0);
}

/* The method and the blank behind it. */
static enum http_verdict
method_scan(struct wm_span *token_r, const char **p_r)
{
	const char *p = *p_r;

	while (char_is(*p, CHAR_TOKEN))
		p++;
	*token_r = (struct wm_span){ *p_r, (size_t)(p - *p_r) };
	if (*p != ' ' || token_r->len == 0)
		return HTTP_BAD_LINE;
	*p_r = p + 1;
	return HTTP_FINE;
}

/* "HTTP/1.1" and the end of the line. */
static enum http_verdict
version_scan(unsigned *minor_r, const char **p_r, const char *end)
{
	const char *p = *p_r;

	if (end - p < 10)
		return HTTP_BAD_LINE;
	*p_r = p + 10;
	*minor_r = 1;
	if (memcmp(p, "HTTP/1.1", 8) == 0 && p[8] == '\r' && p[9] == '\n')
		return HTTP_FINE;
	if (memcmp(p, "HTTP/", 5) != 0 || !char_is(p[5], CHAR_DIGIT) ||
	    p[6] != '.' || !char_is(p[7], CHAR_DIGIT))
		return HTTP_BAD_LINE;
	if (p[5] != '1' || p[7] > '1')
		return HTTP_BAD_VERSION;
	*minor_r = (unsigned)(p[7] - '0');
	if (p[8] == '\n')
		return HTTP_BAD_BARE_LF;
	if (p[8] != '\r')
		return HTTP_BAD_LINE;
	return p[9] == '\n' ? HTTP_FINE : HTTP_BAD_BARE_CR;
}

/* RFC 9112 section 3, with exactly one blank where one belongs. */
static enum http_verdict
line_scan(struct wm_http_request *r, const char **p_r, const char *end)
{
	struct wm_span token;
	enum http_verdict v;

	if ((v = method_scan(&token, p_r)) != HTTP_FINE)
		return v;
	if (token.len == 4 && memcmp(token.data, "HEAD", 4) == 0)
		r->method = WM_HTTP_HEAD; /* also for a refusal's body */
	if ((v = wm__http_target_scan(&r->target, &r->query, p_r)) != HTTP_FINE)
		return v;
	if ((v = version_scan(&r->minor, p_r, end)) != HTTP_FINE)
		return v;
	if (!method_find(token, &r->method))
		return method_refused(token) ? HTTP_BAD_METHOD :
					       HTTP_BAD_UNKNOWN_METHOD;
	return wm__http_target_judge(r);
}

/* Eight bytes, the first of them lowest, whatever the machine's order. */
static uint64_t
load8(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint64_t)u[0] | (uint64_t)u[1] << 8 | (uint64_t)u[2] << 16 |
	    (uint64_t)u[3] << 24 | (uint64_t)u[4] << 32 | (uint64_t)u[5] << 40 |
	    (uint64_t)u[6] << 48 | (uint64_t)u[7] << 56;
}

/*
 * The first byte that cannot stand in a field's value. Eight at a time are
 * tested for one below a blank and for DEL; the lowest bit found is exact, as
 * borrows only run upwards, and only a tab is stepped over.
 */
static const char *
value_end(const char *p, const char *end)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t w, del, hits;

	while (end - p >= 8) {
		w = load8(p);
		del = w ^ (ones * 0x7f);
		hits = ((w - ones * 0x20) & ~w) | ((del - ones) & ~del);
		hits &= ones << 7;
		if (hits == 0) {
			p += 8;
			continue;
		}
		p += __builtin_ctzll(hits) / 8;
		if (*p != '\t')
			return p;
		p++;
	}
	while (char_is(*p, CHAR_VALUE))
		p++;
	return p;
}

/* Why a line does not begin with a name and a colon. */
static enum http_verdict
name_refusal(const char *name, const char *p)
{
	if (*p == '\n')
		return HTTP_BAD_BARE_LF;
	if (p == name && (*p == ' ' || *p == '\t'))
		return HTTP_BAD_FOLDED;
	return *p == '\r' ? HTTP_BAD_BARE_CR : HTTP_BAD_NAME;
}

enum http_verdict
wm__http_field_scan(struct wm_http_field *f, const char **p_r, const char *end)
{
	const char *name = *p_r, *p = name, *value;

	while (char_is(*p, CHAR_TOKEN))
		p++;
	f->name = (struct wm_span){ name, (size_t)(p - name) };
	if (*p != ':' || p == name)
		return name_refusal(name, p);
	do
		p++;
	while (*p == ' ' || *p == '\t');
	value = p;
	p = value_end(p, end);
	if (*p != '\r')
		return *p == '\n' ? HTTP_BAD_BARE_LF : HTTP_BAD_VALUE;
	if (p[1] != '\n')
		return HTTP_BAD_BARE_CR;
	*p_r = p + 2;
	while (p > value && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	f->value = (struct wm_span){ value, (size_t)(p - value) };
	return HTTP_FINE;
}

/* RFC 9110 section 8.6: digits; here below 2^63. */
static bool
length_parse(struct wm_span s, uint64_t *length_r)
{
	uint64_t n = 0, digit;
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (!char_is(s.data[i], CHAR_DIGIT))
			return false;
		digit = (uint64_t)(s.data[i] - '0');
		if (n > (INT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*length_r = n;
	return s.len > 0;
}

/* RFC 9112 section 6.1. Only chunked, alone, is understood; of the others
   those that end with chunked are well-formed and unknown. */
static enum http_verdict
coding_judge(struct wm_span s)
{
	static const char last[] = "chunked";
	size_t n = sizeof(last) - 1, i;

	if (SPAN_IS(s, "chunked"))
		return HTTP_FINE;
	if (s.len <= n)
		return HTTP_BAD_CODING;
	if (!span_is((struct wm_span){ s.data + s.len - n, n }, last, n))
		return HTTP_BAD_CODING;
	for (i = s.len - n; i > 0 && s.data[i - 1] == ' '; i--)
		continue;
	if (i == 0 || s.data[i - 1] != ',' ||
	    memmem(s.data, i, last, n) != NULL)
		return HTTP_BAD_CODING;
	return HTTP_BAD_UNKNOWN_CODING;
}

/* The authority of an absolute target goes before the field. */
static enum http_verdict
host_note(struct wm_http_request *r, struct wm_span value)
{
	if (r->hosts++ > 0 || !wm__http_host_ok(value))
		return HTTP_BAD_HOST;
	if (r->host.data == NULL)
		r->host = value;
	return HTTP_FINE;
}

/* Keeps what decides over the message; most fields do not. */
static enum http_verdict
field_note(struct wm_http_request *r, const struct wm_http_field *f)
{
	switch (f->name.len) {
	case 4:
		if (SPAN_IS(f->name, "host"))
			return host_note(r, f->value);
		break;
	case 6:
		if (SPAN_IS(f->name, "expect")) {
			if (SPAN_IS(f->value, "100-continue"))
				r->expect = true;
			else
				r->expect_else = true;
		}
		break;
	case 10:
		if (SPAN_IS(f->name, "connection")) {
			r->close |= wm__http_list_has(f->value, "close");
			r->keep |= wm__http_list_has(f->value, "keep-alive");
		}
		break;
	case 14:
		if (SPAN_IS(f->name, "content-length")) {
			r->lengths++;
			if (!length_parse(f->value, &r->length))
				return HTTP_BAD_LENGTH;
		}
		break;
	case 17:
		if (SPAN_IS(f->name, "transfer-encoding")) {
			r->codings++;
			r->chunked = true;
			return coding_judge(f->value);
		}
		break;
	}
	return HTTP_FINE;
}

/* What follows from all fields together. */
static enum http_verdict
judge(struct wm_http_request *r)
{
	if (r->hosts == 0 && r->minor == 1)
		return HTTP_BAD_HOST;
	if (r->lengths + r->codings > 1)
		return HTTP_BAD_LENGTHS;
	if (r->chunked && r->minor == 0)
		return HTTP_BAD_CODING;
	if (r->minor == 0)
		r->expect = false; /* RFC 9110 section 10.1.1 */
	else if (r->expect_else)
		return HTTP_BAD_EXPECT;
	return HTTP_FINE;
}

int
wm__http_trailers_parse(struct wm_http_request *r, const char *data, size_t len,
    size_t max)
{
	const char *p = data, *end = data + len;

	r->ntrailers = 0;
	if (len <= 2)
		return 0;
	if (table_reserve(&r->trailers, &r->trailer_room, max) < 0)
		return WM_E_NOMEM;
	while (p < end && *p != '\r' && r->ntrailers < max &&
	    wm__http_field_scan(&r->trailers[r->ntrailers], &p, end) ==
		HTTP_FINE)
		r->ntrailers++;
	return 0;
}

static enum http_verdict
fields_scan(struct wm_http_request *r, const char **p_r, const char *end,
    size_t max)
{
	struct wm_http_field *f = r->fields;
	enum http_verdict v;

	for (; *p_r < end && **p_r != '\r'; f++) {
		if (r->nfields == max)
			return HTTP_BAD_FIELDS;
		if ((v = wm__http_field_scan(f, p_r, end)) != HTTP_FINE)
			return v;
		r->nfields++;
		if ((v = field_note(r, f)) != HTTP_FINE)
			return v;
	}
	if (*p_r == end)
		return HTTP_PARTIAL;
	if ((*p_r)[1] != '\n')
		return HTTP_BAD_BARE_CR;
	*p_r += 2;
	return HTTP_FINE;
}

/* Everything but the tables of fields, which are kept. */
static void
head_reset(struct wm_http_request *r, const char *data)
{
	memset(r, 0, offsetof(struct wm_http_request, room));
	r->head = data;
	r->method = WM_HTTP_METHODS;
}

enum http_verdict
wm__http_head_parse(struct wm_http_request *r, const char *data, size_t len,
    size_t max_fields)
{
	const char *p = data, *lf = memrchr(data, '\n', len);
	const char *end = lf != NULL ? lf + 1 : data;
	enum http_verdict v;

	head_reset(r, data);
	if (end - p >= 2 && p[0] == '\r' && p[1] == '\n')
		p += 2;
	if (p == end)
		return HTTP_PARTIAL;
	if ((v = line_scan(r, &p, end)) != HTTP_FINE)
		return v;
	if ((v = fields_scan(r, &p, end, max_fields)) != HTTP_FINE)
		return v;
	r->head_len = (size_t)(p - data);
	return judge(r);
}
