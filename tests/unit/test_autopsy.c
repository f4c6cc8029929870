/* SPDX-License-Identifier: MIT */
#include <signal.h>

#include "framework/base/program.h"
#include "framework/master/autopsy.h"
#include "framework/master/image.h"
#include "framework/master/obituary.h"
#include "framework/master/symbols.h"
#include "tests/support/unit.h"

/* Wait statuses as the system makes them. */
#define EXITED(status) ((status) << 8)
#define KILLED(signo)  (signo)

static struct wm__crash page;
static struct wm__autopsy a;

static int
begin(void **state)
{
	(void)state;
	page = (struct wm__crash){ .version = WM__CRASH_VERSION,
		.size = sizeof(page),
		.stage = WM__CRASH_DONE,
		.signo = SIGSEGV,
		.code = 1,
		.stack = 0x7fff0000,
		.running = { 7, WM__RUNNING_MESSAGE, 0 },
		.protocol = "text",
		.n_frames = 3,
		.frames = { 0x401234, 0x7f0000001000, 0x10 },
		.n_modules = 2,
		.modules = { { 0x400000, 0x400000, 0x500000, "" },
		    { 0x7f0000000000, 0x7f0000000000, 0x7f0000100000,
			"libc.so.6" } } };
	return 0;
}

static void
assert_has(const char *text, const char *want)
{
	if (strstr(text, want) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", want, text);
}

static void
assert_frame(uint32_t i, const char *want)
{
	char line[128];

	assert_string_equal(wm__autopsy_frame(&a, i, NULL, "echo", line,
				sizeof(line)),
	    want);
}

static void
a_crash_is_told_whole(void **state)
{
	(void)state;
	wm__autopsy(&a, &page, KILLED(SIGSEGV), 0);
	assert_string_equal(a.cause,
	    "was killed by SIGSEGV (invalid memory access)");
	assert_has(a.core, "core");
	assert_string_equal(a.where,
	    "in on_message of connection 7 (text), at address 0x0");
}

static void
a_stack_overflow_is_recognised(void **state)
{
	(void)state;
	page.address = page.stack - 8;
	wm__autopsy(&a, &page, KILLED(SIGSEGV), 0);
	assert_has(a.where, ", stack overflow");
	page.address = page.stack - (1 << 20);
	wm__autopsy(&a, &page, KILLED(SIGSEGV), 0);
	assert_has(a.where, ", at address 0x7fef0000");
}

static void
an_address_is_told_only_when_there_is_one(void **state)
{
	(void)state;
	page.signo = SIGABRT;
	page.code = -6;
	wm__autopsy(&a, &page, KILLED(SIGABRT), 0);
	assert_string_equal(a.where, "in on_message of connection 7 (text)");
}

static void
kill_9_is_told_with_what_ran(void **state)
{
	(void)state;
	page.stage = WM__CRASH_NONE;
	page.n_frames = 0;
	page.protocol[0] = '\0';
	wm__autopsy(&a, &page, KILLED(SIGKILL), 0);
	assert_string_equal(a.cause,
	    "was killed by SIGKILL (kill -9 or out of memory)");
	assert_has(a.where, "in on_message of connection 7");
	assert_string_equal(a.core, "");
}

static void
without_a_page_the_wait_status_must_do(void **state)
{
	(void)state;
	wm__autopsy(&a, NULL, EXITED(3), 0);
	assert_string_equal(a.cause, "exited with status 3");
	assert_string_equal(a.where, "");
	assert_int_equal(a.page.n_frames, 0);
	wm__autopsy(&a, NULL, KILLED(SIGSEGV), 0);
	assert_has(a.cause, "was killed by SIGSEGV");
}

static void
an_exit_after_a_signal_names_both(void **state)
{
	(void)state;
	wm__autopsy(&a, &page, EXITED(1), 0);
	assert_string_equal(a.cause, "exited with status 1 after SIGSEGV");
}

static void
no_callback_is_said_too(void **state)
{
	(void)state;
	page.running.what = WM__RUNNING_NOTHING;
	page.running.conn = 0;
	page.protocol[0] = '\0';
	wm__autopsy(&a, &page, KILLED(SIGSEGV), 0);
	assert_string_equal(a.where, "in no callback, at address 0x0");
}

static void
a_thread_has_no_callback(void **state)
{
	(void)state;
	page.elsewhere = 1;
	page.protocol[0] = '\0';
	wm__autopsy(&a, &page, KILLED(SIGSEGV), 0);
	assert_string_equal(a.where,
	    "in a thread of the application, at address 0x0");
}

static void
the_watchdog_is_named(void **state)
{
	(void)state;
	page.signo = SIGABRT;
	page.code = 0;
	wm__autopsy(&a, &page, KILLED(SIGABRT), 5);
	assert_string_equal(a.cause,
	    "did not turn its loop for 5 s (watchdog)");
	assert_has(a.core, "core");
	wm__autopsy(&a, NULL, KILLED(SIGKILL), 5);
	assert_string_equal(a.cause,
	    "did not turn its loop for 5 s (watchdog)");
}

static void
a_core_is_told(void **state)
{
	(void)state;
	wm__autopsy(&a, &page, KILLED(SIGSEGV) | 0x80, 0);
	assert_string_equal(a.core, "core dumped");
}

static void
frames_are_told_by_module(void **state)
{
	(void)state;
	wm__autopsy(&a, &page, KILLED(SIGSEGV), 0);
	assert_frame(0, "#0 echo+0x1234");
	assert_frame(1, "#1 libc.so.6+0x1000");
	assert_frame(2, "#2 0x10");
}

/* A call that is the last instruction returns to the next module. */
static void
a_frame_belongs_to_its_call(void **state)
{
	(void)state;
	page.frames[1] = 0x500000;
	wm__autopsy(&a, &page, KILLED(SIGSEGV), 0);
	assert_frame(1, "#1 echo+0x100000");
}

static void
recursion_is_told_once(void **state)
{
	(void)state;
	page.n_frames = 5;
	page.frames[1] = page.frames[2] = page.frames[3] = 0x401250;
	page.frames[4] = 0x401300;
	wm__autopsy(&a, &page, KILLED(SIGSEGV), 0);
	assert_int_equal(wm__autopsy_repeats(&a, 0), 0);
	assert_int_equal(wm__autopsy_repeats(&a, 1), 2);
	assert_int_equal(wm__autopsy_repeats(&a, 4), 0);
}

static void
garbage_makes_words_within_bounds(void **state)
{
	char line[64];

	(void)state;
	memset((char *)&page + offsetof(struct wm__crash, running), 0xff,
	    sizeof(page) - offsetof(struct wm__crash, running));
	wm__autopsy(&a, &page, KILLED(SIGSEGV), 4000000000u);
	assert_true(strlen(a.cause) < sizeof(a.cause));
	assert_true(strlen(a.where) < sizeof(a.where));
	assert_true(strlen(a.core) < sizeof(a.core));
	for (uint32_t i = 0; i < a.page.n_frames; i++)
		wm__autopsy_frame(&a, i, NULL, "a-long-name-of-a-program", line,
		    sizeof(line));
}

/* ---- names ---- */

/* Where this program was loaded: the address of its ELF header. */
extern const char __ehdr_start[] __attribute__((weak, visibility("hidden")));

static void
the_program_s_functions_have_names(void **state)
{
	struct wm__image image;
	struct wm__symbols *symbols;
	const char *name;

	(void)state;
	assert_int_equal(wm__image_init(&image, "test_autopsy"), 0);
	symbols = wm__symbols_open(&image);
	if (symbols == NULL || __ehdr_start == NULL)
		skip(); /* no libelf */
	name = wm__symbols_find(symbols,
	    (uint64_t)((uintptr_t)begin - (uintptr_t)__ehdr_start) + 1);
	if (name == NULL) /* not position-independent */
		name = wm__symbols_find(symbols, (uint64_t)(uintptr_t)begin);
	assert_non_null(name);
	assert_string_equal(name, "begin");
	assert_null(wm__symbols_find(symbols, UINT64_MAX));
	wm__symbols_close(&symbols);
	assert_null(symbols);
	wm__image_fini(&image);
}

static void
what_is_no_program_has_no_names(void **state)
{
	struct wm__image image = { .fd = -1, .path = "/proc/self/status" };

	(void)state;
	assert_null(wm__symbols_open(&image));
	snprintf(image.path, sizeof(image.path), "/nonexistent");
	assert_null(wm__symbols_open(&image));
	assert_null(wm__symbols_find(NULL, 1));
}

int
main(void)
{
#define AUTOPSY_TEST(f) cmocka_unit_test_setup(f, begin)
	const struct CMUnitTest tests[] = {
		AUTOPSY_TEST(a_crash_is_told_whole),
		AUTOPSY_TEST(a_stack_overflow_is_recognised),
		AUTOPSY_TEST(an_address_is_told_only_when_there_is_one),
		AUTOPSY_TEST(kill_9_is_told_with_what_ran),
		AUTOPSY_TEST(without_a_page_the_wait_status_must_do),
		AUTOPSY_TEST(an_exit_after_a_signal_names_both),
		AUTOPSY_TEST(no_callback_is_said_too),
		AUTOPSY_TEST(a_thread_has_no_callback),
		AUTOPSY_TEST(the_watchdog_is_named),
		AUTOPSY_TEST(a_core_is_told),
		AUTOPSY_TEST(frames_are_told_by_module),
		AUTOPSY_TEST(a_frame_belongs_to_its_call),
		AUTOPSY_TEST(recursion_is_told_once),
		AUTOPSY_TEST(garbage_makes_words_within_bounds),
		AUTOPSY_TEST(the_program_s_functions_have_names),
		AUTOPSY_TEST(what_is_no_program_has_no_names),
	};

	return UNIT_RUN(tests);
}
