/* SPDX-License-Identifier: MIT */
/* Numbers in addresses. Strict: a number is digits and fits, or it is none. */
#include <string.h>

#include "query.h"

#define STRING_OF(x) #x
#define STRING(x)    STRING_OF(x)

/* All of it, or -1. */
static int64_t
query_number(const char *s, size_t len)
{
	int64_t n = 0;
	size_t i;

	if (len == 0)
		return -1;
	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9' ||
		    n > (INT64_MAX - (s[i] - '0')) / 10)
			return -1;
		n = n * 10 + (s[i] - '0');
	}
	return n;
}

/* The value of one "name=value" if that is its name, else null. */
static const char *
query_value(const char *pair, size_t len, const char *name)
{
	size_t n = strlen(name);

	if (len <= n || memcmp(pair, name, n) != 0 || pair[n] != '=')
		return NULL;
	return pair + n + 1;
}

static const char *
query_pair(const char *pair, size_t len, struct page *page)
{
	const char *end = pair + len, *value;

	if ((value = query_value(pair, len, "limit")) != NULL) {
		page->limit = query_number(value, (size_t)(end - value));
		if (page->limit < 1 || page->limit > PAGE_NOTES_MAX)
			return "limit is a number from 1 to " STRING(
			    PAGE_NOTES_MAX);
	}
	if ((value = query_value(pair, len, "after")) != NULL) {
		page->after = query_number(value, (size_t)(end - value));
		if (page->after < 0)
			return "after is the id of a note, or 0";
	}
	return NULL;
}

const char *
query_page(struct wm_span query, struct page *page_r)
{
	const char *p = query.data, *wrong = NULL;
	size_t left = query.len, len;

	*page_r = (struct page){ .after = 0, .limit = PAGE_NOTES };
	while (left > 0 && wrong == NULL) {
		const char *amp = memchr(p, '&', left);

		len = amp != NULL ? (size_t)(amp - p) : left;
		wrong = query_pair(p, len, page_r);
		p += len;
		left -= len;
		if (left > 0) {
			p++;
			left--;
		}
	}
	return wrong;
}

int64_t
query_note_id(struct wm_span path)
{
	static const char prefix[] = "/notes/";
	const size_t n = sizeof(prefix) - 1;
	int64_t id;

	if (path.len <= n || memcmp(path.data, prefix, n) != 0 ||
	    path.data[n] == '0')
		return 0;
	id = query_number(path.data + n, path.len - n);
	return id > 0 ? id : 0;
}
