/* SPDX-License-Identifier: MIT */
#include <workerman/app.h>
#include <workerman/error.h>

#include "framework/cli/options.h"
#include "tests/support/unit.h"

#define WORDS_MAX 600

static const struct wm_option own[] = { { "motd", "FILE", "greeting" },
	{ "loud", NULL, "louder" }, { NULL, NULL, NULL } };

static struct wm__options options;
static char error[256];
static char line[8192];
static char *words[WORDS_MAX];

/* Splits at blanks; '_' becomes an empty word. */
static int
split(const char *text)
{
	int n = 1;
	char *p = line;

	snprintf(line, sizeof(line), "%s", text);
	words[0] = (char[]){ "prog" };
	while (*(p += strspn(p, " ")) != '\0') {
		words[n++] = p;
		p += strcspn(p, " ");
		if (*p != '\0')
			*p++ = '\0';
		if (strcmp(words[n - 1], "_") == 0)
			words[n - 1] = line + strlen(line);
	}
	words[n] = NULL;
	return n;
}

static int
parse(const char *text)
{
	split(text);
	error[0] = '\0';
	return wm__options_parse(&options, own, words, error, sizeof(error));
}

static void
refuses(const char *text, const char *why)
{
	assert_int_equal(parse(text), WM_E_INVALID);
	assert_string_equal(error, why);
}

static void
order_does_not_matter(void **state)
{
	(void)state;
	assert_int_equal(parse("-q start --log=/tmp/x -d"), 0);
	assert_string_equal(options.command->name, "start");
	assert_true(options.daemon && options.quiet);
	assert_string_equal(options.log, "/tmp/x");
	assert_int_equal(parse("start"), 0);
	assert_false(options.daemon || options.quiet);
	assert_null(options.log);
	assert_int_equal(parse(""), 0);
	assert_null(options.command);
}

static void
letters_may_stand_together(void **state)
{
	(void)state;
	assert_int_equal(parse("restart -dgqt5"), 0);
	assert_true(options.daemon && options.graceful && options.quiet);
	assert_int_equal(options.seconds, 5);
	assert_int_equal(parse("stop -t 0"), 0);
	assert_int_equal(options.seconds, 0);
}

static void
overrides_name_a_worker_and_a_listener(void **state)
{
	(void)state;
	assert_int_equal(parse("start --listen a=text://[::1]:0 --listen "
			       "b[3]=http://*:1 --count a=4"),
	    0);
	assert_int_equal(options.n_listen, 2);
	assert_string_equal(options.listen[0].name, "a");
	assert_int_equal(options.listen[0].index, 0);
	assert_string_equal(options.listen[0].value, "text://[::1]:0");
	assert_int_equal(options.listen[1].index, 3);
	assert_string_equal(options.count[0].value, "4");
}

static void
bad_overrides_are_refused(void **state)
{
	static const char *const bad[] = { "a", "=x", "a=", "a[]=x", "a[1=x",
		"a[x]=y", "a[64]=x", "a[-1]=x", "a[1]x=y", "a/b=c" };
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(text, sizeof(text), "start --listen %s", bad[i]);
		assert_int_equal(parse(text), WM_E_INVALID);
		assert_non_null(strstr(error, bad[i]));
	}
}

static void
too_many_overrides_are_refused(void **state)
{
	size_t len = 0;
	char text[8000];

	(void)state;
	for (int i = 0; i <= 130; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "--count a=%d --count=b=1 ", i);
	assert_int_equal(parse(text), WM_E_INVALID);
	assert_string_equal(error, "too many of --count");
}

static void
what_is_not_known_is_refused(void **state)
{
	(void)state;
	refuses("frobnicate", "unknown command frobnicate");
	refuses("reloaded", "unknown command reloaded");
	refuses("start --backoff-max soon",
	    "not a time like 500ms or 30s: soon");
	refuses("start --backoff-max 0", "not a time like 500ms or 30s: 0");
	refuses("start stop", "one command only, not also stop");
	refuses("start --frob", "unknown option --frob");
	refuses("start --", "unknown option --");
	refuses("start -x", "unknown option -x");
	refuses("start -dx", "unknown option -x");
	refuses("-", "unknown command -");
	refuses("_", "unknown command ");
}

static void
options_belong_to_commands(void **state)
{
	(void)state;
	refuses("stop -d", "does not fit the command: -d");
	refuses("start -g", "does not fit the command: -g");
	refuses("status -t5", "does not fit the command: -t");
	refuses("stop --json", "does not fit the command: --json");
	refuses("-d", "does not fit the command: -d");
	assert_int_equal(parse("--help -d"), 0);
	assert_true(options.help);
}

static void
arguments_are_where_they_belong(void **state)
{
	(void)state;
	refuses("start --log", "an argument is missing after --log");
	refuses("start --log --run-dir x",
	    "an argument is missing after --log");
	refuses("start --log=", "an argument is missing after --log");
	refuses("start --log _", "an argument is missing after --log");
	refuses("stop -t", "an argument is missing after -t");
	refuses("stop -t x", "not a number of seconds: x");
	refuses("stop -t 5x", "not a number of seconds: 5x");
	refuses("stop -t=-5", "not a number of seconds: =-5");
	refuses("stop -t 99999999999999999999",
	    "not a number of seconds: 99999999999999999999");
	refuses("--help=x", "no argument belongs to --help");
	assert_int_equal(parse("start --log=-x"), 0);
	assert_string_equal(options.log, "-x");
}

static void
the_applications_own_options_are_accepted(void **state)
{
	int n;

	(void)state;
	assert_int_equal(parse("--loud start --motd /etc/motd"), 0);
	assert_string_equal(options.command->name, "start");
	assert_int_equal(parse("start --motd=x"), 0);
	refuses("start --motd", "an argument is missing after --motd");
	refuses("start --loud=x", "no argument belongs to --loud");
	n = split("start --motd /etc/motd --loud");
	assert_string_equal(wm_option_value(n, words, "motd"), "/etc/motd");
	assert_string_equal(wm_option_value(n, words, "loud"), "");
	assert_null(wm_option_value(n, words, "mot"));
	n = split("start --motd= --loud");
	assert_string_equal(wm_option_value(n, words, "motd"), "");
	n = split("start --motd=a=b");
	assert_string_equal(wm_option_value(n, words, "motd"), "a=b");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(letters_may_stand_together),
		cmocka_unit_test(overrides_name_a_worker_and_a_listener),
		cmocka_unit_test(bad_overrides_are_refused),
		cmocka_unit_test(too_many_overrides_are_refused),
		cmocka_unit_test(what_is_not_known_is_refused),
		cmocka_unit_test(options_belong_to_commands),
		cmocka_unit_test(arguments_are_where_they_belong),
		cmocka_unit_test(the_applications_own_options_are_accepted),
	};

	return UNIT_RUN(tests);
}
