/* SPDX-License-Identifier: MIT */
/*
 * The ends of the generator that are not meant to be.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

void
die(const char *format, ...)
{
	va_list args;

	fputs("load: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void
die_errno(const char *what)
{
	die("%s: %s", what, strerror(errno));
}

static void *
checked(void *memory)
{
	if (memory == NULL)
		die_errno("memory");
	return memory;
}

void *
die_malloc(size_t size)
{
	return checked(malloc(size > 0 ? size : 1));
}

void *
die_calloc(size_t n, size_t size)
{
	return checked(calloc(n, size));
}

void *
die_realloc(void *memory, size_t size)
{
	return checked(realloc(memory, size > 0 ? size : 1));
}
