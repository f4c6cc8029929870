/* SPDX-License-Identifier: MIT */
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include <workerman/api.h>

#define HTTP_DATE_LEN 37

/* "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", HTTP_DATE_LEN bytes (RFC 9110
   section 5.6.7). Made anew only when `now` is another second than before. */
const char *wm__http_date(int64_t now);

#endif
