/* SPDX-License-Identifier: MIT */
/*
 * The words of the control protocol: KEY=VALUE with the value percent-encoded
 * where it must be. Lines and sockets belong to the two sides.
 */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/ipc/control.h"

static bool
control_is_plain(unsigned char c)
{
	return c > ' ' && c != 0x7f && c != '%' && c != '=';
}

void
wm__control_put(struct wm_buf *out, const char *key, const char *value)
{
	wm_buf_printf(out, " %s=", key);
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;

		if (control_is_plain(c))
			wm_buf_put(out, value, 1);
		else
			wm_buf_printf(out, "%%%02X", c);
	}
}

void
wm__control_put_number(struct wm_buf *out, const char *key,
    unsigned long long value)
{
	wm_buf_printf(out, " %s=%llu", key, value);
}

/* Where the value of `key` begins in the line, or null. */
static const char *
control_find(const char *line, const char *key)
{
	size_t len = strlen(key);

	while (*line != '\0') {
		line += strspn(line, " ");
		if (strncmp(line, key, len) == 0 && line[len] == '=')
			return line + len + 1;
		line += strcspn(line, " ");
	}
	return NULL;
}

static int
control_hex(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at;

	if (c >= 'a' && c <= 'f')
		c = (char)(c - 'a' + 'A');
	at = c != '\0' ? strchr(digits, c) : NULL;
	return at != NULL ? (int)(at - digits) : -1;
}

/* One character; an escape that is none, or that hides a NUL, stays text. */
static char
control_decode(const char **p)
{
	int high, low;

	if (**p == '%' && (high = control_hex((*p)[1])) >= 0 &&
	    (low = control_hex((*p)[2])) >= 0 && (high | low) != 0) {
		*p += 3;
		return (char)(high << 4 | low);
	}
	return *(*p)++;
}

char *
wm__control_get(const char *line, const char *key, char *buf, size_t size)
{
	const char *p = control_find(line, key);
	size_t len = 0;

	if (p == NULL)
		return NULL;
	while (*p != '\0' && *p != ' ' && *p != '\n' && len + 1 < size)
		buf[len++] = control_decode(&p);
	buf[len] = '\0';
	return buf;
}

unsigned long long
wm__control_get_number(const char *line, const char *key,
    unsigned long long missing)
{
	char text[24], *end;
	unsigned long long n;

	if (wm__control_get(line, key, text, sizeof(text)) == NULL ||
	    text[0] < '0' || text[0] > '9')
		return missing;
	errno = 0;
	n = strtoull(text, &end, 10);
	return *end == '\0' && errno == 0 ? n : missing;
}
