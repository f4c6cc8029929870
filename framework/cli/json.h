/* SPDX-License-Identifier: MIT */
/* JSON, written. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <workerman/buf.h>

/* Appends a string in its quotes; `s` is UTF-8. */
void wm__json_string(struct wm_buf *out, const char *s);

#endif
