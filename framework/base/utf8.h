/* SPDX-License-Identifier: MIT */
/* UTF-8 in what we print for programs: JSON and metrics must be of it. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

/* Bytes of the well-formed character at s (RFC 3629); 0 when there is none,
   as at the end of the string. */
size_t wm__utf8_length(const char *s);

#endif
