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

/* ---- a scan ---- */

static unsigned met[CONNS];

static void
meet(struct wm_conn *c, void *arg)
{
	(void)arg;
	met[c - conns]++;
}

static void
scans_an_empty_table_at_once(void **state)
{
	struct wm__conn_table t = { 0 };
	size_t cursor = 0;

	(void)state;
	wm__conn_table_scan(&t, &cursor, 10, meet, NULL);
	assert_int_equal(cursor, 0);
}

static void
scans_about_as_many_as_it_was_told(void **state)
{
	struct wm__conn_table t = { 0 };
	size_t cursor = 0, all = 0;

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		conns[i].id = i + 1;
		wm__conn_table_add(&t, &conns[i]);
	}
	do {
		size_t now = 0;

		memset(met, 0, sizeof(met));
		wm__conn_table_scan(&t, &cursor, 16, meet, NULL);
		for (size_t i = 0; i < 1000; i++)
			now += met[i];
		assert_true(now < 64);
		all += now;
	} while (cursor != 0);
	assert_int_equal(all, 1000);
	wm__conn_table_fini(&t);
}

/* Half of them stay; the others come and go, and the table grows. */
static void
meets_who_stays_exactly_once(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 40; seed++) {
		struct wm__conn_table t = { 0 };
		size_t cursor = 0, next = CONNS / 4;

		srand(seed);
		memset(met, 0, sizeof(met));
		memset(present, 0, sizeof(present));
		for (size_t i = 0; i < CONNS; i++)
			conns[i].id = (uint64_t)seed << 40 | (i + 1);
		for (size_t i = 0; i < next; i++)
			wm__conn_table_add(&t, &conns[i]);
		do {
			wm__conn_table_scan(&t, &cursor, 1 + (size_t)rand() % 9,
			    meet, NULL);
			for (int k = rand() % 30; k > 0 && next < CONNS; k--)
				wm__conn_table_add(&t, &conns[next++]);
			for (int k = rand() % 4; k > 0; k--)
				wm__conn_table_remove(&t,
				    &conns[(size_t)rand() % CONNS | 1]);
		} while (cursor != 0);
		for (size_t i = 0; i < CONNS; i++)
			if (i < CONNS / 4 && i % 2 == 0)
				assert_int_equal(met[i], 1);
			else
				assert_true(met[i] <= 1);
		wm__conn_table_fini(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_nothing_in_an_empty_table),
		cmocka_unit_test(agrees_with_a_model_over_many_changes),
		cmocka_unit_test(scans_an_empty_table_at_once),
		cmocka_unit_test(scans_about_as_many_as_it_was_told),
		cmocka_unit_test(meets_who_stays_exactly_once),
	};

	return UNIT_RUN(tests);
}
