/* SPDX-License-Identifier: MIT */
/*
 * Parameters of field values: form-data; name="a"; filename="b" (RFC 9110
 * section 5.6.6).
 */
#ifndef HTTP_PARAMS_H
#define HTTP_PARAMS_H

#include <workerman/api.h>

/* Whether the value, without its parameters, is that; case is ignored. */
bool wm__http_media_is(struct wm_span value, const char *media);

/*
 * The parameter of that name, with the quotes that may stand around it. False,
 * *found_r untouched: there is none, or more than one, or the parameters are
 * malformed.
 */
bool wm__http_param(struct wm_span value, const char *name,
    struct wm_span *found_r);

/*
 * What the parameter says, without quotes, to `to`, which may be where it
 * stands and has room for as much. \" and \\ are undone; other backslashes
 * stand for themselves, as browsers mean them. Returns the length.
 */
size_t wm__http_unquote(struct wm_span value, char *to);

#endif
