/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "protocols/http/chars.h"

#define ALPHA "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

/* Exactly these have the class. */
static void
assert_class(unsigned class, const char *members)
{
	int c;

	for (c = 1; c < 256; c++)
		assert_int_equal(char_is((char)c, class),
		    strchr(members, c) != NULL);
	assert_false(char_is('\0', class));
}

static void
each_class_is_what_its_rfc_says(void **state)
{
	(void)state;
	assert_class(CHAR_TOKEN, ALPHA DIGIT "!#$%&'*+-.^_`|~");
	assert_class(CHAR_URI, ALPHA DIGIT "-._~!$&'()*+,;=:@/[]");
	assert_class(CHAR_RAW, "^`{|}");
	assert_class(CHAR_HOST, ALPHA DIGIT "-._~!$&'()*+,;=");
	assert_class(CHAR_HEX, DIGIT "abcdefABCDEF");
	assert_class(CHAR_DIGIT, DIGIT);
}

static void
a_value_has_no_control_characters_but_tab(void **state)
{
	int c;

	(void)state;
	for (c = 0; c < 256; c++)
		assert_int_equal(char_is((char)c, CHAR_VALUE),
		    c == '\t' || (c >= ' ' && c != 0x7f));
}

static void
hexadecimal_digits_have_their_value(void **state)
{
	const char *digits = "0123456789abcdef", *upper = "ABCDEF";
	unsigned i;

	(void)state;
	for (i = 0; i < 16; i++)
		assert_int_equal(char_hex(digits[i]), i);
	for (i = 0; i < 6; i++)
		assert_int_equal(char_hex(upper[i]), 10 + i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_class_is_what_its_rfc_says),
		cmocka_unit_test(a_value_has_no_control_characters_but_tab),
		cmocka_unit_test(hexadecimal_digits_have_their_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
