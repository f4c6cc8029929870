/* SPDX-License-Identifier: MIT */
/*
 * Answers that have a form of their own: cookies and redirects. Nothing that
 * is passed here can begin another field or another response.
 */
#ifndef WORKERMAN_HTTP_RESPONSE_H
#define WORKERMAN_HTTP_RESPONSE_H

#include <workerman/http.h>

WM_BEGIN_DECLS

/* ---- cookies ---- */

enum wm_http_same_site {
	WM_HTTP_SAME_SITE_UNSAID, /* the client decides: mostly Lax */
	WM_HTTP_SAME_SITE_LAX,
	WM_HTTP_SAME_SITE_STRICT,
	WM_HTTP_SAME_SITE_NONE /* only with secure */
};

struct wm_http_set_cookie {
	const char *name;   /* a token */
	const char *value;  /* printable ASCII without blanks and ",;\ */
	const char *path;   /* null: unsaid */
	const char *domain; /* null: this host alone */
	int64_t max_age;    /* seconds; 0: until the client ends; negative:
			       the cookie is to be deleted */
	bool secure;        /* only by https */
	bool http_only;     /* not for scripts */
	bool partitioned;   /* one jar per embedding site; only with secure */
	enum wm_http_same_site same_site;
};

/*
 * The value of a Set-Cookie field, for wm_http_response.headers, into buf,
 * terminated. Returns its length; WM_E_INVALID for characters that may not
 * be, and for what clients ignore (a name that begins with __Host- or
 * __Secure- against its rules, SameSite=None without Secure); WM_E_TOO_BIG
 * when it does not fit, WM_E_NOMEM.
 */
WM_API int wm_http_cookie_format(const struct wm_http_set_cookie *cookie,
    char *buf, size_t size);

/* ---- redirects ---- */

/*
 * Answers with 301, 302, 303, 307 or 308 and a Location: a URI reference
 * ("/next?a=b", "https://example.org/"), already encoded. A target that begins
 * with two slashes or a slash and a backslash, which leads to another site, is
 * taken only in the form with a scheme. Returns as wm_http_respond();
 * WM_E_INVALID also for another status, and a location with characters that
 * no URI has.
 */
WM_API int wm_http_redirect(struct wm_conn *c, unsigned status,
    const char *location);

WM_END_DECLS

#endif
