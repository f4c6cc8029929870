/* SPDX-License-Identifier: MIT */
#include "framework/cli/columns.h"
#include "tests/support/unit.h"

static struct wm__columns columns;
static struct wm_buf out;

static void
begin(const char *align)
{
	wm__columns_init(&columns, align);
	out = (struct wm_buf)WM_BUF_INIT;
}

static void
end(size_t limit, const char *want)
{
	wm__columns_write(&columns, "", limit, &out);
	wm_buf_put(&out, "", 1);
	assert_string_equal(out.data, want);
	wm_buf_fini(&out);
	wm__columns_fini(&columns);
}

static void
columns_are_as_wide_as_their_cells(void **state)
{
	(void)state;
	begin("lr");
	wm__columns_add(&columns, "a");
	wm__columns_add(&columns, "1234");
	wm__columns_add(&columns, "bcd");
	wm__columns_add(&columns, "5");
	assert_int_equal(wm__columns_width(&columns), 9);
	end(0, "a    1234\nbcd     5\n");
}

static void
words_are_cut_to_the_limit_numbers_are_not(void **state)
{
	(void)state;
	begin("ltr");
	wm__columns_add(&columns, "abcdefghij");
	wm__columns_add(&columns, "127.0.0.1:80");
	wm__columns_add(&columns, "123456789");
	columns.gap = 1;
	end(26, "abcde.. ..0.1:80 123456789\n");
}

static void
colours_take_no_room(void **state)
{
	(void)state;
	begin("lw");
	wm__columns_add(&columns, "\033[1mab\033[0m");
	wm__columns_add(&columns, "\033[32midle\033[0m");
	wm__columns_add(&columns, "abcd");
	wm__columns_add(&columns, "x");
	assert_int_equal(wm__columns_width(&columns), 10);
	end(10,
	    "\033[1mab\033[0m    \033[32midle\033[0m\n"
	    "abcd  x\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_their_cells),
		cmocka_unit_test(words_are_cut_to_the_limit_numbers_are_not),
		cmocka_unit_test(colours_take_no_room),
	};

	return UNIT_RUN(tests);
}
