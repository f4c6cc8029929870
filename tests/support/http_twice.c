/* SPDX-License-Identifier: MIT */
/* Compares two readings of a head: see http_twice.h. */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <llhttp.h>

#include "protocols/http/head.h"
#include "tests/support/http_twice.h"

#define FIELDS 100

/* What llhttp reports. */
struct reading {
	struct wm_span target;
	struct wm_http_field fields[FIELDS];
	size_t n; /* fields that have begun */
	bool in_value, complete;
	llhttp_t at_end; /* of the headers: later it forgets */
};

static char why[512];

/* Pieces of a span follow each other: the head is fed at once. */
static void
extend(struct wm_span *s, const char *at, size_t len)
{
	if (s->data == NULL)
		s->data = at;
	s->len = (size_t)(at - s->data) + len;
}

static int
on_url(llhttp_t *p, const char *at, size_t len)
{
	struct reading *r = p->data;

	extend(&r->target, at, len);
	return 0;
}

static int
on_field(llhttp_t *p, const char *at, size_t len)
{
	struct reading *r = p->data;

	if (r->n == 0 || r->in_value) {
		if (r->n == FIELDS)
			return -1;
		r->n++;
		r->in_value = false;
	}
	extend(&r->fields[r->n - 1].name, at, len);
	return 0;
}

static int
on_value(llhttp_t *p, const char *at, size_t len)
{
	struct reading *r = p->data;

	r->in_value = true;
	extend(&r->fields[r->n - 1].value, at, len);
	return 0;
}

static int
on_headers(llhttp_t *p)
{
	struct reading *r = p->data;

	r->complete = true;
	r->at_end = *p;
	return 0;
}

