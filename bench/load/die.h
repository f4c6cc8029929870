/* SPDX-License-Identifier: MIT */
/*
 * A generator that has seen one wrong byte has nothing more to measure: it
 * says what was wrong and ends with status 1.
 */
#ifndef BENCH_DIE_H
#define BENCH_DIE_H

#include <stddef.h>

_Noreturn void die(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* The same with the text of errno. */
_Noreturn void die_errno(const char *what);

/* Memory, or the end. */
void *die_malloc(size_t size);
void *die_calloc(size_t n, size_t size);
void *die_realloc(void *memory, size_t size);

#endif
