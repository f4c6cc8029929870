/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "framework/net/blocks.h"
#include "tests/support/unit.h"

static struct wm__blocks blocks;

static void
give(size_t cap)
{
	wm__blocks_give(&blocks, malloc(cap), cap);
}

static void
hands_out_a_block_that_fits(void **state)
{
	size_t cap = 0;
	char *data;

	(void)state;
	give(WM__BLOCK_MIN);
	give(1u << 20);
	assert_null(wm__blocks_take(&blocks, 2u << 20, &cap));
	data = wm__blocks_take(&blocks, 300000, &cap);
	assert_non_null(data);
	assert_int_equal(cap, 1u << 20);
	free(data);
	assert_null(wm__blocks_take(&blocks, 300000, &cap));
	wm__blocks_fini(&blocks);
}

static void
wastes_no_large_block_on_few_bytes(void **state)
{
	size_t cap;

	(void)state;
	give(2u << 20);
	assert_null(wm__blocks_take(&blocks, 1000, &cap));
	assert_null(wm__blocks_take(&blocks, WM__BLOCK_MIN, &cap));
	wm__blocks_fini(&blocks);
}

static void
keeps_few_and_neither_small_nor_huge_ones(void **state)
{
	(void)state;
	give(WM__BLOCK_MIN - 1);
	give(WM__BLOCK_MAX + 1);
	assert_int_equal(blocks.n, 0);
	for (int i = 0; i < 2 * WM__BLOCKS; i++)
		give(WM__BLOCK_MIN);
	assert_int_equal(blocks.n, WM__BLOCKS);
	wm__blocks_fini(&blocks);
	assert_int_equal(blocks.n, 0);
}

static void
gives_back_what_nobody_took_for_a_second(void **state)
{
	size_t cap;

	(void)state;
	give(WM__BLOCK_MIN);
	give(WM__BLOCK_MIN);
	free(wm__blocks_take(&blocks, WM__BLOCK_MIN, &cap));
	wm__blocks_age(&blocks);
	assert_int_equal(blocks.n, 1);
	wm__blocks_age(&blocks);
	assert_int_equal(blocks.n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hands_out_a_block_that_fits),
		cmocka_unit_test(wastes_no_large_block_on_few_bytes),
		cmocka_unit_test(keeps_few_and_neither_small_nor_huge_ones),
		cmocka_unit_test(gives_back_what_nobody_took_for_a_second),
	};

	return UNIT_RUN(tests);
}
