/* SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <unistd.h>

#include <workerman/buf.h>

#include "framework/master/lines.h"
#include "framework/net/loop.h"
#include "tests/support/unit.h"

static struct wm__loop *loop;
static struct wm__lines *lines;
static struct wm_buf got; /* each line ended by '|' */
static size_t n, longest;
static int writer;

static void
on_line(const char *text, void *arg)
{
	assert_ptr_equal(arg, &got);
	wm_buf_puts(&got, text);
	wm_buf_puts(&got, "|");
	n++;
	if (strlen(text) > longest)
		longest = strlen(text);
}

static void
stop(void *arg)
{
	(void)arg;
	wm__loop_stop(loop);
}

static int
set_up(void **state)
{
	const char *error;
	int ends[2];

	(void)state;
	n = longest = 0;
	assert_int_equal(wm__loop_new(&loop, NULL, &error), 0);
	wm__loop_set_hook(loop, stop, NULL);
	assert_int_equal(pipe(ends), 0);
	writer = ends[1];
	lines = wm__lines_new(loop, ends[0], on_line, &got);
	assert_non_null(lines);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	wm__lines_free(&lines);
	wm__loop_free(&loop);
	wm_buf_fini(&got);
	if (writer >= 0)
		close(writer);
	return 0;
}

static void
put(const char *text, size_t len)
{
	assert_int_equal(write(writer, text, len), len);
}

/* Writes, and lets the loop turn once. */
static void
say(const char *text)
{
	put(text, strlen(text));
	assert_int_equal(wm__loop_run(loop), 0);
}

static const char *
heard(void)
{
	wm_buf_put(&got, "", 1);
	got.len--;
	return got.data;
}

static void
lines_come_one_by_one(void **state)
{
	(void)state;
	say("one\ntwo\n\nthr");
	assert_string_equal(heard(), "one|two|");
	say("ee");
	assert_string_equal(heard(), "one|two|");
	say("\n");
	assert_string_equal(heard(), "one|two|three|");
}

static void
the_end_ends_the_last_line(void **state)
{
	(void)state;
	say("one\n");
	put("two\nthree", 9);
	close(writer);
	writer = -1;
	wm__lines_free(&lines);
	assert_null(lines);
	assert_string_equal(heard(), "one|two|three|");
	wm__lines_free(&lines);
}

static void
what_is_not_printable_is_blank(void **state)
{
	static const char bytes[] = "a\r\t\0\033[31mb\177\x01"
				    "c\xc3\xa4\n";

	(void)state;
	put(bytes, sizeof(bytes) - 1);
	wm__loop_run(loop);
	assert_string_equal(heard(), "a    [31mb  c\xc3\xa4|");
}

static void
long_lines_come_in_pieces(void **state)
{
	char text[WM__LINE_MAX * 2 + 2];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[WM__LINE_MAX] = '\n'; /* exactly as long as may be */
	text[sizeof(text) - 1] = '\n';
	put(text, sizeof(text));
	wm__lines_free(&lines);
	assert_int_equal(n, 2);
	assert_int_equal(longest, WM__LINE_MAX);
	assert_int_equal(got.len, 2 * (WM__LINE_MAX + 1));
}

/* A program that writes for ever holds nobody up when it is given up: no more
   is read than a pipe holds. */
static void
an_endless_one_is_cut(void **state)
{
	static char text[1 << 16];

	(void)state;
#ifdef F_SETPIPE_SZ
	fcntl(writer, F_SETPIPE_SZ, 1 << 20);
#endif
	fcntl(writer, F_SETFL, O_NONBLOCK);
	memset(text, 'x', sizeof(text));
	while (write(writer, text, sizeof(text)) > 0)
		;
	wm__lines_free(&lines);
	assert_in_range(n, 1, 65536 / WM__LINE_MAX + 1);
	assert_int_equal(longest, WM__LINE_MAX);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_come_one_by_one),
		TEST(the_end_ends_the_last_line),
		TEST(what_is_not_printable_is_blank),
		TEST(long_lines_come_in_pieces),
		TEST(an_endless_one_is_cut),
	};

	return UNIT_RUN(tests);
}
