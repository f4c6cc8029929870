/* SPDX-License-Identifier: MIT */
#include <workerman/network.h>

#include "tests/support/unit.h"

static struct wm_host
host_of(const char *text)
{
	struct wm_host host = { { 0 } };

	if (!wm_host_parse(&host, text))
		fail_msg("%s", text);
	return host;
}

static bool
has(const char *network, const char *host)
{
	const char *const list[] = { "203.0.113.9", network, NULL };
	struct wm_host h = host_of(host);

	return wm_networks_have(list, &h);
}

static void
formats_what_it_parsed(void **state)
{
	struct wm_host host = { { 0 } };
	char text[64];

	(void)state;
	assert_string_equal(wm_host_format(&host, text, sizeof(text)), "unix");
	host = host_of("192.0.2.1");
	assert_string_equal(wm_host_format(&host, text, sizeof(text)),
	    "192.0.2.1");
	assert_string_equal(wm_host_format(&host, text, 5), "192.");
	host = host_of("2001:DB8::1");
	assert_string_equal(wm_host_format(&host, text, sizeof(text)),
	    "2001:db8::1");
	assert_false(wm_host_parse(&host, "192.0.2.1:80"));
	assert_false(wm_host_parse(&host, ""));
}

static void
knows_which_host_is_in_which_network(void **state)
{
	struct wm_host unix_host = { { 0 } };
	const char *const unix_list[] = { "10.0.0.0/8", "unix", NULL };

	(void)state;
	assert_true(has("192.0.2.1", "192.0.2.1"));
	assert_false(has("192.0.2.1", "192.0.2.2"));
	assert_true(has("10.0.0.0/8", "10.255.0.1"));
	assert_false(has("10.0.0.0/8", "11.0.0.1"));
	assert_true(has("192.0.2.128/25", "192.0.2.129"));
	assert_false(has("192.0.2.128/25", "192.0.2.127"));
	assert_true(has("0.0.0.0/0", "192.0.2.127"));
	assert_false(has("0.0.0.0/0", "2001:db8::1"));
	assert_true(has("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(has("2001:db8::/33", "2001:db8:8000::1"));
	assert_true(has("::/0", "192.0.2.127"));
	assert_false(has("no network", "192.0.2.127"));
	assert_true(wm_networks_have(unix_list, &unix_host));
	assert_false(wm_networks_have(NULL, &unix_host));
}

static void
says_what_is_no_network(void **state)
{
	static const char *const bad[] = { "", "10.0.0.0/", "10.0.0.0/33",
		"10.0.0.0/-1", "10.0.0.0/8x", "10/8", "::/129", "Unix",
		"2001:db8::1%lo", "example.com",
		"10.0.0.0/8                                             " };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(wm_network_valid(bad[i]));
	assert_true(wm_network_valid("10.0.0.0/0"));
	assert_true(wm_network_valid("unix"));
	assert_true(wm_network_valid("::1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_what_it_parsed),
		cmocka_unit_test(knows_which_host_is_in_which_network),
		cmocka_unit_test(says_what_is_no_network),
	};

	return UNIT_RUN(tests);
}
