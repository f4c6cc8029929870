/* SPDX-License-Identifier: MIT */
#include "framework/cli/conn_print.h"
#include "tests/support/unit.h"

static const char *const lines[] = {
	"pid=1234 worker=echo slot=1 id=2199023255553 trans=tcp protocol=text "
	"ipv4=1 ipv6=0 recv_q=4 send_q=123456789 bytes_r=99999 bytes_w=100000 "
	"requests=7 age=59 idle=3600 tls=- state=open local=127.0.0.1:80 "
	"foreign=127.0.0.1:50001",
	"pid=5 worker=echo slot=0 id=1 trans=unix protocol=http ipv4=0 ipv6=0 "
	"recv_q=0 send_q=0 bytes_r=0 bytes_w=0 requests=0 age=270000 idle=200 "
	"tls=- state=answering local=unix:/run/%22a%20b%1B[2J "
	"foreign=unix:",
};

static struct wm_buf out;

static const char *
text(void)
{
	wm_buf_put(&out, "", 1);
	return out.data;
}

static int
clear(void **state)
{
	(void)state;
	wm_buf_fini(&out);
	return 0;
}

static void
a_table_has_all_columns(void **state)
{
	(void)state;
	wm__conn_table(lines, 2, 0, &out);
	assert_string_equal(text(),
	    " PID  WORKER            CID  TRANS  PROTOCOL  IPV4  IPV6  RECV-Q"
	    "  SEND-Q  BYTES-R  BYTES-W  REQUESTS   AGE   IDLE  TLS  STATUS"
	    "     LOCAL               FOREIGN\n"
	    "1234  echo/1  2199023255553  tcp    text         1     0       4"
	    "    118M    99999    97.7K         7   59s   1h0m  -    open"
	    "       127.0.0.1:80        127.0.0.1:50001\n"
	    "   5  echo/0              1  unix   http         0     0       0"
	    "       0        0        0         0  3d3h  3m20s  -    answering"
	    "  unix:/run/\"a b?[2J  unix:\n");
}

static void
a_narrow_table_leaves_columns_out_and_says_so(void **state)
{
	const char *p;

	(void)state;
	wm__conn_table(lines, 2, 80, &out);
	for (p = text(); *p != '\0' && *p != '\n'; p += strcspn(p, "\n") + 1)
		assert_true(strcspn(p, "\n") <= 80);
	assert_non_null(strstr(out.data, "RECV-Q  SEND-Q"));
	assert_non_null(strstr(out.data, "127.0.0.1:50001\n"));
	assert_non_null(strstr(out.data, "\nnot shown in this width: "));
	assert_non_null(strstr(out.data, " IPV4 IPV6 "));
	assert_null(strstr(out.data, "97.7K"));
}

static void
a_very_narrow_one_is_cut(void **state)
{
	(void)state;
	wm__conn_table(lines, 2, 10, &out);
	assert_non_null(strstr(text(), "..0001\n"));
}

static void
without_connections_there_are_headings(void **state)
{
	(void)state;
	wm__conn_table(NULL, 0, 0, &out);
	assert_memory_equal(text(), "PID  WORKER  CID", 16);
	assert_int_equal(strcspn(out.data, "\n") + 2, out.len);
}

static void
json_is_whole(void **state)
{
	(void)state;
	wm__conn_json(lines, 2,
	    "ROW missing pid=9 worker=a slot=3 why=does%20not%20answer\n",
	    &out);
	assert_string_equal(text(),
	    "{\n  \"connections\": [\n"
	    "    {\"pid\": 1234, \"worker\": \"echo\", \"slot\": 1, "
	    "\"id\": \"2199023255553\", \"trans\": \"tcp\", "
	    "\"protocol\": \"text\", \"ipv4\": 1, \"ipv6\": 0, "
	    "\"recv_q\": 4, \"send_q\": 123456789, \"bytes_r\": 99999, "
	    "\"bytes_w\": 100000, \"requests\": 7, \"age\": 59, "
	    "\"idle\": 3600, \"tls\": \"-\", \"state\": \"open\", "
	    "\"local\": \"127.0.0.1:80\", "
	    "\"foreign\": \"127.0.0.1:50001\"},\n"
	    "    {\"pid\": 5, \"worker\": \"echo\", \"slot\": 0, "
	    "\"id\": \"1\", \"trans\": \"unix\", "
	    "\"protocol\": \"http\", \"ipv4\": 0, \"ipv6\": 0, "
	    "\"recv_q\": 0, \"send_q\": 0, \"bytes_r\": 0, "
	    "\"bytes_w\": 0, \"requests\": 0, \"age\": 270000, "
	    "\"idle\": 200, \"tls\": \"-\", \"state\": \"answering\", "
	    "\"local\": \"unix:/run/\\\"a b\\u001b[2J\", "
	    "\"foreign\": \"unix:\"}\n"
	    "  ],\n  \"missing\": [\n"
	    "    {\"pid\": 9, \"worker\": \"a\", \"slot\": 3, "
	    "\"why\": \"does not answer\"}\n"
	    "  ]\n}\n");
}

static void
json_of_nothing_has_both_lists(void **state)
{
	(void)state;
	wm__conn_json(NULL, 0, "", &out);
	assert_string_equal(text(),
	    "{\n  \"connections\": [],\n  \"missing\": []\n}\n");
}

/* A worker that claims nothing, or the master's own words. */
static void
what_a_row_lacks_is_null(void **state)
{
	static const char *const forged[] = {
		"pid=7 worker=w slot=0 pid=1 worker=x state=open"
	};

	(void)state;
	wm__conn_json(forged, 1, "", &out);
	assert_non_null(strstr(text(), "{\"pid\": 7, \"worker\": \"w\", "));
	assert_non_null(strstr(out.data, "\"id\": null, "));
}

static void
who_is_missing_is_said_in_words(void **state)
{
	char buf[200];

	(void)state;
	wm__conn_missing(" pid=9 worker=a slot=3 why=does%20not%20answer", buf,
	    sizeof(buf));
	assert_string_equal(buf, "worker a/3 (pid 9) does not answer");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_table_has_all_columns, clear),
		cmocka_unit_test_teardown(
		    a_narrow_table_leaves_columns_out_and_says_so, clear),
		cmocka_unit_test_teardown(a_very_narrow_one_is_cut, clear),
		cmocka_unit_test_teardown(
		    without_connections_there_are_headings, clear),
		cmocka_unit_test_teardown(json_is_whole, clear),
		cmocka_unit_test_teardown(json_of_nothing_has_both_lists,
		    clear),
		cmocka_unit_test_teardown(what_a_row_lacks_is_null, clear),
		cmocka_unit_test(who_is_missing_is_said_in_words),
	};

	return UNIT_RUN(tests);
}
