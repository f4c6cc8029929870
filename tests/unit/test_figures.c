/* SPDX-License-Identifier: MIT */
#include "framework/cli/figures.h"
#include "tests/support/unit.h"

static char buf[64];

static const char *
of(void (*fn)(unsigned long long, char *, size_t), unsigned long long n)
{
	fn(n, buf, sizeof(buf));
	return buf;
}

static void
numbers_are_short(void **state)
{
	(void)state;
	assert_string_equal(of(wm__figure_short, 0), "0");
	assert_string_equal(of(wm__figure_short, 9999), "9999");
	assert_string_equal(of(wm__figure_short, 10000), "10k");
	assert_string_equal(of(wm__figure_short, 999999), "999k");
	assert_string_equal(of(wm__figure_short, 1000000), "1.0M");
	assert_string_equal(of(wm__figure_short, 4590000), "4.5M");
	assert_string_equal(of(wm__figure_short, 45900000), "45M");
	assert_string_equal(of(wm__figure_short, ~0ull), "18E");
}

static void
bytes_are_short(void **state)
{
	(void)state;
	assert_string_equal(of(wm__figure_bytes, 0), "0.0M");
	assert_string_equal(of(wm__figure_bytes, 512 << 10), "0.5M");
	assert_string_equal(of(wm__figure_bytes, 9 << 20), "9.0M");
	assert_string_equal(of(wm__figure_bytes, 12 << 20), "12M");
	assert_string_equal(of(wm__figure_bytes, 999ull << 20), "999M");
	assert_string_equal(of(wm__figure_bytes, 1000ull << 20), "0.9G");
	assert_string_equal(of(wm__figure_bytes, 1536ull << 20), "1.5G");
	assert_string_equal(of(wm__figure_bytes, 20ull << 30), "20G");
}

static void
ages_are_short(void **state)
{
	(void)state;
	assert_string_equal(of(wm__figure_age, 999), "0s");
	assert_string_equal(of(wm__figure_age, 59999), "59s");
	assert_string_equal(of(wm__figure_age, 60000), "1m");
	assert_string_equal(of(wm__figure_age, 3600000), "1h");
	assert_string_equal(of(wm__figure_age, 86400000), "1d");
	assert_string_equal(of(wm__figure_uptime, 93784000),
	    "1 d 2 h 3 min 4 s");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_short),
		cmocka_unit_test(bytes_are_short),
		cmocka_unit_test(ages_are_short),
	};

	return UNIT_RUN(tests);
}
