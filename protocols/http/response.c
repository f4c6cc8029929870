/* SPDX-License-Identifier: MIT */
/*
 * Writes responses. Nothing that the application passes gets into the head
 * unjudged: a CR or LF there would begin another response (RFC 9110 section
 * 5.5). When and in which order responses leave is not decided here.
 */
#include <string.h>

#include "chars.h"
#include "date.h"
#include "list.h"
#include "response.h"
#include "status.h"

#define PLAIN "text/plain; charset=utf-8"

/* The status line with a number, the names and blanks of our own fields, the
   longest Connection, Content-Length's digits, the empty line; rounded up. */
#define FIXED_SIZE 224

static char *
put(char *p, const char *s, size_t len)
{
	memcpy(p, s, len);
	return p + len;
}

#define PUT(p, literal) put(p, literal, sizeof(literal) - 1)

static char *
put_number(char *p, uint64_t n)
{
	char digits[20], *d = digits + sizeof(digits);

	do
		*--d = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	return put(p, d, (size_t)(digits + sizeof(digits) - d));
}

/* Text that stands on a line of the head; adds its length. */
static bool
text_ok(const char *s, size_t *size)
{
	const char *p = s;

	while (char_is(*p, CHAR_VALUE))
		p++;
	*size += (size_t)(p - s);
	return *p == '\0';
}

/* The fields that are the framework's alone. */
static bool
is_ours(struct wm_span name)
{
	return wm__http_same(name, "Content-Length", 14) ||
	    wm__http_same(name, "Transfer-Encoding", 17) ||
	    wm__http_same(name, "Connection", 10) ||
	    wm__http_same(name, "Date", 4);
}

static bool
header_ok(struct http_reply *reply, const struct wm_http_header *h)
{
	struct wm_span name = { h->name, 0 };

	while (char_is(h->name[name.len], CHAR_TOKEN))
		name.len++;
	if (name.len == 0 || h->name[name.len] != '\0' || h->value == NULL ||
	    is_ours(name))
		return false;
	if (wm__http_same(name, "Content-Type", 12)) {
		if (reply->typed || reply->r->content_type != NULL)
			return false;
		reply->typed = true;
	}
	if (wm__http_same(name, "Upgrade", 7))
		reply->upgrade = true;
	reply->size += name.len + 4;
	return text_ok(h->value, &reply->size);
}

bool
wm__http_trailer_ok(const struct wm_http_header *h)
{
	static const char *const refused[] = { "Host", "Trailer", "TE",
		"Expect", "Max-Forwards", "Cache-Control", "Pragma", "Range",
		"Content-Encoding", "Content-Type", "Content-Range",
		"Authorization", "WWW-Authenticate", "Set-Cookie", "Age",
		"Expires", "Location", "Retry-After", "Vary", "Upgrade" };
	static const struct wm_http_response none;
	struct http_reply reply = { .r = &none };
	struct wm_span name = { h->name, strlen(h->name) };
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		if (wm__http_same(name, refused[i], strlen(refused[i])))
			return false;
	return header_ok(&reply, h);
}

int
wm__http_reply_judge(struct http_reply *reply, const struct wm_http_response *r)
{
	const struct wm_http_header *h;

	reply->r = r;
	reply->status = r->status != 0 ? r->status : 200;
	reply->typed = false;
	reply->upgrade = reply->status == 101;
	reply->size = FIXED_SIZE;
	if (reply->status != 101 &&
	    (reply->status < 200 || reply->status > 599))
		return WM_E_INVALID;
	if (r->body == NULL ? r->body_len > 0 && reply->framing == HTTP_WHOLE :
			      reply->framing != HTTP_WHOLE)
		return WM_E_INVALID;
	if (r->reason != NULL && !text_ok(r->reason, &reply->size))
		return WM_E_INVALID;
	if (r->content_type != NULL) {
		reply->type_len = 0;
		if (!text_ok(r->content_type, &reply->type_len))
			return WM_E_INVALID;
		reply->size += reply->type_len;
	}
	for (h = r->headers; h != NULL && h->name != NULL; h++)
		if (!header_ok(reply, h))
			return WM_E_INVALID;
	return 0;
}

