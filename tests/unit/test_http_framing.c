/* SPDX-License-Identifier: MIT */
/*
 * Bodies: of known length and chunked (RFC 9112 sections 6 and 7), 100
 * Continue, and what a peer can make us keep or do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/http_app.h"

#define SIZED(n) "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: " n "\r\n\r\n"
#define CHUNKED                                                                \
	"POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
#define EXPECT "POST /b HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"

struct row {
	const char *input;
	size_t len;
	const char *body;   /* that the application sees, or null */
	const char *status; /* if it sees none */
};

#define GIVES(input, body)                                                     \
	{                                                                      \
		CHUNKED input, sizeof(CHUNKED input) - 1, body, "200"          \
	}
#define FAILS(input, status)                                                   \
	{                                                                      \
		CHUNKED input, sizeof(CHUNKED input) - 1, NULL, status         \
	}

/* clang-format off */
static const struct row rows[] = {
	{ SIZED("3") "abc", sizeof(SIZED("3") "abc") - 1, "abc", "200" },
	{ SIZED("0"), sizeof(SIZED("0")) - 1, "", "200" },
	GIVES("0\r\n\r\n", ""),
	GIVES("3\r\nabc\r\n0\r\n\r\n", "abc"),
	GIVES("3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", "abc0123456789"),
	GIVES("00000000000000a\r\n0123456789\r\n000\r\n\r\n", "0123456789"),
	GIVES("2\r\n\r\n\r\n0\r\n\r\n", "\r\n"),
	GIVES("1;a\r\nx\r\n1;a=b;c=\"d\\\" ;\"\r\ny\r\n0;e\r\n\r\n", "xy"),
	GIVES("1\r\nx\r\n0\r\nA: b\r\nC:\r\n\r\n", "x"),
	/* chunk sizes */
	FAILS("\r\n0\r\n\r\n", "400"),
	FAILS("x\r\n0\r\n\r\n", "400"),
	FAILS("0x1\r\na\r\n0\r\n\r\n", "400"),
	FAILS("+1\r\na\r\n0\r\n\r\n", "400"),
	FAILS("-1\r\na\r\n0\r\n\r\n", "400"),
	FAILS(" 1\r\na\r\n0\r\n\r\n", "400"),
	FAILS("1 \r\na\r\n0\r\n\r\n", "400"),
	FAILS("1_0\r\na\r\n0\r\n\r\n", "400"),
	FAILS("00000000000000001\r\na\r\n0\r\n\r\n", "400"),
	FAILS("10000000000000000\r\na\r\n0\r\n\r\n", "400"),
	FAILS("ffffffffffffffff\r\na\r\n0\r\n\r\n", "413"),
	FAILS("a00001\r\na\r\n0\r\n\r\n", "413"),
	/* line ends */
	FAILS("1\na\r\n0\r\n\r\n", "400"),
	FAILS("1\rX\na\r\n0\r\n\r\n", "400"),
	FAILS("1\r\r\na\r\n0\r\n\r\n", "400"),
	FAILS("1\r\naX\r\n0\r\n\r\n", "400"),
	FAILS("1\r\na\n0\r\n\r\n", "400"),
	FAILS("1\r\na\rX0\r\n\r\n", "400"),
	FAILS("1\r\na0\r\n\r\n", "400"),
	FAILS("0\r\n\n", "400"),
	FAILS("0\n\r\n", "400"),
	FAILS("0\r\n\rX\r\n\r\n", "400"),
	/* extensions */
	FAILS("1 ;a\r\nx\r\n0\r\n\r\n", "400"),
	FAILS("1;a\rb\r\nx\r\n0\r\n\r\n", "400"),
	FAILS("1;a\nb\r\nx\r\n0\r\n\r\n", "400"),
	FAILS("1;a\0\r\nx\r\n0\r\n\r\n", "400"),
	FAILS("1;\r\nx\r\n0\r\n\r\n", "400"),
	FAILS("1;a;\r\nx\r\n0\r\n\r\n", "400"),
	FAILS("1;a=\r\nx\r\n0\r\n\r\n", "400"),
	FAILS("1;a b\r\nx\r\n0\r\n\r\n", "400"),
	FAILS("1;a=b c\r\nx\r\n0\r\n\r\n", "400"),
	FAILS("1;a=\"b\r\nx\r\n0\r\n\r\n", "400"),
	FAILS("1;a=\"b\\\"\r\nx\r\n0\r\n\r\n", "400"),
	FAILS("1;a=\"b\001\"\r\nx\r\n0\r\n\r\n", "400"),
	/* trailers */
	FAILS("0\r\n A: b\r\n\r\n", "400"),
	FAILS("0\r\nA: b\r\n c\r\n\r\n", "400"),
	FAILS("0\r\nA : b\r\n\r\n", "400"),
	FAILS("0\r\n: b\r\n\r\n", "400"),
	FAILS("0\r\nA: b\nC: d\r\n\r\n", "400"),
	FAILS("0\r\nA: b\rC: d\r\n\r\n", "400"),
	FAILS("0\r\nA: b\0\r\n\r\n", "400"),
	FAILS("0\r\nContent-Length: 1\r\n\r\n", "400"),
	FAILS("0\r\nTransfer-Encoding: chunked\r\n\r\n", "400"),
	FAILS("0\r\nHost: b\r\n\r\n", "400"),
};
/* clang-format on */

