/* SPDX-License-Identifier: MIT */
#include "framework/ipc/control.h"
#include "tests/support/unit.h"

static void
values_survive_the_way_there_and_back(void **state)
{
	static const char *const values[] = { "", "plain", "a b", "100%", "k=v",
		"line\nbreak", "\x7f\x01", "caf\xc3\xa9", "%41", "%%%", " " };
	struct wm_buf line = WM_BUF_INIT;
	char value[64];

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		line.len = 0;
		wm_buf_puts(&line, "ROW x");
		wm__control_put(&line, "before", "a key=b");
		wm__control_put(&line, "key", values[i]);
		wm__control_put(&line, "after", "z");
		wm_buf_put(&line, "", 1);
		assert_null(strchr(line.data, '\n'));
		assert_non_null(
		    wm__control_get(line.data, "key", value, sizeof(value)));
		assert_string_equal(value, values[i]);
	}
	wm_buf_fini(&line);
}

static void
numbers_survive_the_way_there_and_back(void **state)
{
	struct wm_buf line = WM_BUF_INIT;

	(void)state;
	wm__control_put_number(&line, "zero", 0);
	wm__control_put_number(&line, "most", ~0ull);
	wm_buf_put(&line, "", 1);
	assert_int_equal(wm__control_get_number(line.data, "zero", 7), 0);
	assert_true(wm__control_get_number(line.data, "most", 7) == ~0ull);
	wm_buf_fini(&line);
}

static void
a_missing_key_is_null(void **state)
{
	char value[8];

	(void)state;
	assert_null(wm__control_get("ROW a=1", "b", value, sizeof(value)));
	assert_null(wm__control_get("", "b", value, sizeof(value)));
	assert_null(wm__control_get("b", "b", value, sizeof(value)));
	assert_int_equal(wm__control_get_number("a=1", "b", 9), 9);
}

static void
a_key_is_whole_and_begins_a_word(void **state)
{
	char value[8];

	(void)state;
	wm__control_get(" xkey=1 keyx=2 a=key=3 key=4", "key", value,
	    sizeof(value));
	assert_string_equal(value, "4");
}

static void
what_is_no_number_is_missing(void **state)
{
	static const char *const bad[] = { "n=", "n=-1", "n=+1", "n=1x",
		"n=0x10", "n=99999999999999999999", "n=%20", "n= 1",
		"n=111111111111111111111111111111" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(wm__control_get_number(bad[i], "n", 42), 42);
}

static void
bad_escapes_stay_text(void **state)
{
	char value[16];

	(void)state;
	wm__control_get("k=%zz%4", "k", value, sizeof(value));
	assert_string_equal(value, "%zz%4");
	wm__control_get("k=%", "k", value, sizeof(value));
	assert_string_equal(value, "%");
	wm__control_get("k=a%00b", "k", value, sizeof(value));
	assert_string_equal(value, "a%00b");
	wm__control_get("k=%4a%4A", "k", value, sizeof(value));
	assert_string_equal(value, "JJ");
}

static void
a_long_value_is_cut(void **state)
{
	char value[4];

	(void)state;
	wm__control_get("k=abcdef", "k", value, sizeof(value));
	assert_string_equal(value, "abc");
	wm__control_get("k=%41%42%43%44", "k", value, sizeof(value));
	assert_string_equal(value, "ABC");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_survive_the_way_there_and_back),
		cmocka_unit_test(numbers_survive_the_way_there_and_back),
		cmocka_unit_test(a_missing_key_is_null),
		cmocka_unit_test(a_key_is_whole_and_begins_a_word),
		cmocka_unit_test(what_is_no_number_is_missing),
		cmocka_unit_test(bad_escapes_stay_text),
		cmocka_unit_test(a_long_value_is_cut),
	};

	return UNIT_RUN(tests);
}
