/* SPDX-License-Identifier: MIT */
/*
 * Comma-separated lists in field values (RFC 9110 section 5.6.1).
 */
#ifndef HTTP_LIST_H
#define HTTP_LIST_H

#include <workerman/api.h>

/* Whether they are equal but for the case of ASCII letters. */
bool wm__http_same(struct wm_span a, const char *b, size_t b_len);

/* Whether `token` is an element of the list, in any case. */
bool wm__http_list_has(struct wm_span list, const char *token);

#endif
