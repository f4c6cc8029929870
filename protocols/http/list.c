/* SPDX-License-Identifier: MIT */
/*
 * Looks for an element of a list. Elements with parameters or in quotes are
 * not taken apart: they equal no token.
 */
#include <string.h>

#include "list.h"

/* Whether they differ in nothing but the case of a letter. */
static bool
same_letter(char a, char b)
{
	char low = (char)(a | 0x20);

	return (a ^ b) == 0x20 && low >= 'a' && low <= 'z';
}

bool
wm__http_same(struct wm_span a, const char *b, size_t b_len)
{
	size_t i;

	if (a.len != b_len)
		return false;
	for (i = 0; i < b_len; i++)
		if (a.data[i] != b[i] && !same_letter(a.data[i], b[i]))
			return false;
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool
wm__http_list_has(struct wm_span list, const char *token)
{
	const char *p = list.data, *end = p + list.len, *comma, *last;
	size_t len = strlen(token);

	while (p < end) {
		comma = memchr(p, ',', (size_t)(end - p));
		last = comma != NULL ? comma : end;
		while (p < last && is_blank(*p))
			p++;
		while (last > p && is_blank(last[-1]))
			last--;
		if (wm__http_same((struct wm_span){ p, (size_t)(last - p) },
			token, len))
			return true;
		if (comma == NULL)
			break;
		p = comma + 1;
	}
	return false;
}
