/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "apps/chat/chat.h"
#include "apps/chat/words.h"

static const char *
name_of(const char *s)
{
	static char out[PERSON_NAME_SIZE];

	return words_name(s, out) ? out : NULL;
}

static void
names_lose_the_blanks_around_them(void **state)
{
	(void)state;
	assert_string_equal(name_of("  Ada Lovelace "), "Ada Lovelace");
	assert_string_equal(name_of("\u017deljka"), "\u017deljka");
	assert_string_equal(name_of("\U0001f600"), "\U0001f600");
	/* An emoji that is several joined by U+200D. */
	assert_string_equal(name_of("\U0001f468\u200d\U0001f4bb"),
	    "\U0001f468\u200d\U0001f4bb");
}

static void
names_that_show_nothing_are_none(void **state)
{
	static const char *const bad[] = { "", " ", "   ", "a\tb", "a\nb",
		"\x7f", "a\xc2\x85", "\u00a0", "a\u00a0b", "\u200b", "\u200d",
		"\u2028", "\u202eadA", "\u2066a", "\ufeff", "\u3000", "\u3164",
		"\U000e0041" };

	(void)state;
	assert_null(name_of(NULL));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (name_of(bad[i]) != NULL)
			fail_msg("name %zu is none", i);
}

static void
names_are_counted_in_characters(void **state)
{
	char long_name[4 * 25 + 1] = "";
	size_t i;

	(void)state;
	for (i = 0; i < 24; i++)
		strcat(long_name, "\U0001f600");
	assert_string_equal(name_of(long_name), long_name);
	assert_null(name_of("abcdefghijklmnopqrstuvwxy"));
	strcat(long_name, "\U0001f600");
	assert_null(name_of(long_name));
}

static void
texts_have_lines_but_no_other_controls(void **state)
{
	char text[CHAT_TEXT_CHARS + 2];

	(void)state;
	assert_true(words_text("two\nlines\tand \u00e9"));
	assert_false(words_text(NULL));
	assert_false(words_text(""));
	assert_false(words_text(" \n\t\u00a0\u200d"));
	assert_false(words_text("a\rb"));
	assert_false(words_text("a\x1b[31m"));
	memset(text, 'x', sizeof(text));
	text[CHAT_TEXT_CHARS + 1] = '\0';
	assert_false(words_text(text));
	text[CHAT_TEXT_CHARS] = '\0';
	assert_true(words_text(text));
}

static void
keys_are_letters_and_digits_or_missing(void **state)
{
	char out[PERSON_KEY_SIZE], key[PERSON_KEY_SIZE + 1];

	(void)state;
	assert_true(words_key(NULL, out));
	assert_string_equal(out, "");
	assert_true(words_key("0123456789abcdef", out));
	assert_string_equal(out, "0123456789abcdef");
	assert_false(words_key("0123456789abcde", out));
	assert_false(words_key("0123456789abcde-", out));
	memset(key, 'k', sizeof(key));
	key[PERSON_KEY_SIZE] = '\0';
	assert_false(words_key(key, out));
	key[PERSON_KEY_SIZE - 1] = '\0';
	assert_true(words_key(key, out));
}

static void
case_is_folded_in_ascii_only(void **state)
{
	char out[PERSON_NAME_SIZE];

	(void)state;
	words_fold("AZaz @[\u00c4", out);
	assert_string_equal(out, "azaz @[\u00c4");
}

static void
only_an_object_is_a_message(void **state)
{
	static const char *const bad[] = { "", "[]", "1", "null", "{", "{}}",
		"{\"a\":\"\xff\"}", "{\"a\":1,\"a\":2}", "{\"a\":\"\\u0000\"}",
		"{\"a\":\"\\ud800\"}" };
	json_t *object;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(words_parse(bad[i], strlen(bad[i])));
	object = words_parse("{\"a\":\"x\",\"b\":1}!", 15);
	assert_string_equal(words_get(object, "a"), "x");
	assert_null(words_get(object, "b"));
	assert_null(words_get(object, "c"));
	json_decref(object);
}

static void
what_is_nested_too_deep_is_no_message(void **state)
{
	char deep[16 << 10];

	(void)state;
	memset(deep, '[', sizeof(deep));
	memcpy(deep, "{\"a\":", 5);
	assert_null(words_parse(deep, sizeof(deep)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_lose_the_blanks_around_them),
		cmocka_unit_test(names_that_show_nothing_are_none),
		cmocka_unit_test(names_are_counted_in_characters),
		cmocka_unit_test(texts_have_lines_but_no_other_controls),
		cmocka_unit_test(keys_are_letters_and_digits_or_missing),
		cmocka_unit_test(case_is_folded_in_ascii_only),
		cmocka_unit_test(only_an_object_is_a_message),
		cmocka_unit_test(what_is_nested_too_deep_is_no_message),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
