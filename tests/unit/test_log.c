/* SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "framework/base/log.h"
#include "tests/support/capture.h"
#include "tests/support/unit.h"

static void
a_line_has_time_level_speaker_and_text(void **state)
{
	int year, month, day, hour, minute, second, ms, end = 0;
	const char *out;

	(void)state;
	wm__log_set_name("echo/0");
	capture_begin();
	wm_log(WM_LOG_INFO, "hello %d", 7);
	out = capture_stop();
	assert_int_equal(sscanf(out, "%4d-%2d-%2d %2d:%2d:%2d.%3d%n", &year,
			     &month, &day, &hour, &minute, &second, &ms, &end),
	    7);
	assert_int_equal(end, 23);
	assert_string_equal(out + end, " [info] echo/0: hello 7\n");
}

static void
control_characters_become_visible(void **state)
{
	(void)state;
	capture_begin();
	wm_log(WM_LOG_WARNING, "a\nb\x1b[31m\x7f\xc3\xa9");
	assert_non_null(
	    strstr(capture_stop(), ": a\\x0ab\\x1b[31m\\x7f\xc3\xa9\n"));
}

static void
lines_below_the_level_are_not_written(void **state)
{
	const char *out;

	(void)state;
	capture_begin();
	wm_log(WM_LOG_DEBUG, "quiet");
	wm__log_set_level(WM_LOG_ERROR);
	wm_log(WM_LOG_WARNING, "quiet");
	wm_log(WM_LOG_ERROR, "loud");
	wm__log_set_level(WM_LOG_INFO);
	out = capture_stop();
	assert_null(strstr(out, "quiet"));
	assert_non_null(strstr(out, "[error]"));
}

static void
a_long_line_is_cut_but_ends(void **state)
{
	char text[5000];
	const char *out;
	size_t len;

	(void)state;
	memset(text, '\x01', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	capture_begin();
	wm_log(WM_LOG_INFO, "%s", text);
	out = capture_stop();
	len = strlen(out);
	assert_in_range(len, 1000, 3000);
	assert_int_equal(out[len - 1], '\n');
	assert_ptr_equal(strchr(out, '\n'), out + len - 1);
}

static void
a_long_name_is_cut(void **state)
{
	char name[200], expected[80];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	wm__log_set_name(name);
	capture_begin();
	wm_log(WM_LOG_INFO, "x");
	snprintf(expected, sizeof(expected), "] %.63s: x", name);
	assert_non_null(strstr(capture_stop(), expected));
}

static void
a_write_that_fails_is_counted(void **state)
{
	uint64_t before = wm__log_lost();
	int saved = dup(STDERR_FILENO);

	(void)state;
	close(STDERR_FILENO);
	wm_log(WM_LOG_ERROR, "nobody hears");
	dup2(saved, STDERR_FILENO);
	close(saved);
	assert_int_equal(wm__log_lost(), before + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_time_level_speaker_and_text),
		cmocka_unit_test(control_characters_become_visible),
		cmocka_unit_test(lines_below_the_level_are_not_written),
		cmocka_unit_test(a_long_line_is_cut_but_ends),
		cmocka_unit_test(a_long_name_is_cut),
		cmocka_unit_test(a_write_that_fails_is_counted),
	};

	return UNIT_RUN(tests);
}
