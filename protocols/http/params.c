/* SPDX-License-Identifier: MIT */
/* Finds parameters where they stand. */
#include <string.h>

#include "chars.h"
#include "list.h"
#include "params.h"

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

bool
wm__http_media_is(struct wm_span value, const char *media)
{
	const char *p = value.data, *end = p + value.len;

	while (p < end && *p != ';')
		p++;
	while (p > value.data && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	return value.data != NULL &&
	    wm__http_same((struct wm_span){ value.data,
			      (size_t)(p - value.data) },
		media, strlen(media));
}

/* Behind a token or a quoted string; null: it is neither. */
static const char *
value_end(const char *p, const char *end)
{
	const char *begin = p;

	if (p < end && *p == '"') {
		for (p++; p < end && *p != '"'; p++)
			if (*p == '\\' && p + 1 < end &&
			    (p[1] == '"' || p[1] == '\\'))
				p++;
		return p < end ? p + 1 : NULL;
	}
	while (p < end && char_is(*p, CHAR_TOKEN))
		p++;
	return p > begin ? p : NULL;
}

/* "; name=value" at *p_r, or nothing but blanks. */
static bool
param_next(const char **p_r, const char *end, struct wm_span *name_r,
    struct wm_span *value_r)
{
	const char *p = skip_blanks(*p_r, end), *equals;

	if (p == end || *p != ';')
		return false;
	p = skip_blanks(p + 1, end);
	equals = p;
	while (equals < end && char_is(*equals, CHAR_TOKEN))
		equals++;
	*name_r = (struct wm_span){ p, (size_t)(equals - p) };
	*value_r = (struct wm_span){ equals, 0 };
	*p_r = equals;
	if (p == equals)
		return true; /* ";;": nothing */
	if (equals == end || *equals != '=' ||
	    (p = value_end(equals + 1, end)) == NULL)
		return false;
	*value_r = (struct wm_span){ equals + 1, (size_t)(p - equals) - 1 };
	*p_r = p;
	return true;
}

bool
wm__http_param(struct wm_span value, const char *name, struct wm_span *found_r)
{
	const char *p = value.data, *end = p + value.len;
	struct wm_span param, text, found = { NULL, 0 };

	while (p < end && *p != ';')
		p++;
	while (param_next(&p, end, &param, &text)) {
		if (!wm__http_same(param, name, strlen(name)))
			continue;
		if (found.data != NULL)
			return false;
		found = text;
	}
	if (skip_blanks(p, end) != end || found.data == NULL)
		return false;
	*found_r = found;
	return true;
}

size_t
wm__http_unquote(struct wm_span value, char *to)
{
	const char *p = value.data, *end = p + value.len;
	size_t n = 0;

	if (value.len < 2 || *p != '"') {
		if (value.len > 0)
			memmove(to, p, value.len);
		return value.len;
	}
	for (p++, end--; p < end; p++) {
		if (*p == '\\' && p + 1 < end && (p[1] == '"' || p[1] == '\\'))
			p++;
		to[n++] = *p;
	}
	return n;
}
