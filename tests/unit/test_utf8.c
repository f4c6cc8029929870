/* SPDX-License-Identifier: MIT */
#include "framework/base/utf8.h"
#include "tests/support/unit.h"

static void
characters_have_their_lengths(void **state)
{
	(void)state;
	assert_int_equal(wm__utf8_length("a"), 1);
	assert_int_equal(wm__utf8_length("\xc3\xa9"), 2);
	assert_int_equal(wm__utf8_length("\xe2\x82\xac"), 3);
	assert_int_equal(wm__utf8_length("\xf0\x9f\x98\x80"), 4);
	assert_int_equal(wm__utf8_length("\xf4\x8f\xbf\xbf"), 4);
}

static void
what_is_ill_formed_has_none(void **state)
{
	static const char *const bad[] = { "", "\x80", "\xc0\x80", "\xc1\xbf",
		"\xc3", "\xc3(", "\xe0\x80\x80", "\xed\xa0\x80", "\xe2\x82",
		"\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		"\xff" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(wm__utf8_length(bad[i]), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_have_their_lengths),
		cmocka_unit_test(what_is_ill_formed_has_none),
	};

	return UNIT_RUN(tests);
}
