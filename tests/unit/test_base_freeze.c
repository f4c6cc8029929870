/* SPDX-License-Identifier: MIT */
#include "framework/base/freeze.h"
#include "tests/support/unit.h"

static struct wm_buf bytes;

static void
write_some(void)
{
	struct wm_freezer f = { &bytes };
	size_t begun;

	wm_freeze_number(&f, UINT64_MAX);
	wm_freeze_bytes(&f, "a\0b", 3);
	begun = wm__freeze_open(&f);
	wm_freeze_string(&f, "inner");
	wm_freeze_number(&f, 7);
	wm__freeze_close(&f, begun);
	wm_freeze_string(&f, NULL);
	wm_freeze_number(&f, 0);
	assert_false(bytes.failed);
}

static int
clear(void **state)
{
	(void)state;
	wm_buf_fini(&bytes);
	return 0;
}

static void
values_come_back_in_their_order(void **state)
{
	struct wm_thawer t, inner;
	struct wm_span span;

	(void)state;
	write_some();
	t = (struct wm_thawer){ .data = bytes.data, .len = bytes.len };
	assert_true(wm_thaw_number(&t) == UINT64_MAX);
	span = wm_thaw_bytes(&t);
	assert_int_equal(span.len, 3);
	assert_memory_equal(span.data, "a\0b", 4); /* a NUL follows */
	inner = wm__thaw_open(&t);
	assert_string_equal(wm_thaw_string(&inner), "inner");
	assert_true(wm_thaw_number(&inner) == 7);
	assert_true(wm_thaw_ok(&inner));
	assert_string_equal(wm_thaw_string(&t), "");
	assert_true(wm_thaw_number(&t) == 0);
	assert_true(wm_thaw_ok(&t));
	assert_int_equal(t.pos, t.len);
}

/* Reads it all from a copy of exactly that size. */
static bool
reads(size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);
	struct wm_thawer t = { .data = copy, .len = len }, inner;
	bool ok;

	memcpy(copy, bytes.data, len);
	wm_thaw_number(&t);
	wm_thaw_bytes(&t);
	inner = wm__thaw_open(&t);
	wm_thaw_string(&inner);
	wm_thaw_number(&inner);
	wm_thaw_string(&t);
	wm_thaw_number(&t);
	ok = wm_thaw_ok(&t) && wm_thaw_ok(&inner);
	free(copy);
	return ok;
}

static void
every_truncation_is_noticed(void **state)
{
	(void)state;
	write_some();
	assert_true(reads(bytes.len));
	for (size_t len = 0; len < bytes.len; len++)
		assert_false(reads(len));
}

/* Whatever the bytes are, reading them stays inside and ends. */
static void
garbage_is_survived(void **state)
{
	(void)state;
	write_some();
	for (size_t i = 0; i < bytes.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			bytes.data[i] = (char)(bytes.data[i] ^ (1 << bit));
			reads(bytes.len);
			bytes.data[i] = (char)(bytes.data[i] ^ (1 << bit));
		}
	assert_true(reads(bytes.len));
}

static void
a_value_of_another_kind_is_none(void **state)
{
	struct wm_freezer f = { &bytes };
	struct wm_thawer t;

	(void)state;
	wm_freeze_number(&f, 3);
	wm_freeze_number(&f, 4);
	t = (struct wm_thawer){ .data = bytes.data, .len = bytes.len };
	assert_string_equal(wm_thaw_string(&t), "");
	assert_false(wm_thaw_ok(&t));
	assert_true(wm_thaw_number(&t) == 0); /* nothing more is read */
}

static void
a_string_with_a_nul_inside_is_no_string(void **state)
{
	struct wm_freezer f = { &bytes };
	struct wm_thawer t;

	(void)state;
	wm_freeze_bytes(&f, "a\0b", 3);
	t = (struct wm_thawer){ .data = bytes.data, .len = bytes.len };
	assert_string_equal(wm_thaw_string(&t), "");
	assert_false(wm_thaw_ok(&t));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_teardown(f, clear)
		TEST(values_come_back_in_their_order),
		TEST(every_truncation_is_noticed),
		TEST(garbage_is_survived),
		TEST(a_value_of_another_kind_is_none),
		TEST(a_string_with_a_nul_inside_is_no_string),
#undef TEST
	};

	return UNIT_RUN(tests);
}
