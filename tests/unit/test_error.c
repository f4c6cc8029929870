/* SPDX-License-Identifier: MIT */
#include <workerman/error.h>

#include "tests/support/unit.h"

static void
has_a_text_for_every_error(void **state)
{
	(void)state;
#define HAS_TEXT(code, name, text)                                             \
	assert_int_equal(WM_E_##name, code);                                   \
	assert_string_equal(wm_error_text(WM_E_##name), text);
	WM_ERROR_TABLE(HAS_TEXT)
#undef HAS_TEXT
	assert_string_equal(wm_error_text(WM_OK), "success");
}

static void
has_a_text_for_what_is_no_error(void **state)
{
	(void)state;
	assert_string_equal(wm_error_text(1), "unknown error");
	assert_string_equal(wm_error_text(-1000), "unknown error");
}

static void
has_a_word_and_a_text_for_every_reason(void **state)
{
	(void)state;
#define HAS_WORD(name, word, text)                                             \
	assert_string_equal(wm_close_reason_word(WM_CLOSE_##name), word);      \
	assert_string_equal(wm_close_reason_text(WM_CLOSE_##name), text);
	WM_CLOSE_TABLE(HAS_WORD)
#undef HAS_WORD
}

static void
has_a_word_for_what_is_no_reason(void **state)
{
	(void)state;
	assert_string_equal(wm_close_reason_word(WM_CLOSE_REASONS), "unknown");
	assert_string_equal(wm_close_reason_text((enum wm_close_reason) - 1),
	    "unknown reason");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_a_text_for_every_error),
		cmocka_unit_test(has_a_text_for_what_is_no_error),
		cmocka_unit_test(has_a_word_and_a_text_for_every_reason),
		cmocka_unit_test(has_a_word_for_what_is_no_reason),
	};

	return UNIT_RUN(tests);
}
