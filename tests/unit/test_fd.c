/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/base/fd.h"
#include "tests/support/unit.h"

struct pair {
	int a, b;
};

static struct pair
pair_open(void)
{
	int ends[2];

	assert_int_equal(wm__fd_message_pair(ends), 0);
	return (struct pair){ ends[0], ends[1] };
}

static void
pair_close(struct pair *p)
{
	wm__fd_close(&p->a);
	wm__fd_close(&p->b);
}

static bool
is_cloexec(int fd)
{
	return (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void
close_keeps_errno_and_forgets_the_number(void **state)
{
	int fd = dup(STDOUT_FILENO), was = fd, none = -1;

	(void)state;
	errno = ENOENT;
	wm__fd_close(&fd);
	wm__fd_close(&none);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(fd, -1);
	assert_false(is_open(was));
}

static void
a_message_keeps_its_bounds_and_its_descriptors(void **state)
{
	struct pair p = pair_open();
	int fds[2] = { STDIN_FILENO, STDOUT_FILENO }, got[4];
	char bytes[64];
	size_t n;

	(void)state;
	assert_int_equal(wm__fd_send(p.a, "one", 3, fds, 2), 0);
	assert_int_equal(wm__fd_send(p.a, "two!", 4, NULL, 0), 0);
	assert_int_equal(wm__fd_recv(p.b, bytes, sizeof(bytes), got, 4, &n), 3);
	assert_int_equal(n, 2);
	assert_memory_equal(bytes, "one", 3);
	assert_true(is_cloexec(got[0]) && is_cloexec(got[1]));
	close(got[0]);
	close(got[1]);
	assert_int_equal(wm__fd_recv(p.b, bytes, sizeof(bytes), got, 4, &n), 4);
	assert_int_equal(n, 0);
	pair_close(&p);
}

static void
the_pair_is_close_on_exec(void **state)
{
	struct pair p = pair_open();

	(void)state;
	assert_true(is_cloexec(p.a) && is_cloexec(p.b));
	pair_close(&p);
}

static void
more_descriptors_than_asked_for_are_closed(void **state)
{
	struct pair p = pair_open();
	int fds[3] = { 0, 1, 2 }, got[1] = { -1 };
	int next = dup(0);
	char bytes[8];
	size_t n;

	(void)state;
	close(next);
	assert_int_equal(wm__fd_send(p.a, "x", 1, fds, 3), 0);
	assert_int_equal(wm__fd_recv(p.b, bytes, sizeof(bytes), got, 1, &n),
	    WM_E_TOO_BIG);
	assert_int_equal(n, 0);
	assert_false(is_open(next));
	pair_close(&p);
}

static void
a_cut_message_is_an_error(void **state)
{
	struct pair p = pair_open();
	char bytes[4];
	size_t n;

	(void)state;
	assert_int_equal(wm__fd_send(p.a, "12345", 5, NULL, 0), 0);
	assert_int_equal(wm__fd_recv(p.b, bytes, sizeof(bytes), NULL, 0, &n),
	    WM_E_TOO_BIG);
	pair_close(&p);
}

static void
a_full_batch_passes_and_one_more_is_refused(void **state)
{
	struct pair p = pair_open();
	int fds[WM__FD_BATCH + 1], got[WM__FD_BATCH];
	char byte;
	size_t n;

	(void)state;
	for (int i = 0; i <= WM__FD_BATCH; i++)
		fds[i] = STDIN_FILENO;
	assert_int_equal(wm__fd_send(p.a, "x", 1, fds, WM__FD_BATCH + 1),
	    WM_E_SYSTEM);
	assert_int_equal(wm__fd_send(p.a, "x", 1, fds, WM__FD_BATCH), 0);
	assert_int_equal(wm__fd_recv(p.b, &byte, 1, got, WM__FD_BATCH, &n), 1);
	assert_int_equal(n, WM__FD_BATCH);
	for (size_t i = 0; i < n; i++)
		close(got[i]);
	pair_close(&p);
}

static void
hears_the_last_words_of_who_died_with_messages_unread(void **state)
{
	struct pair p = pair_open();
	char got[16];
	size_t n;

	(void)state;
	assert_int_equal(wm__fd_send(p.a, "unread", 6, NULL, 0), 0);
	assert_int_equal(wm__fd_send(p.b, "last", 4, NULL, 0), 0);
	wm__fd_close(&p.b);
	assert_int_equal(wm__fd_recv(p.a, got, sizeof(got), NULL, 0, &n), 4);
	assert_memory_equal(got, "last", 4);
	assert_int_equal(wm__fd_recv(p.a, got, sizeof(got), NULL, 0, &n), 0);
	pair_close(&p);
}

static void
tells_empty_full_and_closed_apart(void **state)
{
	struct pair p = pair_open();
	char bytes[8];
	size_t n;
	int error;

	(void)state;
	assert_int_equal(wm__fd_set_nonblock(p.a), 0);
	assert_int_equal(wm__fd_set_nonblock(p.b), 0);
	assert_int_equal(wm__fd_recv(p.b, bytes, sizeof(bytes), NULL, 0, &n),
	    WM_E_FULL);
	while ((error = wm__fd_send(p.a, "x", 1, NULL, 0)) == 0)
		;
	assert_int_equal(error, WM_E_FULL);
	wm__fd_close(&p.b);
	assert_int_equal(wm__fd_send(p.a, "x", 1, NULL, 0), WM_E_CLOSED);
	pair_close(&p);
	p = pair_open();
	wm__fd_close(&p.a);
	assert_int_equal(wm__fd_recv(p.b, bytes, sizeof(bytes), NULL, 0, &n),
	    0);
	pair_close(&p);
}

static void
a_receiver_without_descriptors_says_so(void **state)
{
	struct pair p = pair_open();
	struct rlimit before, tight;
	int fd = STDIN_FILENO, got[1], next = dup(0);
	char byte;
	size_t n;

	(void)state;
	close(next);
	assert_int_equal(wm__fd_send(p.a, "x", 1, &fd, 1), 0);
	getrlimit(RLIMIT_NOFILE, &before);
	tight = before;
	tight.rlim_cur = (rlim_t)next;
	setrlimit(RLIMIT_NOFILE, &tight);
	assert_int_equal(wm__fd_recv(p.b, &byte, 1, got, 1, &n), WM_E_SYSTEM);
	assert_int_equal(errno, EMFILE);
	setrlimit(RLIMIT_NOFILE, &before);
	pair_close(&p);
}

static void
a_memory_file_cannot_change_its_size(void **state)
{
	struct stat st;
	char *page;
	int fd;

	(void)state;
	assert_int_equal(wm__fd_memory("test", 4096, &fd), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 4096);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(page != MAP_FAILED);
	assert_int_equal(page[4095], 0);
#ifdef HAVE_MEMFD_CREATE
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(ftruncate(fd, 8192), -1);
#endif
	munmap(page, 4096);
	wm__fd_close(&fd);
}

static void
raises_the_limit_to_the_hard_one(void **state)
{
	struct rlimit limit;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 64;
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_int_equal(wm__fd_raise_limit(), limit.rlim_max);
	getrlimit(RLIMIT_NOFILE, &limit);
	assert_int_equal(limit.rlim_cur, limit.rlim_max);
}

static void
marks_a_range_close_on_exec(void **state)
{
	int low = fcntl(0, F_DUPFD, 50), high = fcntl(0, F_DUPFD, 60);

	(void)state;
	wm__fd_cloexec_from(55);
	assert_false(is_cloexec(low));
	assert_true(is_cloexec(high));
	close(low);
	close(high);
}

static void
closes_a_range(void **state)
{
	int low = fcntl(0, F_DUPFD, 50), high = fcntl(0, F_DUPFD, 60);

	(void)state;
	wm__fd_close_from(55);
	assert_true(is_open(low));
	assert_false(is_open(high));
	close(low);
}

static void
a_stream_pair_does_not_block(void **state)
{
	char bytes[16];
	int ends[2];

	(void)state;
	assert_int_equal(wm__fd_stream_pair(ends), 0);
	assert_true(is_cloexec(ends[0]) && is_cloexec(ends[1]));
	assert_int_equal(read(ends[0], bytes, sizeof(bytes)), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(write(ends[1], "one", 3), 3);
	assert_int_equal(write(ends[1], "two", 3), 3);
	assert_int_equal(read(ends[0], bytes, sizeof(bytes)), 6);
	wm__fd_close(&ends[1]);
	assert_int_equal(read(ends[0], bytes, sizeof(bytes)), 0);
	wm__fd_close(&ends[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_pair_does_not_block),
		cmocka_unit_test(close_keeps_errno_and_forgets_the_number),
		cmocka_unit_test(the_pair_is_close_on_exec),
		cmocka_unit_test(
		    a_message_keeps_its_bounds_and_its_descriptors),
		cmocka_unit_test(more_descriptors_than_asked_for_are_closed),
		cmocka_unit_test(a_cut_message_is_an_error),
		cmocka_unit_test(a_full_batch_passes_and_one_more_is_refused),
		cmocka_unit_test(
		    hears_the_last_words_of_who_died_with_messages_unread),
		cmocka_unit_test(tells_empty_full_and_closed_apart),
		cmocka_unit_test(a_receiver_without_descriptors_says_so),
		cmocka_unit_test(a_memory_file_cannot_change_its_size),
		cmocka_unit_test(raises_the_limit_to_the_hard_one),
		cmocka_unit_test(marks_a_range_close_on_exec),
		cmocka_unit_test(closes_a_range),
	};

	signal(SIGPIPE, SIG_DFL); /* a send must never raise it */
	return UNIT_RUN(tests);
}
