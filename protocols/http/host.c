/* SPDX-License-Identifier: MIT */
/*
 * Judges the syntax of an authority. Whether the host is one that this server
 * answers for is not asked here.
 */
#include <arpa/inet.h>
#include <string.h>

#include "chars.h"
#include "host.h"

/* Behind the host: nothing, or a colon and a port. */
static bool
port_ok(const char *p, const char *end)
{
	unsigned port = 0, digit;

	if (p == end)
		return true;
	if (*p++ != ':')
		return false;
	if (p == end)
		return true; /* RFC 3986 section 3.2.3: may be empty */
	if (end - p > 5)
		return false;
	for (; p < end; p++) {
		digit = (unsigned char)*p - (unsigned)'0';
		if (digit > 9)
			return false;
		port = port * 10 + digit;
	}
	return port > 0 && port <= 65535;
}

/* "[2001:db8::1]" with or without a port. */
static bool
literal_ok(const char *p, const char *end)
{
	unsigned char address[16];
	char text[INET6_ADDRSTRLEN];
	const char *close;
	size_t len;

	close = memchr(p, ']', (size_t)(end - p));
	if (close == NULL)
		return false;
	len = (size_t)(close - p) - 1;
	if (len >= sizeof(text))
		return false;
	memcpy(text, p + 1, len);
	text[len] = '\0';
	if (strlen(text) != len || inet_pton(AF_INET6, text, address) != 1)
		return false;
	return port_ok(close + 1, end);
}

bool
wm__http_host_ok(struct wm_span authority)
{
	const char *p = authority.data, *end = p + authority.len;

	if (p == end)
		return false;
	if (*p == '[')
		return literal_ok(p, end);
	for (;;) {
		while (char_is(*p, CHAR_HOST))
			p++;
		if (p >= end || *p != '%')
			break;
		if (end - p < 3 || !char_is(p[1], CHAR_HEX) ||
		    !char_is(p[2], CHAR_HEX) || (p[1] == '0' && p[2] == '0'))
			return false;
		p += 3;
	}
	return p > authority.data && p <= end && port_ok(p, end);
}
