/* SPDX-License-Identifier: MIT */
/* check_report.c and check_output.c: how findings are made and printed. */
#include "tests/support/unit.h"

#include <workerman/app.h>

#include "framework/cli/check.h"
#include "framework/cli/command.h"
#include "framework/cli/options.h"

static const struct wm_app app = { .name = "app" };
static struct wm__options options;
static const struct wm__cli cli = { .app = &app, .options = &options };
static const struct wm__check check = { .cli = &cli };

/* One finding, printed. */
static struct wm_buf
printed(const struct wm__finding *f, size_t width, bool json)
{
	struct wm__report report = { .check = "kernel" };
	struct wm_buf out = WM_BUF_INIT;

	wm__report_add(&report, f);
	if (json)
		wm__check_write_json(&report, &check, &out);
	else
		wm__check_write_text(&report, &check, width, &out);
	wm_buf_put(&out, "", 1);
	assert_false(report.failed || out.failed);
	wm__report_fini(&report);
	return out;
}

static void
words_are_quoted_only_when_they_must(void **state)
{
	char buf[64], tiny[8];

	assert_string_equal(wm__check_quote("/run/a-b_c.sock", buf, 64),
	    "/run/a-b_c.sock");
	assert_string_equal(wm__check_quote("a b", buf, 64), "'a b'");
	assert_string_equal(wm__check_quote("$(x)", buf, 64), "'$(x)'");
	assert_string_equal(wm__check_quote("it's", buf, 64), "'it'\\''s'");
	assert_string_equal(wm__check_quote("", buf, 64), "''");
	assert_string_equal(wm__check_quote("much too long", tiny, 8), "");
	assert_string_equal(wm__check_quote("muchtoolong", tiny, 8), "");
}

static void
half_a_command_is_left_out(void **state)
{
	struct wm__finding f = { 0 };
	char path[2000];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	wm__finding_mend(&f, "rm -r %s", path);
	assert_string_equal(f.mend, "");
}

static void
lines_break_between_words_within_the_width(void **state)
{
	struct wm__finding f = { .level = WM__CHECK_WARN };
	struct wm_buf out;
	const char *line;

	wm__finding_set(&f, WM__CHECK_WARN,
	    "one two three four five six seven eight nine ten eleven twelve "
	    "thirteen");
	wm__finding_mend(&f,
	    "sysctl -w a.long.name.of.something=1 "
	    "another.long.name=2 and.more=3");
	assert_int_equal(setenv("NO_COLOR", "1", 1), 0);
	out = printed(&f, 80, false);
	for (line = out.data; *line != '\0'; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= 80);
	assert_non_null(strstr(out.data, " \\\n"));
	assert_null(strchr(out.data, '\033'));
	wm_buf_fini(&out);
	out = printed(&f, 0, false);
	assert_non_null(strstr(out.data, "twelve thirteen\n"));
	assert_null(strstr(out.data, "\\\n"));
	wm_buf_fini(&out);
}

static void
a_terminal_gets_colour(void **state)
{
	struct wm__finding f = { .level = WM__CHECK_MISSING };
	struct wm_buf out;

	assert_int_equal(unsetenv("NO_COLOR"), 0);
	out = printed(&f, 80, false);
	assert_non_null(strstr(out.data, "\033[31mmissing\033[0m"));
	wm_buf_fini(&out);
	out = printed(&f, 0, false);
	assert_null(strchr(out.data, '\033'));
	wm_buf_fini(&out);
}

static void
quiet_prints_only_what_is_missing(void **state)
{
	struct wm__finding f = { .level = WM__CHECK_WARN, .text = "words" };
	struct wm_buf out;

	options.quiet = true;
	out = printed(&f, 0, false);
	assert_string_equal(out.data, "");
	wm_buf_fini(&out);
	f.level = WM__CHECK_MISSING;
	out = printed(&f, 0, false);
	assert_non_null(strstr(out.data, "words"));
	wm_buf_fini(&out);
	options.quiet = false;
}

static void
json_is_escaped(void **state)
{
	struct wm__finding f = { .level = WM__CHECK_MISSING,
		.text = "a \"b\" \\ \n" };
	struct wm_buf out = printed(&f, 0, true);

	assert_non_null(strstr(out.data,
	    "{\"check\": \"kernel\", \"level\": \"missing\", \"text\": "
	    "\"a \\\"b\\\" \\\\ \\u000a\", \"mend\": null}"));
	assert_non_null(strstr(out.data, "\"missing\": 1"));
	wm_buf_fini(&out);
}

/* Between the quotes of the text. */
static void
json_text_is(const char *text, const char *want)
{
	struct wm__finding f = { 0 };
	struct wm_buf out;
	char line[256];

	snprintf(f.text, sizeof(f.text), "%s", text);
	snprintf(line, sizeof(line), "\"text\": \"%s\", ", want);
	out = printed(&f, 0, true);
	assert_non_null(strstr(out.data, line));
	wm_buf_fini(&out);
}

static void
json_is_utf8_whatever_a_path_is(void **state)
{
	json_text_is("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
	json_text_is("\xe2\x82\xac \xf0\x9f\x98\x80",
	    "\xe2\x82\xac \xf0\x9f\x98\x80");
	json_text_is("a\xff z", "a\\ufffd z");
	json_text_is("\xc3", "\\ufffd");
	json_text_is("\xe2\x82", "\\ufffd\\ufffd");
	json_text_is("\xc0\x80", "\\ufffd\\ufffd");
	json_text_is("\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd");
	json_text_is("\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd");
}

static void
a_path_gives_a_terminal_no_orders(void **state)
{
	struct wm__finding f = { 0 };

	wm__finding_set(&f, WM__CHECK_WARN, "%s", "/a\033[2J\nb");
	assert_string_equal(f.text, "/a?[2J?b");
	wm__finding_mend(&f, "rm %s", "'/a\nb'");
	assert_string_equal(f.mend, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_quoted_only_when_they_must),
		cmocka_unit_test(half_a_command_is_left_out),
		cmocka_unit_test(lines_break_between_words_within_the_width),
		cmocka_unit_test(a_terminal_gets_colour),
		cmocka_unit_test(quiet_prints_only_what_is_missing),
		cmocka_unit_test(json_is_escaped),
		cmocka_unit_test(json_is_utf8_whatever_a_path_is),
		cmocka_unit_test(a_path_gives_a_terminal_no_orders),
	};

	return UNIT_RUN(tests);
}
