/* SPDX-License-Identifier: MIT */
/*
 * What an application asks of a request. All is found in the spans that
 * head.c recorded; nothing is copied or decoded.
 */
#include <string.h>

#include <workerman/http-request.h>

#include "head.h"
#include "list.h"

static const struct wm_span none;

const struct wm_http_request *
wm_http_request(const struct wm_msg *m)
{
	return m->protocol == &wm_protocol_http ? m->view : NULL;
}

enum wm_http_method
wm_http_method(const struct wm_http_request *r)
{
	return r->method;
}

const char *
wm_http_method_name(enum wm_http_method method)
{
	static const char *const names[WM_HTTP_METHODS] = {
#define METHOD_NAME(name) [WM_HTTP_##name] = #name,
		WM_HTTP_METHOD_TABLE(METHOD_NAME)
#undef METHOD_NAME
	};

	return (unsigned)method < WM_HTTP_METHODS ? names[method] : "unknown";
}

struct wm_span
wm_http_target(const struct wm_http_request *r)
{
	return r->target;
}

struct wm_span
wm_http_path(const struct wm_http_request *r)
{
	return r->path;
}

struct wm_span
wm_http_query(const struct wm_http_request *r)
{
	return r->query.data != NULL ? r->query : (struct wm_span){ "", 0 };
}

struct wm_span
wm_http_host(const struct wm_http_request *r)
{
	return r->host.data != NULL ? r->host : (struct wm_span){ "", 0 };
}

bool
wm_http_path_is(const struct wm_http_request *r, const char *path)
{
	size_t len = strlen(path);

	return r->path.len == len && memcmp(r->path.data, path, len) == 0;
}

unsigned
wm_http_minor(const struct wm_http_request *r)
{
	return r->minor;
}

/* The first field of that name in [f, end), or null. */
static const struct wm_http_field *
field_find(const struct wm_http_field *f, const struct wm_http_field *end,
    const char *name)
{
	size_t len = strlen(name);

	for (; f < end; f++)
		if (wm__http_same(f->name, name, len))
			return f;
	return NULL;
}

const struct wm_http_field *
wm_http_field_next(const struct wm_http_request *r, const char *name,
    const struct wm_http_field *last)
{
	return field_find(last != NULL ? last + 1 : r->fields,
	    r->fields + r->nfields, name);
}

struct wm_span
wm_http_header(const struct wm_http_request *r, const char *name)
{
	const struct wm_http_field *f = wm_http_field_next(r, name, NULL);

	return f != NULL ? f->value : none;
}

struct wm_span
wm_http_trailer(const struct wm_http_request *r, const char *name)
{
	const struct wm_http_field *f;

	if (r->ntrailers == 0)
		return none;
	f = field_find(r->trailers, r->trailers + r->ntrailers, name);
	return f != NULL ? f->value : none;
}

bool
wm_http_header_has(const struct wm_http_request *r, const char *name,
    const char *token)
{
	const struct wm_http_field *f = NULL;

	while ((f = wm_http_field_next(r, name, f)) != NULL)
		if (wm__http_list_has(f->value, token))
			return true;
	return false;
}

const struct wm_http_field *
wm_http_field_at(const struct wm_http_request *r, size_t i)
{
	return i < r->nfields ? &r->fields[i] : NULL;
}

const struct wm_http_field *
wm_http_trailer_at(const struct wm_http_request *r, size_t i)
{
	return i < r->ntrailers ? &r->trailers[i] : NULL;
}