static char *
put_status(char *p, const struct http_reply *reply)
{
	struct wm_span line = wm__http_status_line(reply->status);
	const char *reason = reply->r->reason;

	if (line.data != NULL && reason == NULL)
		return put(p, line.data, line.len);
	if (reason == NULL)
		reason = wm_http_reason(reply->status);
	p = PUT(p, "HTTP/1.1 ");
	p = put_number(p, reply->status);
	*p++ = ' ';
	p = put(p, reason, strlen(reason));
	return PUT(p, "\r\n");
}

/* RFC 9110 section 7.6.1; nothing where 1.1's default says it. */
static char *
put_connection(char *p, const struct http_reply *reply)
{
	if (reply->upgrade && reply->last)
		return PUT(p, "Connection: close, Upgrade\r\n");
	if (reply->upgrade)
		return PUT(p, "Connection: Upgrade\r\n");
	if (reply->last)
		return PUT(p, "Connection: close\r\n");
	if (reply->traits & TRAIT_OLD)
		return PUT(p, "Connection: keep-alive\r\n");
	return p;
}

/* RFC 9110 sections 6.4.1 and 8.6. A 304 tells the length that a 200 would
   have, if the application gave it one. */
static bool
has_length(const struct http_reply *reply)
{
	return reply->status != 101 && reply->status != 204 &&
	    (reply->status != 304 || reply->r->body_len > 0);
}

bool
wm__http_reply_may_have_body(const struct http_reply *reply)
{
	return !(reply->traits & TRAIT_HEAD) && reply->status != 101 &&
	    reply->status != 204 && reply->status != 205 &&
	    reply->status != 304;
}

static char *
put_type(char *p, const struct http_reply *reply)
{
	const char *type = reply->r->content_type;

	if (type != NULL) {
		p = PUT(p, "Content-Type: ");
		p = put(p, type, reply->type_len);
		return PUT(p, "\r\n");
	}
	if (reply->typed || reply->r->body_len == 0)
		return p;
	return PUT(p, "Content-Type: " PLAIN "\r\n");
}

static char *
put_content(char *p, const struct http_reply *reply)
{
	uint64_t len = reply->status == 205 ? 0 : reply->r->body_len;

	if (!has_length(reply))
		return reply->r->content_type != NULL ? put_type(p, reply) : p;
	p = put_type(p, reply);
	if (reply->framing > HTTP_SIZED && reply->status != 205)
		return reply->framing == HTTP_CHUNKED && reply->status != 304 ?
		    PUT(p, "Transfer-Encoding: chunked\r\n") :
		    p;
	p = PUT(p, "Content-Length: ");
	p = put_number(p, len);
	return PUT(p, "\r\n");
}

int
wm__http_reply_write(const struct http_reply *reply, struct wm_buf *out)
{
	const struct wm_http_header *h;
	size_t body = 0;
	char *start, *p;

	if (reply->r->body != NULL && wm__http_reply_may_have_body(reply))
		body = reply->r->body_len;
	if (body > SIZE_MAX - reply->size)
		return WM_E_NOMEM;
	start = p = wm_buf_reserve(out, reply->size + (out->lends ? 0 : body));
	if (p == NULL)
		return WM_E_NOMEM;
	p = put_status(p, reply);
	p = put_content(p, reply);
	p = put(p, wm__http_date(reply->now), HTTP_DATE_LEN);
	p = put_connection(p, reply);
	for (h = reply->r->headers; h != NULL && h->name != NULL; h++) {
		p = put(p, h->name, strlen(h->name));
		p = PUT(p, ": ");
		p = put(p, h->value, strlen(h->value));
		p = PUT(p, "\r\n");
	}
	p = PUT(p, "\r\n");
	wm_buf_commit(out, (size_t)(p - start));
	wm_buf_put_last(out, reply->r->body, body);
	return 0;
}
