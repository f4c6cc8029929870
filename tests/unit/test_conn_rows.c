/* SPDX-License-Identifier: MIT */
#include <workerman/error.h>

#include "framework/cli/conn_rows.h"
#include "tests/support/unit.h"

static struct wm__conn_order order;

#define ROW(worker, slot, id, rest)                                            \
	"ROW connection pid=1 worker=" worker " slot=" slot " id=" id rest "\n"

/* The ids of the rows in the order of a column. */
static void
sorts(const char *text, const char *by, const char *expected)
{
	char rows[4096], got[256] = "";
	const char **lines;
	size_t n = 0;

	snprintf(rows, sizeof(rows), "%s", text);
	order = (struct wm__conn_order){ .column = -1 };
	if (by != NULL)
		assert_int_equal(wm__conn_order(by, &order), 0);
	lines = wm__conn_sort(rows, &order, &n);
	assert_non_null(lines);
	for (size_t i = 0; i < n; i++) {
		const char *id = strstr(lines[i], "id=");

		id = strstr(id + 3, " id=");
		strncat(got, id + 4, strcspn(id + 4, " "));
		strcat(got, " ");
	}
	assert_string_equal(got, expected);
	free(lines);
}

static void
by_worker_slot_and_id_when_not_told(void **state)
{
	static const char rows[] = ROW("b", "0", "5", "")
	    ROW("a", "10", "9", "") ROW("a", "2", "4", "")
		ROW("a", "2", "10", "") ROW("aa", "0", "3", "")
		    ROW("a", "2", "18446744073709551615", "");

	(void)state;
	sorts(rows, NULL, "4 10 18446744073709551615 9 3 5 ");
	sorts("", NULL, "");
}

static void
numbers_largest_first(void **state)
{
	static const char rows[] = ROW("a", "0", "1", " recv_q=9 idle=3")
	    ROW("a", "0", "2", " recv_q=100 idle=3")
		ROW("a", "0", "3", " recv_q=0 idle=30")
		    ROW("a", "0", "4", " idle=4");

	(void)state;
	sorts(rows, "recv_q", "2 1 3 4 ");
	sorts(rows, "RECV-Q", "2 1 3 4 ");
	sorts(rows, "Recv-Q", "2 1 3 4 ");
	sorts(rows, "-recv_q", "3 4 1 2 ");
	sorts(rows, "idle", "3 4 1 2 ");
	sorts(rows, "id", "4 3 2 1 ");
	sorts(rows, "cid", "4 3 2 1 ");
}

static void
words_by_alphabet(void **state)
{
	static const char rows[] = ROW("a", "0", "1", " protocol=text state=x")
	    ROW("a", "0", "2", " protocol=http state=y")
		ROW("b", "0", "3", " protocol=http state=xx")
		    ROW("a", "0", "4", "");

	(void)state;
	sorts(rows, "protocol", "4 2 3 1 ");
	sorts(rows, "-protocol", "1 2 3 4 ");
	sorts(rows, "status", "4 1 3 2 ");
}

static void
a_value_is_not_taken_for_a_key(void **state)
{
	static const char rows[] = ROW("a", "0", "1", " local=age age=2")
	    ROW("a", "0", "2", " local=xage age=3");

	(void)state;
	sorts(rows, "age", "2 1 ");
}

static void
other_rows_are_left_out(void **state)
{
	(void)state;
	sorts("ROW missing pid=1\n" ROW("a", "0", "1",
		  "") "ROW connections x\nROW\n\nnoise",
	    NULL, "1 ");
}

static void
knows_every_column_and_no_other(void **state)
{
	(void)state;
	for (int i = 0; i < WM__CONNECTION_COLUMNS; i++) {
		assert_int_equal(wm__conn_order(wm__conn_columns[i].key,
				     &order),
		    0);
		assert_int_equal(order.column, i);
		assert_int_equal(wm__conn_order(wm__conn_columns[i].heading,
				     &order),
		    0);
		assert_int_equal(order.column, i);
	}
	assert_int_equal(wm__conn_order("colour", &order), WM_E_NOT_FOUND);
	assert_int_equal(wm__conn_order("", &order), WM_E_NOT_FOUND);
	assert_int_equal(wm__conn_order("-", &order), WM_E_NOT_FOUND);
	assert_int_equal(wm__conn_order("ag", &order), WM_E_NOT_FOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_worker_slot_and_id_when_not_told),
		cmocka_unit_test(numbers_largest_first),
		cmocka_unit_test(words_by_alphabet),
		cmocka_unit_test(a_value_is_not_taken_for_a_key),
		cmocka_unit_test(other_rows_are_left_out),
		cmocka_unit_test(knows_every_column_and_no_other),
	};

	return UNIT_RUN(tests);
}
