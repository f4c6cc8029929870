/* SPDX-License-Identifier: MIT */
/*
 * Cookies: those that a client sends, found where they stand, and those that
 * a server sets, written from their parts (RFC 6265, and SameSite of its
 * successor). What a value means is the application's.
 */
#include <string.h>

#include <workerman/http-request.h>
#include <workerman/http-response.h>

#include "chars.h"

/* ---- Cookie ---- */

static struct wm_span
trim(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return (struct wm_span){ p, (size_t)(end - p) };
}

static struct wm_span
unquote(struct wm_span s)
{
	if (s.len >= 2 && s.data[0] == '"' && s.data[s.len - 1] == '"')
		return (struct wm_span){ s.data + 1, s.len - 2 };
	return s;
}

bool
wm_http_cookie_next(struct wm_span *rest, struct wm_http_pair *cookie_r)
{
	const char *p, *end, *stop, *equals;

	while (rest->len > 0) {
		p = rest->data;
		end = p + rest->len;
		stop = memchr(p, ';', rest->len);
		if (stop == NULL)
			stop = end;
		rest->data = stop < end ? stop + 1 : end;
		rest->len = (size_t)(end - rest->data);
		equals = memchr(p, '=', (size_t)(stop - p));
		if (equals == NULL)
			continue;
		cookie_r->name = trim(p, equals);
		cookie_r->value = unquote(trim(equals + 1, stop));
		return true;
	}
	return false;
}

struct wm_span
wm_http_cookie(const struct wm_http_request *r, const char *name)
{
	const struct wm_http_field *f = NULL;
	size_t len = strlen(name);
	struct wm_http_pair cookie;
	struct wm_span rest;

	while ((f = wm_http_field_next(r, "Cookie", f)) != NULL) {
		rest = f->value;
		while (wm_http_cookie_next(&rest, &cookie))
			if (cookie.name.len == len &&
			    memcmp(cookie.name.data, name, len) == 0)
				return cookie.value;
	}
	return (struct wm_span){ NULL, 0 };
}

/* ---- Set-Cookie ---- */

static bool
all_are(const char *s, unsigned class, const char *but)
{
	for (; *s != '\0'; s++)
		if (!char_is(*s, class) || strchr(but, *s) != NULL)
			return false;
	return true;
}

/* RFC 6265 section 4.1.1: cookie-octet, and no more of what is above ASCII. */
static bool
value_ok(const char *s)
{
	for (const char *p = s; *p != '\0'; p++)
		if ((unsigned char)*p > 0x7e)
			return false;
	return all_are(s, CHAR_VALUE, " \t\",;\\");
}

/* av-octet: anything but what would begin another attribute. */
static bool
attribute_ok(const char *s)
{
	return s == NULL || all_are(s, CHAR_VALUE, ";,\t");
}

static bool
begins(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* What a client would throw away: the rules of names that begin with __Secure-
   or __Host-, and SameSite=None and Partitioned only with Secure. */
static bool
rules_ok(const struct wm_http_set_cookie *k)
{
	bool host = begins(k->name, "__Host-");

	if (!k->secure &&
	    (host || begins(k->name, "__Secure-") || k->partitioned ||
		k->same_site == WM_HTTP_SAME_SITE_NONE))
		return false;
	return !host ||
	    (k->domain == NULL && k->path != NULL && strcmp(k->path, "/") == 0);
}

static bool
cookie_ok(const struct wm_http_set_cookie *k)
{
	return k->name != NULL && k->name[0] != '\0' &&
	    all_are(k->name, CHAR_TOKEN, "") && k->value != NULL &&
	    value_ok(k->value) && attribute_ok(k->path) &&
	    attribute_ok(k->domain) &&
	    (unsigned)k->same_site <= WM_HTTP_SAME_SITE_NONE && rules_ok(k);
}

static void
put_attribute(struct wm_buf *b, const char *name, const char *value)
{
	if (value == NULL)
		return;
	wm_buf_puts(b, name);
	wm_buf_puts(b, value);
}

int
wm_http_cookie_format(const struct wm_http_set_cookie *k, char *buf,
    size_t size)
{
	static const char *const same_sites[] = {
		[WM_HTTP_SAME_SITE_UNSAID] = NULL,
		[WM_HTTP_SAME_SITE_LAX] = "Lax",
		[WM_HTTP_SAME_SITE_STRICT] = "Strict",
		[WM_HTTP_SAME_SITE_NONE] = "None",
	};
	struct wm_buf b = WM_BUF_INIT;
	int rc = WM_E_TOO_BIG;

	if (!cookie_ok(k))
		return WM_E_INVALID;
	wm_buf_puts(&b, k->name);
	put_attribute(&b, "=", k->value);
	put_attribute(&b, "; Path=", k->path);
	put_attribute(&b, "; Domain=", k->domain);
	if (k->max_age != 0)
		wm_buf_printf(&b, "; Max-Age=%lld",
		    k->max_age > 0 ? (long long)k->max_age : 0LL);
	put_attribute(&b, "; SameSite=", same_sites[k->same_site]);
	put_attribute(&b, "; Secure", k->secure ? "" : NULL);
	put_attribute(&b, "; HttpOnly", k->http_only ? "" : NULL);
	put_attribute(&b, "; Partitioned", k->partitioned ? "" : NULL);
	if (b.failed) {
		rc = WM_E_NOMEM;
	} else if (b.len < size) {
		memcpy(buf, b.data, b.len);
		buf[b.len] = '\0';
		rc = (int)b.len;
	}
	wm_buf_fini(&b);
	return rc;
}
