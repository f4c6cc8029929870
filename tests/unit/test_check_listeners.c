/* SPDX-License-Identifier: MIT */
/* check_listeners.c: the table's addresses. */
#include "tests/support/unit.h"

#include <errno.h>

#include "framework/base/system.h"
#include "framework/cli/check_listeners.h"

static struct wm__finding found;

static struct wm__finding *
fresh(void)
{
	found = (struct wm__finding){ 0 };
	return &found;
}

static void
port(int error, bool ours)
{
	struct wm__port_facts facts = { .worker = "w",
		.address = "127.0.0.1:80",
		.port = 80,
		.ours = ours,
		.error = error,
		.low = 1024 };

	wm__judge_port(&facts, fresh());
}

static void
a_port_is_free_or_ours(void **state)
{
	port(0, false);
	assert_int_equal(found.level, WM__CHECK_OK);
	assert_string_equal(found.text, "worker w: 127.0.0.1:80 is free");
	port(0, true);
	assert_int_equal(found.level, WM__CHECK_OK);
	assert_non_null(strstr(found.text, "running master's"));
}

static void
each_error_of_bind_is_missing_and_says_why(void **state)
{
	static const struct {
		int error;
		const char *text, *mend;
	} cases[] = {
		{ EADDRINUSE, "in use by another program",
		    "ss -ltnp 'sport = :80'" },
		{ EACCES, "ports below 1024 are for root",
		    "sysctl -w net.ipv4.ip_unprivileged_port_start=80" },
		{ EADDRNOTAVAIL, "does not have the address",
		    "ip address show" },
		{ EAFNOSUPPORT, "has no such addresses", "modprobe ipv6" },
		{ ENOBUFS, "buffer space", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		port(cases[i].error, false);
		assert_int_equal(found.level, WM__CHECK_MISSING);
		assert_non_null(strstr(found.text, cases[i].text));
		assert_string_equal(found.mend, cases[i].mend);
	}
}

static void
what_a_silent_master_may_have_is_a_warning(void **state)
{
	struct wm__port_facts of_port = { .worker = "w",
		.address = "127.0.0.1:80",
		.port = 80,
		.silent = true,
		.error = EADDRINUSE };
	struct wm__unix_facts of_path = { .worker = "w",
		.path = "/s",
		.silent = true,
		.state = WM__UNIX_LIVE };

	wm__judge_port(&of_port, fresh());
	assert_int_equal(found.level, WM__CHECK_WARN);
	assert_non_null(strstr(found.text, "does not answer"));
	of_port.error = EACCES;
	wm__judge_port(&of_port, fresh());
	assert_int_equal(found.level, WM__CHECK_MISSING);
	wm__judge_unix(&of_path, fresh());
	assert_int_equal(found.level, WM__CHECK_WARN);
	assert_non_null(strstr(found.text, "does not answer"));
}

static void
unix_socket(enum wm__unix_state is, bool ours, int forbidden)
{
	struct wm__unix_facts facts = { .worker = "w",
		.path = "/a b/s",
		.ours = ours,
		.state = is,
		.forbidden = forbidden };

	wm__judge_unix(&facts, fresh());
}

static void
a_unix_socket_is_free_ours_stale_or_in_the_way(void **state)
{
	unix_socket(WM__UNIX_ABSENT, false, 0);
	assert_int_equal(found.level, WM__CHECK_OK);
	unix_socket(WM__UNIX_LIVE, true, 0);
	assert_int_equal(found.level, WM__CHECK_OK);
	unix_socket(WM__UNIX_STALE, false, 0);
	assert_int_equal(found.level, WM__CHECK_WARN);
	assert_string_equal(found.mend, "rm '/a b/s'");
	unix_socket(WM__UNIX_OTHER, false, 0);
	assert_int_equal(found.level, WM__CHECK_MISSING);
	unix_socket(WM__UNIX_LIVE, false, 0);
	assert_int_equal(found.level, WM__CHECK_MISSING);
	assert_string_equal(found.mend, "ss -lxp src '/a b/s'");
	unix_socket(WM__UNIX_ABSENT, false, ENOENT);
	assert_int_equal(found.level, WM__CHECK_MISSING);
	assert_string_equal(found.mend, "mkdir -p '/a b'");
}

static void
ports_that_outgoing_connections_get_are_a_warning(void **state)
{
	struct wm__range_facts facts = { 32768, 60999, "", "" };

	wm__judge_port_range(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
	facts.inside = "40000,40001";
	wm__judge_port_range(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_WARN);
	assert_string_equal(found.mend,
	    "sysctl -w net.ipv4.ip_local_reserved_ports=40000,40001");
	facts.reserved = "7-9";
	wm__judge_port_range(&facts, fresh());
	assert_string_equal(found.mend,
	    "sysctl -w net.ipv4.ip_local_reserved_ports=7-9,40000,40001");
	facts.first = WM__SYSTEM_UNKNOWN;
	wm__judge_port_range(&facts, fresh());
	assert_int_equal(found.level, WM__CHECK_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_is_free_or_ours),
		cmocka_unit_test(each_error_of_bind_is_missing_and_says_why),
		cmocka_unit_test(what_a_silent_master_may_have_is_a_warning),
		cmocka_unit_test(
		    a_unix_socket_is_free_ours_stale_or_in_the_way),
		cmocka_unit_test(
		    ports_that_outgoing_connections_get_are_a_warning),
	};

	return UNIT_RUN(tests);
}
