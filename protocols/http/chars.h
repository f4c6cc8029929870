/* SPDX-License-Identifier: MIT */
/*
 * Which bytes may stand where in a request or response head.
 */
#ifndef HTTP_CHARS_H
#define HTTP_CHARS_H

#include <workerman/api.h>

#define CHAR_TOKEN 0x01 /* tchar, RFC 9110 section 5.6.2 */
#define CHAR_URI   0x02 /* RFC 3986, but for '?', '%' and '#' */
#define CHAR_HOST  0x04 /* reg-name, RFC 3986 section 3.2.2, but for '%' */
#define CHAR_VALUE 0x08 /* field value, RFC 9110 section 5.5, with SP, HT */
#define CHAR_HEX   0x10
#define CHAR_DIGIT 0x20
#define CHAR_RAW   0x40 /* not RFC 3986, but browsers send it in a query */

extern const unsigned char wm__http_chars[256];

static inline bool
char_is(char c, unsigned class)
{
	return (wm__http_chars[(unsigned char)c] & class) != 0;
}

/* The value of a hexadecimal digit. */
static inline unsigned
char_hex(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* Whether the span is `word`, in lower case and of letters, digits and '-',
   whatever the span's case; it has no control characters. */
static inline bool
span_is(struct wm_span s, const char *word, size_t len)
{
	size_t i;

	if (s.len != len)
		return false;
	for (i = 0; i < len; i++)
		if ((s.data[i] | 0x20) != word[i])
			return false;
	return true;
}

#define SPAN_IS(span, literal) span_is(span, literal, sizeof(literal) - 1)

#endif
