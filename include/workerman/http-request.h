/* SPDX-License-Identifier: MIT */
/*
 * More about an http request: names and values in its query, in forms and
 * cookies, repeated fields, trailers, who sent it, and how to keep it.
 */
#ifndef WORKERMAN_HTTP_REQUEST_H
#define WORKERMAN_HTTP_REQUEST_H

#include <workerman/http.h>

WM_BEGIN_DECLS

/* ---- percent-encoding ---- */

/*
 * The path with its %XX decoded, once: "%2541" is "%41". Dots and slashes are
 * as they come, so that who looks for a file has to look for ".." first, and
 * "%2F" is a slash here. No NUL is in it. Valid until the next call; null data
 * when memory ran out.
 */
WM_API struct wm_span wm_http_path_decoded(const struct wm_http_request *r);

/*
 * A name or value as it stands in a query or an urlencoded form, decoded ('+'
 * is a blank) into buf, terminated. Returns its length; WM_E_TOO_BIG when it
 * does not fit, WM_E_INVALID for a malformed escape and for an encoded NUL.
 */
WM_API int wm_http_decode(struct wm_span raw, char *buf, size_t size);

/* ---- name=value&name=value: a query, the body of an urlencoded form ---- */

struct wm_http_pair {
	struct wm_span name, value; /* encoded, as they came */
};

/*
 * Takes the first pair off *rest, which begins as wm_http_query(r), or as the
 * body of a form. Empty pairs are skipped; a name without "=" has an empty
 * value. False: there is none.
 */
WM_API bool wm_http_pair_next(struct wm_span *rest,
    struct wm_http_pair *pair_r);

/*
 * The value of the first pair of that name (decoded: "a b" is found as a+b),
 * decoded into buf. Returns as wm_http_decode(); WM_E_NOT_FOUND.
 */
WM_API int wm_http_value(struct wm_span pairs, const char *name, char *buf,
    size_t size);

/* Whether the body is an application/x-www-form-urlencoded form. */
WM_API bool wm_http_is_form(const struct wm_http_request *r);

/* ---- fields ---- */

/* The next field of that name (case-insensitive) behind `last`, which is null
   for the first one; null: there is none. */
WM_API const struct wm_http_field *
wm_http_field_next(const struct wm_http_request *r, const char *name,
    const struct wm_http_field *last);

/* What came behind a chunked body, known when it is complete: all fields in
   their order, null behind the last; the first value of a name. */
WM_API const struct wm_http_field *
wm_http_trailer_at(const struct wm_http_request *r, size_t i);
WM_API struct wm_span wm_http_trailer(const struct wm_http_request *r,
    const char *name);

/*
 * The value of the first cookie of that name (RFC 6265; case counts), without
 * quotes around it and otherwise as the client sent it; null data if none.
 * wm_http_cookie_next() takes one cookie after the other off the value of a
 * field Cookie.
 */
WM_API struct wm_span wm_http_cookie(const struct wm_http_request *r,
    const char *name);
WM_API bool wm_http_cookie_next(struct wm_span *rest,
    struct wm_http_pair *cookie_r);

/* ---- who asks ---- */

/*
 * The address of the client, without a port ("192.0.2.1", "2001:db8::1",
 * "unix"), into buf, terminated, cut to size. It is the peer's unless that is
 * a proxy which the listener's options trust; then it is the nearest one in
 * the proxies' field that is not trusted itself. What stands there beyond it
 * is the client's own invention. Returns buf.
 */
WM_API char *wm_http_client(const struct wm_conn *c,
    const struct wm_http_request *r, char *buf, size_t size);

/* ---- beyond the callback ---- */

/*
 * A copy of the request that lives until it is freed: head and trailers, not
 * the body. Null when memory ran out.
 */
WM_API struct wm_http_request *wm_http_request_keep(
    const struct wm_http_request *r);
WM_API void wm_http_request_free(struct wm_http_request **r);

WM_END_DECLS

#endif
