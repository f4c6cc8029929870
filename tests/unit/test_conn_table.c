/* SPDX-License-Identifier: MIT */
#include "framework/net/conn.h"
#include "tests/support/unit.h"

#define CONNS 4000

static struct wm_conn conns[CONNS];
static bool present[CONNS];

static void
finds_nothing_in_an_empty_table(void **state)
{
	struct wm__conn_table t = { 0 };

	(void)state;
	assert_null(wm__conn_table_find(&t, 1));
	wm__conn_table_remove(&t, &conns[0]);
	wm__conn_table_fini(&t);
}

static void
agrees_with_a_model_over_many_changes(void **state)
{
	struct wm__conn_table t = { 0 };
	size_t count = 0;

	(void)state;
	srand(1);
	for (size_t i = 0; i < CONNS; i++)
		conns[i].id = (uint64_t)(1 + i % 3) << 40 | (i + 1);
	for (int step = 0; step < 100000; step++) {
		size_t i = (size_t)rand() % CONNS;
		size_t k = (size_t)rand() % CONNS;

		/* grows in the first half, shrinks in the second */
		if (!present[i] && (step < 50000 || rand() % 4 == 0)) {
			assert_int_equal(wm__conn_table_add(&t, &conns[i]), 0);
			present[i] = true;
			count++;
		} else if (present[i] && (step >= 50000 || rand() % 4 == 0)) {
			wm__conn_table_remove(&t, &conns[i]);
			present[i] = false;
			count--;
		} else if (!present[i])
			wm__conn_table_remove(&t, &conns[i]);
		assert_int_equal(t.count, count);
		assert_ptr_equal(wm__conn_table_find(&t, conns[k].id),
		    present[k] ? &conns[k] : NULL);
	}
	for (size_t i = 0; i < CONNS; i++)
		assert_ptr_equal(wm__conn_table_find(&t, conns[i].id),
		    present[i] ? &conns[i] : NULL);
	assert_true(t.size >= t.count && (t.size & (t.size - 1)) == 0);
	wm__conn_table_fini(&t);
	assert_int_equal(t.size, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_nothing_in_an_empty_table),
		cmocka_unit_test(agrees_with_a_model_over_many_changes),
	};

	return UNIT_RUN(tests);
}
