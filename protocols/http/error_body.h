/* SPDX-License-Identifier: MIT */
/* The body of an error that http answers by itself. */
#ifndef HTTP_ERROR_BODY_H
#define HTTP_ERROR_BODY_H

#include <workerman/http.h>

struct http_error_body {
	const char *type; /* content type; null: the default of a response */
	size_t len;
	char text[512];
};

/* `why` may be null. */
void wm__http_error_body(struct http_error_body *body, bool json,
    unsigned status, const char *why);

/* Which form the client prefers: TRAIT_JSON, TRAIT_TEXT or 0 (accept.c). */
unsigned wm__http_error_traits(const struct wm_http_request *r);

#endif
