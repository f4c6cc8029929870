/* SPDX-License-Identifier: MIT */
/*
 * Request targets: only the characters of RFC 3986, and in a query those that
 * browsers do not encode there (the URL standard of the WHATWG, section 1.3)
 * and that mean nothing anywhere; only the forms that an origin server is
 * sent. Nothing is decoded or normalised.
 */
#include <string.h>

#include "chars.h"
#include "host.h"
#include "list.h"
#include "target.h"

/* "%41" at p; not "%00". */
static bool
triplet_ok(const char *p)
{
	return char_is(p[1], CHAR_HEX) && char_is(p[2], CHAR_HEX) &&
	    (p[1] != '0' || p[2] != '0');
}

enum http_verdict
wm__http_target_scan(struct wm_span *target_r, struct wm_span *query_r,
    const char **p_r)
{
	const char *p = *p_r, *query = NULL;
	unsigned allowed = CHAR_URI;

	for (;; p++) {
		while (char_is(*p, allowed))
			p++;
		if (*p == '%' && triplet_ok(p))
			p += 2;
		else if (*p != '?')
			break;
		else if (query == NULL) {
			query = p + 1;
			allowed |= CHAR_RAW;
		}
	}
	if (*p == '\r' || *p == '\n')
		return HTTP_BAD_LINE;
	if (*p != ' ')
		return HTTP_BAD_TARGET;
	*target_r = (struct wm_span){ *p_r, (size_t)(p - *p_r) };
	if (query != NULL)
		*query_r = (struct wm_span){ query, (size_t)(p - query) };
	*p_r = p + 1;
	return HTTP_FINE;
}

/* "http://host:port/path?query": RFC 9112 section 3.2.2. */
static enum http_verdict
absolute_judge(struct wm_http_request *r, const char *end)
{
	struct wm_span t = r->target;
	const char *p;

	if (t.len > 7 &&
	    wm__http_same((struct wm_span){ t.data, 7 }, "http://", 7))
		p = t.data + 7;
	else if (t.len > 8 &&
	    wm__http_same((struct wm_span){ t.data, 8 }, "https://", 8))
		p = t.data + 8;
	else
		return HTTP_BAD_TARGET;
	r->host.data = p;
	while (p < end && *p != '/')
		p++;
	r->host.len = (size_t)(p - r->host.data);
	r->path = p < end ? (struct wm_span){ p, (size_t)(end - p) } :
			    (struct wm_span){ "/", 1 };
	return wm__http_host_ok(r->host) ? HTTP_FINE : HTTP_BAD_HOST;
}

enum http_verdict
wm__http_target_judge(struct wm_http_request *r)
{
	struct wm_span t = r->target;
	const char *end = t.data + t.len;

	if (r->query.data != NULL)
		end = r->query.data - 1;
	if (t.len == 0)
		return HTTP_BAD_TARGET;
	if (*t.data != '/' && (t.len != 1 || *t.data != '*'))
		return absolute_judge(r, end);
	if (*t.data == '*' && r->method != WM_HTTP_OPTIONS)
		return HTTP_BAD_TARGET;
	r->path = (struct wm_span){ t.data, (size_t)(end - t.data) };
	return HTTP_FINE;
}
