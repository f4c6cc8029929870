/* SPDX-License-Identifier: MIT */
#include <workerman/error.h>

#include "framework/ipc/ipc.h"
#include "framework/ipc/table.h"
#include "tests/support/unit.h"

#define TEXT(s)                                                                \
	(char[])                                                               \
	{                                                                      \
		s                                                              \
	}

static char *urls[] = { TEXT("text://127.0.0.1:1"), TEXT("raw+unix:///tmp/s") };

static struct wm__socket_options sockets[] = {
	{ .delay = 1, .keepalive = UINT32_MAX, .device = "eth0" },
	{ .mode = 0660, .owner = 1, .group = UINT32_MAX, .backlog = 7 },
};

static struct wm__row rows[] = {
	{ .name = TEXT("echo"),
	    .count = 3,
	    .reloadable = 1,
	    .takeover = 1,
	    .drain_ms = 30000,
	    .drain_spread_ms = UINT32_MAX,
	    .nofile = 1024,
	    .max_requests = UINT64_MAX,
	    .max_memory = (uint64_t)5 << 32 | 7,
	    .events = 1,
	    .cpus = TEXT("0-3,8"),
	    .user = TEXT("nobody"),
	    .watchdog = 30,
	    .urls = urls,
	    .n_urls = 2,
	    .sockets = sockets },
	{ .name = TEXT("task"), .count = 1, .group = TEXT("users") },
};

static const struct wm__table table = { .name = TEXT("app"),
	.version = TEXT("1.2"),
	.rows = rows,
	.n_rows = 2 };

static struct wm_buf bytes;

static int
encode(void **state)
{
	(void)state;
	wm__table_encode(&table, &bytes);
	return bytes.failed;
}

static int
discard(void **state)
{
	(void)state;
	wm_buf_fini(&bytes);
	return 0;
}

/* From a copy of exactly that size, so that a byte beyond is noticed. */
static int
decode(size_t len, const char **error)
{
	struct wm__table *t = NULL;
	char *copy = malloc(len > 0 ? len : 1);
	int result;

	*error = NULL;
	memcpy(copy, bytes.data, len);
	result = wm__table_decode(copy, len, &t, error);
	free(copy);
	assert_true((result == 0) == (t != NULL));
	assert_true((result == 0) == (*error == NULL));
	wm__table_free(&t);
	return result;
}

static void
put_number(size_t at, uint32_t n)
{
	unsigned char le[4] = { (unsigned char)n, (unsigned char)(n >> 8),
		(unsigned char)(n >> 16), (unsigned char)(n >> 24) };

	memcpy(bytes.data + at, le, 4);
}

static void
a_table_comes_back_as_it_was(void **state)
{
	struct wm__table *t;
	const char *error;

	(void)state;
	assert_int_equal(wm__table_decode(bytes.data, bytes.len, &t, &error),
	    0);
	assert_string_equal(t->name, "app");
	assert_string_equal(t->version, "1.2");
	assert_int_equal(t->n_rows, 2);
	assert_string_equal(t->rows[0].name, "echo");
	assert_int_equal(t->rows[0].count, 3);
	assert_string_equal(t->rows[0].user, "nobody");
	assert_null(t->rows[0].group);
	assert_int_equal(t->rows[0].watchdog, 30);
	assert_int_equal(t->rows[1].watchdog, 0);
#define SAME(name) assert_true(t->rows[0].name == rows[0].name);
	WM__ROW_NUMBERS(SAME)
#undef SAME
#define NONE(name) assert_true(t->rows[1].name == 0);
	WM__ROW_NUMBERS(NONE)
#undef NONE
	assert_int_equal(t->rows[0].events, 1);
	assert_int_equal(t->rows[1].events, 0);
	assert_string_equal(t->rows[0].cpus, "0-3,8");
	assert_null(t->rows[1].cpus);
	assert_int_equal(t->rows[0].n_urls, 2);
	assert_string_equal(t->rows[0].urls[1], "raw+unix:///tmp/s");
	assert_memory_equal(t->rows[0].sockets, sockets, sizeof(sockets));
	assert_string_equal(t->rows[1].group, "users");
	assert_int_equal(t->rows[1].n_urls, 0);
	assert_int_equal(wm__table_slots(t), 4);
	wm__table_free(&t);
	wm__table_free(&t);
}

static void
a_refusal_comes_back_as_its_line(void **state)
{
	struct wm__table *t = NULL;
	const char *error;

	(void)state;
	wm_buf_fini(&bytes);
	wm__table_encode_refusal("the port is a potato", &bytes);
	assert_int_equal(wm__table_decode(bytes.data, bytes.len, &t, &error),
	    WM_E_POLICY);
	assert_string_equal(error, "the port is a potato");
	for (size_t len = 0; len < bytes.len; len++)
		assert_int_equal(decode(len, &error), WM_E_PROTOCOL);
	wm_buf_put(&bytes, "x", 1);
	assert_int_equal(decode(bytes.len, &error), WM_E_PROTOCOL);
}

static void
every_truncation_is_refused(void **state)
{
	const char *error;

	(void)state;
	for (size_t len = 0; len < bytes.len; len++)
		assert_int_equal(decode(len, &error), WM_E_PROTOCOL);
	assert_int_equal(decode(bytes.len, &error), 0);
}

