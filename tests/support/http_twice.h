/* SPDX-License-Identifier: MIT */
/* A request head, read twice: by our scan and by llhttp in its strict mode. */
#ifndef HTTP_TWICE_H
#define HTTP_TWICE_H

#include <workerman/api.h>

/*
 * Whether our scan takes the head that `data` begins with. If so, *why_r is
 * null when llhttp takes it, too, and reads the same in it: method, target,
 * version, fields, length, coding, the options of Connection, whether an
 * upgrade is asked for; else it says what differs (static, until the next
 * call). Where a tab stands for a blank, llhttp may miss an option, and may
 * refuse what announces a body, as then the server does.
 */
bool http_twice(const char *data, size_t len, const char **why_r);

#endif
