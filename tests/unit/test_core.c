/* SPDX-License-Identifier: MIT */
#include <signal.h>

#include "framework/base/core.h"
#include "tests/support/unit.h"

static const struct wm__core fine = { .limit = UINT64_MAX,
	.known = true,
	.dumpable = true,
	.writable = true,
	.pattern = "core" };

static void
assert_words(struct wm__core core, const char *want)
{
	char words[256];

	assert_ptr_equal(wm__core_words(&core, words, sizeof(words)), words);
	if (strstr(words, want) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", want, words);
}

static void
a_core_is_a_core(void **state)
{
	struct wm__core core = { .dumped = true, .pattern = "" };

	(void)state;
	assert_words(core, "core dumped");
}

static void
the_limit_is_named(void **state)
{
	struct wm__core core = fine;

	(void)state;
	core.limit = 0;
	assert_words(core, "no core: the limit of its size is too low");
	core.limit = 4095;
	assert_words(core, "ulimit -c");
	core.limit = 4096;
	assert_words(core, "does not say why");
}

static void
the_limit_is_known_without_the_process(void **state)
{
	struct wm__core core = { .limit = 0, .pattern = "" };

	(void)state;
	assert_words(core, "ulimit -c");
	core.limit = UINT64_MAX;
	assert_words(core, "does not say why");
}

static void
a_changed_user_is_named(void **state)
{
	struct wm__core core = fine;

	(void)state;
	core.dumpable = false;
	assert_words(core, "changed its user");
}

static void
a_folder_that_cannot_be_written_is_named(void **state)
{
	struct wm__core core = fine;

	(void)state;
	core.writable = false;
	assert_words(core, "may not write where cores go");
}

static void
a_program_gets_the_core_whatever_the_limit(void **state)
{
	struct wm__core core = fine;

	(void)state;
	core.limit = 0;
	core.pattern = "|/usr/lib/systemd/systemd-coredump %P %u";
	assert_words(core, "gives it to /usr/lib/systemd/systemd-coredump");
}

static void
only_some_signals_dump_core(void **state)
{
	(void)state;
	assert_true(wm__core_is_due(SIGSEGV));
	assert_true(wm__core_is_due(SIGABRT));
	assert_true(wm__core_is_due(SIGQUIT));
	assert_false(wm__core_is_due(SIGKILL));
	assert_false(wm__core_is_due(SIGTERM));
	assert_false(wm__core_is_due(0));
}

static void
the_folder_is_the_one_of_the_pattern(void **state)
{
	char pattern[WM__CORE_PATTERN], folder[WM__CORE_PATTERN];

	(void)state;
	wm__core_pattern(pattern, sizeof(pattern));
	assert_null(strchr(pattern, '\n'));
	wm__core_folder(folder, sizeof(folder));
	assert_true(folder[0] != '\0');
	if (strchr(pattern, '/') == NULL)
		assert_string_equal(folder, ".");
	else
		assert_memory_equal(folder, pattern, strlen(folder));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_core_is_a_core),
		cmocka_unit_test(the_limit_is_named),
		cmocka_unit_test(the_limit_is_known_without_the_process),
		cmocka_unit_test(a_changed_user_is_named),
		cmocka_unit_test(a_folder_that_cannot_be_written_is_named),
		cmocka_unit_test(a_program_gets_the_core_whatever_the_limit),
		cmocka_unit_test(only_some_signals_dump_core),
		cmocka_unit_test(the_folder_is_the_one_of_the_pattern),
	};

	return UNIT_RUN(tests);
}