static void
a_byte_too_many_is_refused(void **state)
{
	const char *error;

	(void)state;
	wm_buf_put(&bytes, "\0", 1);
	assert_int_equal(decode(bytes.len, &error), WM_E_PROTOCOL);
}

static void
no_changed_byte_does_harm(void **state)
{
	const char *error;

	(void)state;
	for (size_t i = 0; i < bytes.len; i++) {
		char was = bytes.data[i];

		for (int value = 0; value < 256; value++) {
			bytes.data[i] = (char)value;
			decode(bytes.len, &error);
		}
		bytes.data[i] = was;
	}
}

static void
another_version_is_named_so(void **state)
{
	const char *error;

	(void)state;
	put_number(0, WM__IPC_VERSION + 1);
	assert_int_equal(decode(bytes.len, &error), WM_E_VERSION);
	assert_non_null(strstr(error, "restart"));
}

static void
another_kind_is_refused(void **state)
{
	const char *error;

	(void)state;
	put_number(4, 0);
	assert_int_equal(decode(bytes.len, &error), WM_E_PROTOCOL);
	put_number(4, UINT32_MAX);
	assert_int_equal(decode(bytes.len, &error), WM_E_PROTOCOL);
}

static void
numbers_over_the_limits_are_refused(void **state)
{
	/* version, kind, "app", "1.2": 24 bytes; then rows; "echo": 9. */
	const char *error;

	(void)state;
	put_number(24, WM__ROWS_MAX + 1);
	assert_int_equal(decode(bytes.len, &error), WM_E_PROTOCOL);
	put_number(24, 0);
	assert_int_equal(decode(bytes.len, &error), WM_E_PROTOCOL);
	put_number(24, UINT32_MAX);
	assert_int_equal(decode(bytes.len, &error), WM_E_PROTOCOL);
	put_number(24, 2);
	put_number(37, 0);
	assert_int_equal(decode(bytes.len, &error), WM_E_PROTOCOL);
	put_number(37, WM__COUNT_MAX + 1);
	assert_int_equal(decode(bytes.len, &error), WM_E_PROTOCOL);
	put_number(37, WM__COUNT_MAX);
	assert_int_equal(decode(bytes.len, &error), 0);
	put_number(97, WM__WATCHDOG_MAX + 1); /* the last long number */
	assert_int_equal(decode(bytes.len, &error), WM_E_PROTOCOL);
	put_number(97, WM__WATCHDOG_MAX);
	assert_int_equal(decode(bytes.len, &error), 0);
}

/* A machine may have many CPUs; a version has bounds. */
static void
a_string_that_is_too_long_is_told_so(void **state)
{
	static char cpus[WM__CPUS_MAX + 2], version[258];
	struct wm__row row = { .name = TEXT("w"), .count = 1 };
	struct wm__table long_one = { .name = TEXT("app"),
		.version = TEXT("1"),
		.rows = &row,
		.n_rows = 1 };
	const char *error;

	(void)state;
	memset(cpus, '1', sizeof(cpus) - 1);
	memset(version, '1', sizeof(version) - 1);
	row.cpus = cpus + 1; /* as long as may be */
	wm_buf_fini(&bytes);
	wm__table_encode(&long_one, &bytes);
	assert_int_equal(decode(bytes.len, &error), 0);
	row.cpus = cpus;
	wm_buf_fini(&bytes);
	wm__table_encode(&long_one, &bytes);
	assert_int_equal(decode(bytes.len, &error), WM_E_PROTOCOL);
	assert_non_null(strstr(error, "too long"));
	row.cpus = NULL;
	long_one.version = version + 2;
	wm_buf_fini(&bytes);
	wm__table_encode(&long_one, &bytes);
	assert_int_equal(decode(bytes.len, &error), 0);
	long_one.version = version + 1;
	wm_buf_fini(&bytes);
	wm__table_encode(&long_one, &bytes);
	assert_int_equal(decode(bytes.len, &error), WM_E_PROTOCOL);
	assert_non_null(strstr(error, "too long"));
}

static void
names_are_judged(void **state)
{
	static const char *const bad[] = { "", "a b", "../x", "a/b", "-x",
		"a.b", "\xc3\xa9", "a\n" };
	char name[WM__NAME_MAX + 2];
	const char *error;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(wm__name_valid(bad[i]));
	assert_true(wm__name_valid("A-z_09"));
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_false(wm__name_valid(name));
	name[sizeof(name) - 2] = '\0';
	assert_true(wm__name_valid(name));
	bytes.data[12] = '/'; /* the application's */
	assert_int_equal(decode(bytes.len, &error), WM_E_PROTOCOL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, encode, discard)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_table_comes_back_as_it_was),
		TEST(a_refusal_comes_back_as_its_line),
		TEST(every_truncation_is_refused),
		TEST(a_byte_too_many_is_refused),
		TEST(no_changed_byte_does_harm),
		TEST(another_version_is_named_so),
		TEST(another_kind_is_refused),
		TEST(numbers_over_the_limits_are_refused),
		TEST(a_string_that_is_too_long_is_told_so),
		TEST(names_are_judged),
	};

	return UNIT_RUN(tests);
}
