/* SPDX-License-Identifier: MIT */
/*
 * Redirects (RFC 9110 section 15.4): a location is judged, then answered.
 */
#include <workerman/http-response.h>

#include "chars.h"

/* Only what RFC 3986 lets into a reference; "//host" is none of ours. */
static bool
location_ok(const char *s)
{
	if (*s == '\0' || (s[0] == '/' && s[1] == '/'))
		return false;
	for (; *s != '\0'; s++) {
		if (*s == '%' && char_is(s[1], CHAR_HEX) &&
		    char_is(s[2], CHAR_HEX))
			s += 2;
		else if (!char_is(*s, CHAR_URI) && *s != '?' && *s != '#')
			return false;
	}
	return true;
}

int
wm_http_redirect(struct wm_conn *c, unsigned status, const char *location)
{
	const struct wm_http_header headers[] = { { "Location", location },
		{ NULL, NULL } };

	if (!(status >= 301 && status <= 303) && status != 307 && status != 308)
		return WM_E_INVALID;
	if (location == NULL || !location_ok(location))
		return WM_E_INVALID;
	return wm_http_respond(c,
	    &(struct wm_http_response){ .status = status, .headers = headers });
}