static void
check(struct wm_conn *c, void *arg)
{
	const struct row *row = arg;
	char line[64];

	if (strcmp(app_statuses(c), row->status) != 0)
		fail_msg("%s\n%s instead of %s", row->input, app_statuses(c),
		    row->status);
	assert_int_equal(fake_closed(c), row->body == NULL);
	assert_int_equal(app.delivered, row->body != NULL);
	if (row->body != NULL) {
		snprintf(line, sizeof(line), "POST /b [%s]\n", row->body);
		assert_true(app_was_asked(line));
		assert_int_equal(fake_buffered(c), 0);
	}
	app_reset();
}

static void
each_body_comes_whole_or_is_refused_however_it_is_split(void **state)
{
	struct row row;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		row = rows[i];
		feed_all_ways(&http_setup, row.input, row.len, check, &row);
	}
}

static void
check_behind(struct wm_conn *c, void *arg)
{
	const char *status = arg;
	bool good = strcmp(status, "200") == 0;

	assert_string_equal(app_statuses(c), good ? "200 200 200" : status);
	assert_int_equal(app_was_asked("GET /behind []"), good);
	app_reset();
}

static void
what_stands_behind_a_body_is_the_next_request_or_nothing(void **state)
{
	static const char first[] = GOOD("/first"), last[] = GOOD("/behind");
	struct wm_buf input = WM_BUF_INIT;
	char want[16];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(want, sizeof(want), "%s%s",
		    rows[i].body != NULL ? "" : "200 ", rows[i].status);
		input.len = 0;
		wm_buf_puts(&input, first);
		wm_buf_put(&input, rows[i].input, rows[i].len);
		wm_buf_puts(&input, last);
		feed_all_ways(&http_setup, input.data, input.len, check_behind,
		    want);
	}
	wm_buf_fini(&input);
}

static void
a_body_over_the_limit_is_refused_before_it_comes(void **state)
{
	const struct wm_limits limits = { .message = 100 };
	struct fake_setup setup = http_setup;
	struct wm_conn *c;

	(void)state;
	setup.limits = &limits;
	c = fake_new(&setup);
	fake_feed(c, SIZED("101"), sizeof(SIZED("101")) - 1);
	assert_string_equal(app_statuses(c), "413");
	assert_int_equal(fake_reason(c), WM_CLOSE_TOO_BIG);
	fake_free(&c);
	c = fake_new(&setup);
	fake_feed(c, CHUNKED "60\r\n", sizeof(CHUNKED "60\r\n") - 1);
	assert_string_equal(app_statuses(c), "");
	fake_free(&c);
	c = fake_new(&setup);
	fake_feed(c, CHUNKED "65\r\n", sizeof(CHUNKED "65\r\n") - 1);
	assert_string_equal(app_statuses(c), "413");
	fake_free(&c);
	c = fake_new(&setup);
	fake_feed(c, CHUNKED "1\r\nx\r\n64\r\n",
	    sizeof(CHUNKED "1\r\nx\r\n64\r\n") - 1);
	assert_string_equal(app_statuses(c), "413");
	fake_free(&c);
}

/* Feeds `text` n times, as it is or byte by byte. */
static void
feed_often(struct wm_conn *c, const char *text, unsigned n, bool by_bytes)
{
	size_t len = strlen(text), i;

	while (n-- > 0 && !fake_closed(c))
		if (by_bytes)
			for (i = 0; i < len; i++)
				fake_feed(c, text + i, 1);
		else
			fake_feed(c, text, len);
}

static void
chunks_of_one_byte_take_the_memory_of_their_data(void **state)
{
	struct wm_conn *c = fake_new(&http_setup);
	const unsigned n = 300000;

	(void)state;
	fake_set_roomy(c);
	feed_often(c, CHUNKED, 1, false);
	feed_often(c, "1\r\nx\r\n", n, true);
	assert_true(fake_buffered_max(c) < n + 200);
	feed_often(c, "0\r\n\r\n", 1, false);
	assert_string_equal(app_statuses(c), "200");
	assert_int_equal(app.transcript.len, n + 11);
	fake_free(&c);
}

