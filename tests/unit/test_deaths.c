/* SPDX-License-Identifier: MIT */
#include "framework/ipc/control.h"
#include "framework/master/autopsy.h"
#include "framework/master/deaths.h"
#include "tests/support/unit.h"

static struct wm__deaths deaths;
static struct wm_buf rows;

static int
begin(void **state)
{
	(void)state;
	memset(&deaths, 0, sizeof(deaths));
	rows = (struct wm_buf)WM_BUF_INIT;
	return 0;
}

static int
discard(void **state)
{
	(void)state;
	wm_buf_fini(&rows);
	return 0;
}

static void
note(long pid)
{
	struct wm__death_note n = { .worker = "echo",
		.slot = 3,
		.pid = pid,
		.generation = 2,
		.at = 1000000000,
		.age_ms = 1500,
		.lost = 12 };
	struct wm__autopsy a = {
		.page = { .running = { 77, WM__RUNNING_MESSAGE, 0 },
		    .protocol = "text" },
		.cause = "was killed by SIGSEGV (invalid memory access)",
		.core = "core dumped",
	};

	wm__deaths_add(&deaths, &n, &a);
}

/* Row number i, terminated. */
static char *
row(size_t i)
{
	static char line[WM__CONTROL_LINE_MAX];
	char *at, *end;

	wm_buf_fini(&rows);
	wm__deaths_rows(&deaths, &rows);
	wm_buf_put(&rows, "", 1);
	at = rows.data;
	for (; i > 0 && at != NULL; i--) {
		at = strchr(at, '\n');
		at = at != NULL ? at + 1 : NULL;
	}
	end = at != NULL ? strchr(at, '\n') : NULL;
	if (end == NULL)
		return NULL;
	assert_true((size_t)(end - at) < sizeof(line));
	memcpy(line, at, (size_t)(end - at));
	line[end - at] = '\0';
	return line;
}

static void
nobody_has_died_yet(void **state)
{
	(void)state;
	assert_null(row(0));
}

static void
a_death_is_a_row(void **state)
{
	char value[128];
	char *line;

	(void)state;
	note(4711);
	line = row(0);
	assert_non_null(line);
	assert_memory_equal(line, "ROW death ", 10);
#define ASSERT_WORD(key, want)                                                 \
	assert_string_equal(wm__control_get(line, key, value, sizeof(value)),  \
	    want)
#define ASSERT_NUMBER(key, want)                                               \
	assert_int_equal(wm__control_get_number(line, key, 99), want)
	ASSERT_WORD("worker", "echo");
	ASSERT_WORD("cause", "was killed by SIGSEGV (invalid memory access)");
	ASSERT_WORD("core", "core dumped");
	ASSERT_WORD("callback", "on_message");
	ASSERT_WORD("protocol", "text");
	ASSERT_NUMBER("slot", 3);
	ASSERT_NUMBER("pid", 4711);
	ASSERT_NUMBER("generation", 2);
	ASSERT_NUMBER("at", 1000000000);
	ASSERT_NUMBER("age_ms", 1500);
	ASSERT_NUMBER("lost", 12);
	ASSERT_NUMBER("connection", 77);
}

static void
the_last_ones_are_kept_in_order(void **state)
{
	(void)state;
	for (long pid = 1; pid <= 20; pid++)
		note(pid);
	for (size_t i = 0; i < WM__DEATHS_KEPT; i++)
		assert_int_equal(wm__control_get_number(row(i), "pid", 0),
		    20 - WM__DEATHS_KEPT + 1 + i);
	assert_null(row(WM__DEATHS_KEPT));
}

int
main(void)
{
#define DEATHS_TEST(f) cmocka_unit_test_setup_teardown(f, begin, discard)
	const struct CMUnitTest tests[] = {
		DEATHS_TEST(nobody_has_died_yet),
		DEATHS_TEST(a_death_is_a_row),
		DEATHS_TEST(the_last_ones_are_kept_in_order),
	};

	return UNIT_RUN(tests);
}
