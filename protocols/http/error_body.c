/* SPDX-License-Identifier: MIT */
/*
 * Errors as a line of text or as a JSON object of RFC 9457. What is too long
 * is cut, never the JSON around it.
 */
#include <stdio.h>
#include <string.h>

#include "error_body.h"

static void
body_plain(struct http_error_body *body, unsigned status, const char *why)
{
	snprintf(body->text, sizeof(body->text), "%u %s%s%s\n", status,
	    wm_http_reason(status), why != NULL ? ": " : "",
	    why != NULL ? why : "");
	body->type = NULL;
	body->len = strlen(body->text);
}

static bool
is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* One character of UTF-8 from *s as it stands in a JSON string: its length in
   buf, which has room. */
static size_t
json_character(const char **s, char buf[8])
{
	const unsigned char c = (unsigned char)*(*s)++;
	size_t n = 1;

	if (c < 0x20)
		return (size_t)snprintf(buf, 8, "\\u%04x", c);
	if (c == '"' || c == '\\')
		return (size_t)snprintf(buf, 8, "\\%c", c);
	buf[0] = (char)c;
	while (n < 4 && is_continuation(**s))
		buf[n++] = *(*s)++;
	return n;
}

static void
body_problem(struct http_error_body *body, unsigned status, const char *why)
{
	const size_t room = sizeof(body->text) - sizeof("\"}");
	char one[8];
	size_t n;

	body->type = "application/problem+json";
	body->len = (size_t)snprintf(body->text, sizeof(body->text),
	    "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%u",
	    wm_http_reason(status), status);
	if (why != NULL) {
		body->len += (size_t)snprintf(body->text + body->len, 16,
		    ",\"detail\":\"");
		for (; *why != '\0'; body->len += n) {
			n = json_character(&why, one);
			if (body->len + n > room)
				break;
			memcpy(body->text + body->len, one, n);
		}
		body->text[body->len++] = '"';
	}
	body->text[body->len++] = '}';
}

void
wm__http_error_body(struct http_error_body *body, bool json, unsigned status,
    const char *why)
{
	if (json)
		body_problem(body, status, why);
	else
		body_plain(body, status, why);
}
