/* SPDX-License-Identifier: MIT */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "framework/base/crash.h"
#include "framework/base/fd.h"
#include "tests/support/unit.h"

static struct wm__crash *page;
static struct wm__crash copy;
static int page_fd;
static volatile int *volatile nowhere;
static void (*before)(int) = SIG_DFL; /* who had the signals */

static int
make(void **state)
{
	(void)state;
	if (wm__fd_memory("test", sizeof(*page), &page_fd) < 0)
		return -1;
	page = wm__crash_map(page_fd);
	return page == NULL;
}

static int
discard(void **state)
{
	(void)state;
	wm__crash_unmap(&page);
	wm__fd_close(&page_fd);
	return 0;
}

/* ---- reading ---- */

static void
a_new_page_says_nothing(void **state)
{
	(void)state;
	wm__crash_read(page, &copy);
	assert_int_equal(copy.version, WM__CRASH_VERSION);
	assert_int_equal(copy.stage, WM__CRASH_NONE);
	assert_int_equal(copy.n_frames, 0);
	assert_int_equal(copy.running.what, WM__RUNNING_NOTHING);
	assert_null(wm__crash_module(&copy, 4096));
}

static void
no_page_reads_as_nothing(void **state)
{
	(void)state;
	memset(&copy, 0xff, sizeof(copy));
	wm__crash_read(NULL, &copy);
	assert_int_equal(copy.stage, WM__CRASH_NONE);
	assert_int_equal(copy.n_modules, 0);
}

static void
a_page_of_another_version_reads_as_nothing(void **state)
{
	(void)state;
	page->stage = WM__CRASH_DONE;
	page->version++;
	wm__crash_read(page, &copy);
	assert_int_equal(copy.stage, WM__CRASH_NONE);
	assert_null(wm__crash_map(page_fd));
	page->version--;
	page->size++;
	wm__crash_read(page, &copy);
	assert_int_equal(copy.stage, WM__CRASH_NONE);
}

static void
a_file_that_is_too_short_is_no_page(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(wm__fd_memory("short", 64, &fd), 0);
	assert_null(wm__crash_map(fd));
	wm__fd_close(&fd);
	assert_null(wm__crash_map(-1));
}

static void
assert_clean(const char *name)
{
	size_t len = strnlen(name, WM__CRASH_NAME);

	assert_true(len < WM__CRASH_NAME);
	for (size_t i = 0; i < len; i++)
		assert_true(name[i] > ' ' && name[i] <= '~');
}

/* Any byte everywhere behind the head, then a few thousand mixtures. */
static void
garbage_is_put_right(void **state)
{
	unsigned char *bytes = (unsigned char *)page;
	size_t head = offsetof(struct wm__crash, running);
	uint32_t random = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		for (size_t i = head; i < sizeof(*page); i++) {
			random = random * 1664525 + 1013904223;
			bytes[i] = round < 256 ? (unsigned char)round :
						 (unsigned char)(random >> 24);
		}
		wm__crash_read(page, &copy);
		assert_true(copy.n_frames <= WM__CRASH_FRAMES);
		assert_true(copy.n_modules <= WM__CRASH_MODULES);
		assert_true(copy.stage < WM__CRASH_STAGES);
		assert_true(copy.running.what < WM__RUNNING_KINDS);
		assert_in_range(copy.signo, 0, 64);
		assert_clean(copy.protocol);
		for (size_t i = 0; i < WM__CRASH_MODULES; i++)
			assert_clean(copy.modules[i].name);
		wm__crash_module(&copy, random);
	}
}

/* ---- what runs ---- */

static void
callbacks_nest(void **state)
{
	struct wm__outer outer, inner;

	(void)state;
	outer = wm__running_begin(WM__RUNNING_MESSAGE, 7);
	inner = wm__running_begin(WM__RUNNING_CHANNEL, 0);
	assert_int_equal(wm__running->what, WM__RUNNING_CHANNEL);
	assert_int_equal(wm__running->conn, 0);
	wm__running_end(inner);
	assert_int_equal(wm__running->what, WM__RUNNING_MESSAGE);
	assert_int_equal(wm__running->conn, 7);
	wm__running_end(outer);
	assert_int_equal(wm__running->what, WM__RUNNING_NOTHING);
}

