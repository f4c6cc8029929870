/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "protocols/websocket/mask.h"

static const char key[4] = { 0x01, (char)0x82, 0x43, (char)0xc4 };

static void
unmasks_every_length_at_every_alignment(void **state)
{
	char got[192], want[192];
	size_t at, len, i;

	(void)state;
	for (at = 0; at < 33; at++)
		for (len = 0; len < 140; len++) {
			for (i = 0; i < sizeof(got); i++)
				got[i] = want[i] = (char)(i * 37);
			for (i = 0; i < len; i++)
				want[at + i] =
				    (char)(want[at + i] ^ key[i & 3]);
			wm__ws_unmask(got + at, len, key);
			assert_memory_equal(got, want, sizeof(got));
		}
}

static void
sees_every_byte_that_is_not_ascii(void **state)
{
	char data[100];
	size_t len, bad, i;

	(void)state;
	for (len = 0; len < sizeof(data); len++)
		for (bad = 0; bad <= len; bad++) {
			for (i = 0; i < len; i++)
				data[i] = (char)(0x7f ^ key[i & 3]);
			if (bad < len)
				data[bad] = (char)(0x80 ^ key[bad & 3]);
			assert_int_equal(wm__ws_unmask(data, len, key),
			    bad == len);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unmasks_every_length_at_every_alignment),
		cmocka_unit_test(sees_every_byte_that_is_not_ascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
