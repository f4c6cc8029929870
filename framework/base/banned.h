/* SPDX-License-Identifier: MIT */
/*
 * Functions that must not be called: they write past their buffer or hide
 * failure. Included before every file of the framework and its protocols.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#if defined(__GNUC__) && !defined(__cplusplus)
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC poison strcpy strcat strncpy strncat stpcpy
#pragma GCC poison sprintf vsprintf gets
#pragma GCC poison strtok atoi atol atoll tmpnam mktemp
#endif

#endif
