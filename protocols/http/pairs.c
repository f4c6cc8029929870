/* SPDX-License-Identifier: MIT */
/*
 * Percent-encoding, and the name=value pairs of queries and urlencoded forms
 * (the URL standard of the WHATWG, section 5). Pairs are found where they
 * stand and decoded only when they are asked for, so that however many there
 * are costs no memory.
 */
#include <string.h>

#include <workerman/http-request.h>

#include "chars.h"
#include "head.h"
#include "list.h"

/*
 * One character of encoded text at *p_r, which is moved behind it. -1: a
 * malformed escape. `plus`: what a '+' stands for.
 */
static int
character_next(const char **p_r, const char *end, char plus)
{
	const char *p = *p_r;

	if (*p != '%') {
		*p_r = p + 1;
		return (unsigned char)(*p == '+' ? plus : *p);
	}
	if (end - p < 3 || !char_is(p[1], CHAR_HEX) || !char_is(p[2], CHAR_HEX))
		return -1;
	*p_r = p + 3;
	return (int)(char_hex(p[1]) << 4 | char_hex(p[2]));
}

struct wm_span
wm_http_path_decoded(const struct wm_http_request *r)
{
	static struct wm_buf path;
	const char *p = r->path.data, *end = p + r->path.len;
	char *out;

	path.len = 0;
	path.failed = false;
	if ((out = wm_buf_reserve(&path, r->path.len + 1)) == NULL)
		return (struct wm_span){ NULL, 0 };
	while (p < end) /* whose escapes are good: target.c */
		out[path.len++] = (char)character_next(&p, end, '+');
	out[path.len] = '\0';
	return (struct wm_span){ path.data, path.len };
}

int
wm_http_decode(struct wm_span raw, char *buf, size_t size)
{
	const char *p = raw.len > 0 ? raw.data : "", *end = p + raw.len;
	size_t n = 0;
	int c;

	while (p < end) {
		if ((c = character_next(&p, end, ' ')) <= 0)
			return WM_E_INVALID;
		if (n + 1 >= size || n == INT32_MAX)
			return WM_E_TOO_BIG;
		buf[n++] = (char)c;
	}
	if (size == 0)
		return WM_E_TOO_BIG;
	buf[n] = '\0';
	return (int)n;
}

/* Whether encoded text says `name`. */
static bool
says(struct wm_span raw, const char *name)
{
	const char *p = raw.data, *end = p + raw.len;

	for (; p < end; name++)
		if (*name == '\0' ||
		    character_next(&p, end, ' ') != (unsigned char)*name)
			return false;
	return *name == '\0';
}

/* Cuts what stands before the first `mark` off *rest; all, if none does. */
static struct wm_span
cut(struct wm_span *rest, char mark)
{
	const char *at = memchr(rest->data, mark, rest->len);
	struct wm_span first = *rest;

	if (at == NULL) {
		*rest = (struct wm_span){ rest->data + rest->len, 0 };
		return first;
	}
	first.len = (size_t)(at - first.data);
	rest->data = at + 1;
	rest->len -= first.len + 1;
	return first;
}

bool
wm_http_pair_next(struct wm_span *rest, struct wm_http_pair *pair_r)
{
	struct wm_span pair;

	while (rest->len > 0) {
		pair = cut(rest, '&');
		if (pair.len == 0)
			continue;
		pair_r->name = cut(&pair, '=');
		pair_r->value = pair;
		return true;
	}
	return false;
}

int
wm_http_value(struct wm_span pairs, const char *name, char *buf, size_t size)
{
	struct wm_http_pair pair;

	while (wm_http_pair_next(&pairs, &pair))
		if (says(pair.name, name))
			return wm_http_decode(pair.value, buf, size);
	return WM_E_NOT_FOUND;
}

bool
wm_http_is_form(const struct wm_http_request *r)
{
	struct wm_span type = wm_http_header(r, "Content-Type");

	if (type.data == NULL)
		return false;
	type = cut(&type, ';');
	while (type.len > 0 &&
	    (type.data[type.len - 1] == ' ' || type.data[type.len - 1] == '\t'))
		type.len--;
	return wm__http_same(type, "application/x-www-form-urlencoded", 33);
}
