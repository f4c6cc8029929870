/* SPDX-License-Identifier: MIT */
/* cmocka, with what its header wants to be included before it. */
#ifndef SUPPORT_UNIT_H
#define SUPPORT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The whole of a test program's main(). */
#define UNIT_RUN(tests) cmocka_run_group_tests((tests), NULL, NULL)

/* A span of bytes against a literal. */
#define assert_span(span, literal)                                             \
	do {                                                                   \
		struct wm_span unit_span = (span);                             \
		assert_int_equal(unit_span.len, sizeof(literal) - 1);          \
		assert_memory_equal(unit_span.data, literal,                   \
		    sizeof(literal) - 1);                                      \
	} while (0)

#endif
