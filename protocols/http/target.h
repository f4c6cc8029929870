/* SPDX-License-Identifier: MIT */
/*
 * The request target (RFC 9112 section 3.2): its characters, then its form.
 */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "head.h"

/* The target at *p_r, on a line that ends with LF, and the blank behind it.
 *query_r is what stands behind the first '?', untouched if there is none. */
enum http_verdict wm__http_target_scan(struct wm_span *target_r,
    struct wm_span *query_r, const char **p_r);

/*
 * Finds the form of r->target, and from it r->path and, for the absolute
 * form, r->host. r->method must be known.
 */
enum http_verdict wm__http_target_judge(struct wm_http_request *r);

#endif