static void
every_callback_has_a_word(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < WM__RUNNING_KINDS; i++)
		assert_true(strlen(wm__running_word(i)) > 0);
	assert_string_equal(wm__running_word(WM__RUNNING_MESSAGE),
	    "on_message");
	assert_string_equal(wm__running_word(WM__RUNNING_KINDS), "?");
}

/* ---- dying ---- */

static const char *
protocol_of(uint64_t conn)
{
	return conn == 42 ? "tested" : NULL;
}

static const char *
protocol_that_is_broken(uint64_t conn)
{
	(void)conn;
	return *nowhere > 0 ? "never" : NULL;
}

static const char *
protocol_without_end(uint64_t conn)
{
	while (conn != 0)
		pause();
	return NULL;
}

/* cmocka catches what we want to die of. */
static void
forget_handlers(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT,
		SIGSYS, SIGTRAP };

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		signal(signals[i], before);
}

/* Dies in a child, which says nothing; returns its wait status. */
static int
die(void (*how)(void), const char *(*protocol)(uint64_t))
{
	struct rlimit none = { 0, 0 };
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		forget_handlers();
		setrlimit(RLIMIT_CORE, &none);
		wm__crash_install(page, protocol);
		wm__running_begin(WM__RUNNING_TIMER, 42);
		how();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	wm__crash_read(page, &copy);
	return status;
}

static void
assert_killed(int status, int signo)
{
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), signo);
}

static void __attribute__((noinline)) misread(void)
{
	*nowhere = 1;
}

static void
overflow(void)
{
	volatile char bytes[4096];

	bytes[0] = 1;
	if (bytes[0] != 0)
		overflow();
	bytes[1] = 2;
}

static void
abort_here(void)
{
	abort();
}

static void
divide(void)
{
	raise(SIGFPE);
}

static void
call_nothing(void)
{
	void (*volatile nothing)(void) = NULL;

	nothing();
	nowhere = NULL; /* or the call would be a jump */
}

static void
is_sent_a_signal(void)
{
	kill(getpid(), SIGBUS);
}

static void *
thread_dies(void *arg)
{
	misread();
	return arg;
}

static void
die_in_a_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, thread_dies, NULL);
	pthread_join(thread, NULL);
}

static bool
traced(void (*function)(void), size_t reach)
{
	uint64_t at = (uint64_t)(uintptr_t)function;

	for (uint32_t i = 0; i < copy.n_frames; i++)
		if (copy.frames[i] >= at && copy.frames[i] < at + reach)
			return true;
	return false;
}

static void
a_bad_access_leaves_everything(void **state)
{
	int status = die(misread, protocol_of);

	(void)state;
	assert_killed(status, SIGSEGV);
	assert_int_equal(copy.stage, WM__CRASH_DONE);
	assert_int_equal(copy.signo, SIGSEGV);
	assert_true(copy.code > 0);
	assert_int_equal(copy.address, 0);
	assert_int_equal(copy.core_limit, 0);
	assert_int_equal(copy.elsewhere, 0);
	assert_int_equal(copy.running.what, WM__RUNNING_TIMER);
	assert_int_equal(copy.running.conn, 42);
	assert_string_equal(copy.protocol, "tested");
	assert_true(copy.n_modules > 0);
	if (copy.n_frames == 0)
		skip(); /* no backtrace on this system */
	assert_true(traced(misread, 256));
	assert_true(copy.frames[0] - (uint64_t)(uintptr_t)misread < 256);
	assert_non_null(wm__crash_module(&copy, copy.frames[0]));
	assert_string_equal(wm__crash_module(&copy, copy.frames[0])->name, "");
}

static void
an_overflown_stack_leaves_it_too(void **state)
{
	int status = die(overflow, protocol_of);

	(void)state;
	assert_killed(status, SIGSEGV);
	assert_int_equal(copy.stage, WM__CRASH_DONE);
	assert_int_equal(copy.signo, SIGSEGV);
	if (copy.n_frames > 0)
		assert_true(traced(overflow, 512));
}

static void
abort_leaves_it_too(void **state)
{
	(void)state;
	assert_killed(die(abort_here, protocol_of), SIGABRT);
	assert_int_equal(copy.signo, SIGABRT);
	assert_int_equal(copy.stage, WM__CRASH_DONE);
	if (copy.n_frames > 1) /* the first is abort()'s */
		assert_true(traced(abort_here, 64));
}

