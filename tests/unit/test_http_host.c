/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "protocols/http/host.h"

static bool
ok(const char *text)
{
	return wm__http_host_ok((struct wm_span){ text, strlen(text) });
}

static void
takes_names_addresses_and_ports(void **state)
{
	static const char *const good[] = { "a", "example.org",
		"example.org:8080", "example.org:", "127.0.0.1:1", "a_b",
		"localhost:65535", "[::1]", "[2001:db8::1]:80",
		"[::]:", "[::ffff:192.0.2.1]", "a%41b", "xn--nxasmq6b", "a.b.",
		NULL };
	size_t i;

	(void)state;
	for (i = 0; good[i] != NULL; i++)
		if (!ok(good[i]))
			fail_msg("refused: %s", good[i]);
}

static void
refuses_everything_else(void **state)
{
	static const char *const bad[] = { "", ":", ":80", "a:0", "a:65536",
		"a:080800", "a:8x", "a:-1", "a:+1", "a: 1", "a b", "u@a",
		"u:p@a", "a/b", "a?b", "a#b", "a\\b", "[::1", "::1", "[::1]a",
		"[::1]80", "[]", "[::1%25eth0]", "[v1.a]", "[1.2.3.4]",
		"[fe80::1%eth0]", "a%4", "a%zz", "a%00b", "\xc3\xa4.de",
		"a:80:80", "[0000:0000:0000:0000:0000:0000:0000:0000:0000:00]",
		NULL };
	size_t i;

	(void)state;
	for (i = 0; bad[i] != NULL; i++)
		if (ok(bad[i]))
			fail_msg("taken: %s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_names_addresses_and_ports),
		cmocka_unit_test(refuses_everything_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
