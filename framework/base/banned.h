/* SPDX-License-Identifier: MIT */
/*
 * Functions that cannot be used safely, or for which base/ has a better one.
 * Included by force in front of every file of framework/ and protocols/: a
 * call does not compile, and the message names the function.
 */
#ifndef WM_BANNED_H
#define WM_BANNED_H

/* Their declarations first; after the macros they would not parse. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define WM_BANNED(function, instead) \
	function##_is_banned_use_##instead

#undef alloca
#define alloca(n) WM_BANNED(alloca, malloc)
#undef atof
#define atof(s) WM_BANNED(atof, strtod)
#undef atoi
#define atoi(s) WM_BANNED(atoi, strtol)
#undef atol
#define atol(s) WM_BANNED(atol, strtol)
#undef atoll
#define atoll(s) WM_BANNED(atoll, strtoll)
#undef gets
#define gets(s) WM_BANNED(gets, fgets)
#undef sprintf
#define sprintf(...) WM_BANNED(sprintf, snprintf)
#undef stpcpy
#define stpcpy(d, s) WM_BANNED(stpcpy, memcpy)
#undef strcat
#define strcat(d, s) WM_BANNED(strcat, snprintf)
#undef strcpy
#define strcpy(d, s) WM_BANNED(strcpy, memcpy)
#undef strncat
#define strncat(d, s, n) WM_BANNED(strncat, snprintf)
#undef strncpy
#define strncpy(d, s, n) WM_BANNED(strncpy, memcpy)
#undef strtok
#define strtok(s, d) WM_BANNED(strtok, strcspn)
#undef tmpnam
#define tmpnam(s) WM_BANNED(tmpnam, mkstemp)
#undef vsprintf
#define vsprintf(d, f, a) WM_BANNED(vsprintf, vsnprintf)

/* Static storage; the _r twin costs nothing. */
#undef asctime
#define asctime(t) WM_BANNED(asctime, strftime)
#undef ctime
#define ctime(t) WM_BANNED(ctime, strftime)
#undef gmtime
#define gmtime(t) WM_BANNED(gmtime, gmtime_r)
#undef localtime
#define localtime(t) WM_BANNED(localtime, localtime_r)

#endif
