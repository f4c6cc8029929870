/* SPDX-License-Identifier: MIT */
#include <workerman/error.h>

#include "framework/master/row_reader.h"
#include "tests/support/unit.h"

static struct wm__row_reader reader;
static struct wm_buf out;

/* All at once, from the beginning. */
static int
feed(const char *text)
{
	reader.rows = reader.len = 0;
	out.len = 0;
	return wm__row_reader_feed(&reader, "ROW x", text, strlen(text), &out);
}

static void
wrote(const char *text)
{
	assert_int_equal(out.len, strlen(text));
	if (out.len > 0)
		assert_memory_equal(out.data, text, out.len);
}

static void
puts_what_it_knows_before_each_row(void **state)
{
	(void)state;
	assert_int_equal(feed(" a=1 b=2\n c=3\n.\n"), 1);
	wrote("ROW x a=1 b=2\nROW x c=3\n");
	assert_int_equal(reader.rows, 2);
}

static void
is_the_same_split_anywhere(void **state)
{
	static const char text[] = " a=1\n\n b=%202\n.\n";
	size_t len = sizeof(text) - 1;

	(void)state;
	for (size_t at = 0; at <= len; at++) {
		reader.rows = reader.len = 0;
		out.len = 0;
		assert_int_equal(wm__row_reader_feed(&reader, "ROW x", text, at,
				     &out),
		    at == len);
		assert_int_equal(at == len ?
			1 :
			wm__row_reader_feed(&reader, "ROW x", text + at,
			    len - at, &out),
		    1);
		wrote("ROW x a=1\nROW x b=%202\n");
	}
	reader.rows = reader.len = 0;
	out.len = 0;
	for (size_t i = 0; i < len; i++)
		assert_int_equal(wm__row_reader_feed(&reader, "ROW x", text + i,
				     1, &out),
		    i + 1 == len);
	wrote("ROW x a=1\nROW x b=%202\n");
}

static void
waits_for_the_end_of_a_line(void **state)
{
	(void)state;
	assert_int_equal(feed(" a=1\n b"), 0);
	wrote("ROW x a=1\n");
	assert_int_equal(feed("."), 0);
	assert_int_equal(feed("\n\n\n"), 0);
	wrote("");
}

static void
nothing_may_follow_the_end(void **state)
{
	(void)state;
	assert_int_equal(feed(".\n a=1\n"), WM_E_PROTOCOL);
	assert_int_equal(feed(".\n\n"), WM_E_PROTOCOL);
	wrote("");
}

static void
refuses_what_is_no_row(void **state)
{
	static const char *const bad[] = { "a=1\n", "ROW master\n", "END 0\n",
		"..\n", " .\x01\n", " a=\x7f\n", " a=\x80\n", " a=\t1\n",
		" a=1\r\n", "\x1b[2J\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(feed(bad[i]), WM_E_PROTOCOL);
		wrote("");
	}
	reader.rows = reader.len = 0;
	assert_int_equal(wm__row_reader_feed(&reader, "ROW x", " a\0b\n", 5,
			     &out),
	    WM_E_PROTOCOL);
}

static void
keeps_what_came_before_the_nonsense(void **state)
{
	(void)state;
	assert_int_equal(feed(" a=1\nnonsense\n b=2\n"), WM_E_PROTOCOL);
	wrote("ROW x a=1\n");
}

static void
refuses_a_line_without_end(void **state)
{
	char line[WM__CONNECTION_LINE_MAX + 2];

	(void)state;
	memset(line, 'a', sizeof(line));
	line[0] = ' ';
	line[WM__CONNECTION_LINE_MAX] = '\n';
	line[WM__CONNECTION_LINE_MAX + 1] = '\0';
	assert_int_equal(feed(line), 0);
	assert_int_equal(reader.rows, 1);
	line[WM__CONNECTION_LINE_MAX] = 'a';
	assert_int_equal(feed(line), WM_E_PROTOCOL);
	wrote("");
}

static void
refuses_rows_without_end(void **state)
{
	(void)state;
	reader.rows = WM__CONNECTIONS_MAX - 1;
	reader.len = 0;
	out.len = 0;
	assert_int_equal(wm__row_reader_feed(&reader, "ROW x", " \n", 2, &out),
	    0);
	assert_int_equal(wm__row_reader_feed(&reader, "ROW x", " \n", 2, &out),
	    WM_E_TOO_BIG);
	assert_int_equal(wm__row_reader_feed(&reader, "ROW x", ".\n", 2, &out),
	    1);
	wrote("ROW x \n");
}

static void
survives_noise(void **state)
{
	char noise[4096];

	(void)state;
	srand(1);
	for (int round = 0; round < 2000; round++) {
		int result = 0;

		reader.rows = reader.len = 0;
		out.len = 0;
		for (size_t i = 0; i < sizeof(noise); i++)
			noise[i] = " \n.a=%\x01z"[rand() % (round % 2 ? 7 : 8)];
		for (size_t at = 0; at < sizeof(noise) && result == 0;) {
			size_t n = 1 + (size_t)rand() % 700;

			if (n > sizeof(noise) - at)
				n = sizeof(noise) - at;
			result = wm__row_reader_feed(&reader, "ROW x",
			    noise + at, n, &out);
			at += n;
		}
		for (size_t i = 0; i < out.len; i++)
			assert_true(out.data[i] == '\n' ||
			    (out.data[i] >= ' ' && out.data[i] <= '~'));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_what_it_knows_before_each_row),
		cmocka_unit_test(is_the_same_split_anywhere),
		cmocka_unit_test(waits_for_the_end_of_a_line),
		cmocka_unit_test(nothing_may_follow_the_end),
		cmocka_unit_test(refuses_what_is_no_row),
		cmocka_unit_test(keeps_what_came_before_the_nonsense),
		cmocka_unit_test(refuses_a_line_without_end),
		cmocka_unit_test(refuses_rows_without_end),
		cmocka_unit_test(survives_noise),
	};
	int failed = UNIT_RUN(tests);

	wm_buf_fini(&out);
	return failed;
}