static void
many_chunks_in_one_read_come_out_as_one_body(void **state)
{
	struct wm_conn *c = fake_new(&http_setup);
	struct wm_buf b = WM_BUF_INIT;
	unsigned i;

	(void)state;
	wm_buf_puts(&b, CHUNKED);
	for (i = 0; i < 10000; i++)
		wm_buf_puts(&b, "2\r\nab\r\n");
	wm_buf_puts(&b, "0\r\n\r\n" GOOD("/next"));
	fake_feed(c, b.data, b.len);
	assert_string_equal(app_statuses(c), "200 200");
	assert_true(app_was_asked("abab]\nGET /next []"));
	wm_buf_fini(&b);
	fake_free(&c);
}

static void
a_sized_body_that_dribbles_is_not_looked_at_again(void **state)
{
	struct wm_conn *c = fake_new(&http_setup);

	(void)state;
	fake_set_roomy(c);
	feed_often(c, SIZED("1000000"), 1, false);
	feed_often(c, "x", 999999, true);
	assert_string_equal(app_statuses(c), "");
	feed_often(c, "x", 1, true);
	assert_string_equal(app_statuses(c), "200");
	fake_free(&c);
}

static void
refuses_endless(const char *begin, const char *part, const char *status)
{
	struct wm_conn *c;
	int by;

	for (by = 0; by < 2; by++) {
		c = fake_new(&http_setup);
		feed_often(c, begin, 1, false);
		feed_often(c, part, 50000, by);
		assert_string_equal(app_statuses(c), status);
		assert_true(fake_buffered_max(c) < 64 << 10);
		fake_free(&c);
	}
}

static void
endless_framing_is_refused_at_a_limit(void **state)
{
	(void)state;
	refuses_endless(CHUNKED "1;", "a", "413");
	refuses_endless(CHUNKED, "1;aaaaaaaaaaaaaaaaa\r\nx\r\n", "413");
	refuses_endless(CHUNKED, "0", "413");
	refuses_endless(CHUNKED "0\r\n", "A:b\r\n", "431");
	refuses_endless(CHUNKED "0\r\n", "AAAAAAAAAAAAAAAA", "431");
	refuses_endless(CHUNKED "0\r\nA: ", "bbbbbbbbbbbbbbbb", "431");
}

static void
an_expected_continue_is_given_once(void **state)
{
	struct wm_conn *c = app_fed(EXPECT "Content-Length: 2\r\n\r\n");

	(void)state;
	assert_string_equal(app_statuses(c), "100");
	feed_often(c, "a", 1, false);
	feed_often(c, "b" GOOD("/next"), 1, false);
	assert_string_equal(app_statuses(c), "100 200 200");
	fake_free(&c);
	c = app_fed(EXPECT "Transfer-Encoding: chunked\r\n\r\n");
	assert_string_equal(app_statuses(c), "100");
	feed_often(c, "1\r\na\r\n0\r\n\r\n", 1, true);
	assert_string_equal(app_statuses(c), "100 200");
	fake_free(&c);
}

static void
no_continue_when_the_body_is_there_or_none_is(void **state)
{
	struct wm_conn *c = app_fed(EXPECT "Content-Length: 2\r\n\r\na");

	(void)state;
	assert_string_equal(app_statuses(c), "");
	fake_free(&c);
	c = app_fed(EXPECT "Content-Length: 0\r\n\r\n");
	assert_string_equal(app_statuses(c), "200");
	fake_free(&c);
	c = app_fed("POST / HTTP/1.0\r\nExpect: 100-continue\r\n"
		    "Content-Length: 2\r\n\r\n");
	assert_string_equal(app_statuses(c), "");
	fake_free(&c);
}

static void
a_refused_body_is_not_asked_for(void **state)
{
	struct wm_conn *c = app_fed(EXPECT "Content-Length: 99999999\r\n\r\n");

	(void)state;
	assert_string_equal(app_statuses(c), "413");
	fake_free(&c);
}

static void
continue_waits_for_earlier_answers(void **state)
{
	struct wm_conn *c;

	(void)state;
	app.defer = true;
	c = app_fed(GOOD("/first") EXPECT "Content-Length: 2\r\n\r\n");
	assert_string_equal(app_statuses(c), "");
	assert_int_equal(app_answer(0, "first"), 0);
	assert_string_equal(app_statuses(c), "200 100");
	app.defer = false;
	feed_often(c, "ab", 1, false);
	assert_string_equal(app_statuses(c), "200 100 200");
	fake_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, app_setup, app_teardown)
		TEST(each_body_comes_whole_or_is_refused_however_it_is_split),
		TEST(what_stands_behind_a_body_is_the_next_request_or_nothing),
		TEST(a_body_over_the_limit_is_refused_before_it_comes),
		TEST(chunks_of_one_byte_take_the_memory_of_their_data),
		TEST(many_chunks_in_one_read_come_out_as_one_body),
		TEST(a_sized_body_that_dribbles_is_not_looked_at_again),
		TEST(endless_framing_is_refused_at_a_limit),
		TEST(an_expected_continue_is_given_once),
		TEST(no_continue_when_the_body_is_there_or_none_is),
		TEST(a_refused_body_is_not_asked_for),
		TEST(continue_waits_for_earlier_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
