/* SPDX-License-Identifier: MIT */
/*
 * Status codes and their reasons (RFC 9110 section 15, and the registry).
 */
#ifndef HTTP_STATUS_H
#define HTTP_STATUS_H

#include <workerman/api.h>

/* "HTTP/1.1 404 Not Found\r\n", or a span with null data for a status that
   has no standard reason. */
struct wm_span wm__http_status_line(unsigned status);

#endif
