/* SPDX-License-Identifier: MIT */
#include <workerman/buf.h>

#include "tests/support/unit.h"

static void
is_empty_and_owns_nothing_at_first(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	assert_null(b.data);
	wm_buf_put(&b, "x", 0);
	assert_null(b.data);
	wm_buf_consume(&b, 5);
	assert_int_equal(b.len, 0);
	wm_buf_fini(&b);
}

static void
keeps_what_is_appended_while_it_grows(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	for (int i = 0; i < 20000; i++)
		wm_buf_printf(&b, "%05d", i);
	assert_int_equal(b.len, 100000);
	for (int i = 0; i < 20000; i++) {
		char text[6];

		snprintf(text, sizeof(text), "%05d", i);
		assert_memory_equal(b.data + 5 * i, text, 5);
	}
	assert_true(b.cap >= b.len && b.cap < 4 * b.len);
	wm_buf_fini(&b);
}

static void
takes_what_was_written_into_reserved_room(void **state)
{
	struct wm_buf b = WM_BUF_INIT;
	char *p = wm_buf_reserve(&b, 3);

	(void)state;
	assert_non_null(p);
	memcpy(p, "abc", 3);
	wm_buf_commit(&b, 3);
	wm_buf_puts(&b, "def");
	assert_int_equal(b.len, 6);
	assert_memory_equal(b.data, "abcdef", 6);
	wm_buf_fini(&b);
}

static void
leaves_many_last_bytes_where_they_are_if_it_may(void **state)
{
	static char many[WM_BUF_LARGE];
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	wm_buf_put_last(&b, many, sizeof(many));
	assert_int_equal(b.len, sizeof(many));
	assert_int_equal(b.last.len, 0);
	b.lends = true;
	wm_buf_put_last(&b, many, sizeof(many) - 1);
	assert_int_equal(b.len, 2 * sizeof(many) - 1);
	wm_buf_put_last(&b, many, sizeof(many));
	assert_int_equal(b.len, 2 * sizeof(many) - 1);
	assert_ptr_equal(b.last.data, many);
	assert_int_equal(b.last.len, sizeof(many));
	wm_buf_fini(&b);
}

static void
drops_bytes_in_front(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	wm_buf_puts(&b, "abcdef");
	wm_buf_consume(&b, 2);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "cdef", 4);
	wm_buf_consume(&b, 4);
	assert_int_equal(b.len, 0);
	wm_buf_fini(&b);
}

static void
prints_text_that_fills_its_room_exactly(void **state)
{
	struct wm_buf b = WM_BUF_INIT;
	char text[513];

	(void)state;
	memset(text, 'x', 512);
	text[512] = '\0';
	for (size_t len = 508; len <= 512; len++) {
		wm_buf_fini(&b);
		wm_buf_printf(&b, "%.*s", (int)len, text);
		assert_int_equal(b.len, len);
		assert_memory_equal(b.data, text, len);
	}
	wm_buf_fini(&b);
}

static void
stays_failed_once_memory_ran_out(void **state)
{
	struct wm_buf b = WM_BUF_INIT;

	(void)state;
	wm_buf_puts(&b, "kept");
	assert_null(wm_buf_reserve(&b, SIZE_MAX));
	assert_true(b.failed);
	assert_null(wm_buf_reserve(&b, 1));
	wm_buf_puts(&b, "ignored");
	wm_buf_printf(&b, "%s", "ignored");
	assert_int_equal(b.len, 4);
	wm_buf_fini(&b);
	assert_false(b.failed);
	wm_buf_puts(&b, "usable");
	assert_int_equal(b.len, 6);
	wm_buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_empty_and_owns_nothing_at_first),
		cmocka_unit_test(keeps_what_is_appended_while_it_grows),
		cmocka_unit_test(takes_what_was_written_into_reserved_room),
		cmocka_unit_test(
		    leaves_many_last_bytes_where_they_are_if_it_may),
		cmocka_unit_test(drops_bytes_in_front),
		cmocka_unit_test(prints_text_that_fills_its_room_exactly),
		cmocka_unit_test(stays_failed_once_memory_ran_out),
	};

	return UNIT_RUN(tests);
}