static void
signals_that_were_sent_have_their_effect(void **state)
{
	(void)state;
	assert_killed(die(divide, protocol_of), SIGFPE);
	assert_int_equal(copy.stage, WM__CRASH_DONE);
	assert_true(copy.code <= 0);
	page->stage = WM__CRASH_NONE;
	assert_killed(die(is_sent_a_signal, protocol_of), SIGBUS);
	assert_int_equal(copy.stage, WM__CRASH_DONE);
}

static void
a_call_of_nothing_names_the_caller(void **state)
{
	(void)state;
	assert_killed(die(call_nothing, protocol_of), SIGSEGV);
	assert_int_equal(copy.stage, WM__CRASH_DONE);
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
	if (copy.n_frames > 0)
		assert_true(traced(call_nothing, 256));
#endif
}

static void
a_thread_is_not_taken_for_the_callback(void **state)
{
	(void)state;
	assert_killed(die(die_in_a_thread, protocol_of), SIGSEGV);
	assert_int_equal(copy.stage, WM__CRASH_DONE);
#if defined(__linux__)
	assert_int_equal(copy.elsewhere, 1);
	assert_string_equal(copy.protocol, "");
#endif
}

static void
a_fault_in_the_handler_ends_it(void **state)
{
	(void)state;
	assert_killed(die(misread, protocol_that_is_broken), SIGSEGV);
	assert_int_equal(copy.stage, WM__CRASH_TRACE);
	assert_string_equal(copy.protocol, "");
}

static void
a_handler_without_end_is_ended(void **state)
{
	(void)state;
	assert_killed(die(misread, protocol_without_end), SIGSEGV);
	assert_int_equal(copy.stage, WM__CRASH_TRACE);
}

static void
a_child_dies(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		misread();
	waitpid(pid, &status, 0);
	_exit(WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static void
a_child_of_the_worker_does_not_write(void **state)
{
	int status = die(a_child_dies, protocol_of);

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), SIGSEGV);
	assert_int_equal(copy.stage, WM__CRASH_NONE);
	assert_int_equal(copy.n_frames, 0);
}

static void
exit_seven(int signo)
{
	(void)signo;
	_exit(7);
}

static void
whoever_had_the_signal_gets_it(void **state)
{
	int status;

	(void)state;
	before = exit_seven;
	status = die(misread, protocol_of);
	before = SIG_DFL;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_int_equal(copy.stage, WM__CRASH_DONE);
	assert_int_equal(copy.signo, SIGSEGV);
}

static void
kill_9_leaves_what_ran(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	pid = fork();
	if (pid == 0) {
		wm__crash_install(page, protocol_of);
		wm__running_begin(WM__RUNNING_MESSAGE, 9);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	wm__crash_read(page, &copy);
	assert_int_equal(copy.stage, WM__CRASH_NONE);
	assert_int_equal(copy.running.what, WM__RUNNING_MESSAGE);
	assert_int_equal(copy.running.conn, 9);
}

int
main(void)
{
#define CRASH_TEST(f) cmocka_unit_test_setup_teardown(f, make, discard)
	const struct CMUnitTest tests[] = {
		CRASH_TEST(a_new_page_says_nothing),
		CRASH_TEST(no_page_reads_as_nothing),
		CRASH_TEST(a_page_of_another_version_reads_as_nothing),
		CRASH_TEST(a_file_that_is_too_short_is_no_page),
		CRASH_TEST(garbage_is_put_right),
		CRASH_TEST(callbacks_nest),
		CRASH_TEST(every_callback_has_a_word),
		CRASH_TEST(a_bad_access_leaves_everything),
		CRASH_TEST(an_overflown_stack_leaves_it_too),
		CRASH_TEST(abort_leaves_it_too),
		CRASH_TEST(signals_that_were_sent_have_their_effect),
		CRASH_TEST(a_call_of_nothing_names_the_caller),
		CRASH_TEST(a_thread_is_not_taken_for_the_callback),
		CRASH_TEST(a_fault_in_the_handler_ends_it),
		CRASH_TEST(a_handler_without_end_is_ended),
		CRASH_TEST(whoever_had_the_signal_gets_it),
		CRASH_TEST(a_child_of_the_worker_does_not_write),
		CRASH_TEST(kill_9_leaves_what_ran),
	};

	return UNIT_RUN(tests);
}