static struct wm_span
trimmed(struct wm_span s)
{
	while (s.len > 0 && (*s.data == ' ' || *s.data == '\t')) {
		s.data++;
		s.len--;
	}
	while (s.len > 0 &&
	    (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
		s.len--;
	return s;
}

static bool
same(struct wm_span a, struct wm_span b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static bool
differ(const char *what, unsigned long long ours, unsigned long long theirs)
{
	if (ours == theirs)
		return false;
	snprintf(why, sizeof(why), "%s: %llu, llhttp says %llu", what, ours,
	    theirs);
	return true;
}

static bool
differ_span(const char *what, struct wm_span ours, struct wm_span theirs)
{
	if (same(ours, theirs))
		return false;
	snprintf(why, sizeof(why), "%s: '%.*s', llhttp says '%.*s'", what,
	    (int)(ours.len < 99 ? ours.len : 99), ours.data,
	    (int)(theirs.len < 99 ? theirs.len : 99),
	    theirs.data != NULL ? theirs.data : "");
	return true;
}

static bool
fields_differ(const struct wm_http_request *ours, const struct reading *theirs)
{
	if (differ("fields", ours->nfields, theirs->n))
		return true;
	for (size_t i = 0; i < theirs->n; i++)
		if (differ_span("name", ours->fields[i].name,
			theirs->fields[i].name) ||
		    differ_span("value", ours->fields[i].value,
			trimmed(theirs->fields[i].value)))
			return true;
	return false;
}

static bool
named(const struct wm_http_field *f, const char *name)
{
	return f->name.len == strlen(name) &&
	    strncasecmp(f->name.data, name, f->name.len) == 0;
}

/*
 * Whether a field of that name has a tab, which llhttp does not take for a
 * blank behind a token or a number (RFC 9110 section 5.6.3 does).
 */
static bool
has_tab(const struct wm_http_request *r, const char *name)
{
	for (size_t i = 0; i < r->nfields; i++) {
		const char *p = r->fields[i].value.data;

		if (!named(&r->fields[i], name))
			continue;
		for (; *p != '\r'; p++)
			if (*p == '\t')
				return true;
	}
	return false;
}

/* llhttp obeys Proxy-Connection, too, which no RFC knows. */
static bool
has_option(const struct wm_http_request *r, const char *token)
{
	return wm_http_header_has(r, "Connection", token) ||
	    wm_http_header_has(r, "Proxy-Connection", token);
}

static bool
has_upgrade(const struct wm_http_request *r)
{
	for (size_t i = 0; i < r->nfields; i++)
		if (named(&r->fields[i], "Upgrade") &&
		    r->fields[i].value.len > 0)
			return true;
	return false;
}

/* What the options of Connection are; with tabs llhttp may miss some. */
static bool
options_differ(const struct wm_http_request *ours, const llhttp_t *p)
{
	bool blind =
	    has_tab(ours, "Connection") || has_tab(ours, "Proxy-Connection");
	bool close = has_option(ours, "close");
	bool keep = has_option(ours, "keep-alive");
	bool upgrade = has_option(ours, "upgrade") && has_upgrade(ours);

	if (differ("close", wm_http_header_has(ours, "Connection", "close"),
		ours->close) ||
	    differ("keep-alive",
		wm_http_header_has(ours, "Connection", "keep-alive"),
		ours->keep))
		return true;
	return differ("close", close,
		   (p->flags & F_CONNECTION_CLOSE) != 0 || (blind && close)) ||
	    differ("keep-alive", keep,
		(p->flags & F_CONNECTION_KEEP_ALIVE) != 0 || (blind && keep)) ||
	    differ("upgrade", upgrade, p->upgrade || (blind && upgrade));
}

static bool
meanings_differ(const struct wm_http_request *ours, const llhttp_t *p)
{
	const char *method = llhttp_method_name((llhttp_method_t)p->method);
	const char *own = wm_http_method_name(ours->method);

	return differ_span("method", (struct wm_span){ own, strlen(own) },
		   (struct wm_span){ method, strlen(method) }) ||
	    differ("major version", 1, p->http_major) ||
	    differ("minor version", ours->minor, p->http_minor) ||
	    differ("has a length", ours->lengths > 0,
		(p->flags & F_CONTENT_LENGTH) != 0) ||
	    differ("length", ours->length, p->content_length) ||
	    differ("is chunked", ours->chunked, (p->flags & F_CHUNKED) != 0) ||
	    options_differ(ours, p);
}

enum taken { TAKEN, REFUSED, REFUSED_FOR_TAB };

static enum taken
take(llhttp_t *p, const struct wm_http_request *ours, const char *data)
{
	llhttp_errno_t error = llhttp_execute(p, data, ours->head_len);

	if (error == HPE_OK ||
	    (error == HPE_PAUSED_UPGRADE &&
		llhttp_get_error_pos(p) == data + ours->head_len))
		return TAKEN;
	snprintf(why, sizeof(why), "llhttp: %s, %s at byte %td",
	    llhttp_errno_name(error), llhttp_get_error_reason(p),
	    llhttp_get_error_pos(p) - data);
	return (error == HPE_INVALID_CONTENT_LENGTH &&
		   has_tab(ours, "Content-Length")) ||
		(error == HPE_INVALID_TRANSFER_ENCODING &&
		    has_tab(ours, "Transfer-Encoding")) ?
	    REFUSED_FOR_TAB :
	    REFUSED;
}

static bool
readings_differ(const struct wm_http_request *ours, const char *data)
{
	static const llhttp_settings_t settings = {
		.on_url = on_url,
		.on_header_field = on_field,
		.on_header_value = on_value,
		.on_headers_complete = on_headers,
	};
	struct reading theirs = { .n = 0 };
	llhttp_t p;

	llhttp_init(&p, HTTP_REQUEST, &settings);
	p.data = &theirs;
	switch (take(&p, ours, data)) {
	case REFUSED:
		return true;
	case REFUSED_FOR_TAB:
		return false;
	case TAKEN:
		break;
	}
	return differ("complete", true, theirs.complete) ||
	    differ_span("target", ours->target, theirs.target) ||
	    fields_differ(ours, &theirs) ||
	    meanings_differ(ours, &theirs.at_end);
}

bool
http_twice(const char *data, size_t len, const char **why_r)
{
	static struct wm_http_request ours;

	if (wm__http_head_reserve(&ours, FIELDS) < 0)
		errx(1, "http_twice: out of memory");
	if (wm__http_head_parse(&ours, data, len, FIELDS) != HTTP_FINE)
		return false;
	*why_r = readings_differ(&ours, data) ? why : NULL;
	return true;
}
