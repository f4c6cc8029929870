/* SPDX-License-Identifier: MIT */
/*
 * Bodies: of known length and chunked (RFC 9112 sections 6 and 7), 100
 * Continue, and what a peer can make us keep or do.
 */
#include "tests/support/http_app.h"
#include "tests/support/unit.h"

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
check(struct wire *w, void *arg)
{
	const struct row *row = arg;
	char line[64];

	if (strcmp(app_statuses(w), row->status) != 0)
		fail_msg("%s\n%s instead of %s", row->input, app_statuses(w),
		    row->status);
	assert_int_equal(wire_is_closed(w), row->body == NULL);
	assert_int_equal(app.delivered, row->body != NULL);
	if (row->body != NULL) {
		snprintf(line, sizeof(line), "POST /b [%s]\n", row->body);
		assert_true(app_was_asked(line));
		assert_int_equal(wire_unread(w), 0);
	}
}

static void
each_body_comes_whole_or_is_refused_however_it_is_split(void **state)
{
	struct row row;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		row = rows[i];
		app_each_way(row.input, row.len, check, &row);
	}
}

static void
check_behind(struct wire *w, void *arg)
{
	const char *status = arg;
	bool good = strcmp(status, "200") == 0;

	assert_string_equal(app_statuses(w), good ? "200 200 200" : status);
	assert_int_equal(app_was_asked("GET /behind []"), good);
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
		app_each_way(input.data, input.len, check_behind, want);
	}
	wm_buf_fini(&input);
}

static void
a_body_over_the_limit_is_refused_before_it_comes(void **state)
{
	const struct wm_limits limits = { .message = 100 };
	struct wire *w;

	(void)state;
	w = app_open(&limits);
	app_feed(w, SIZED("101"));
	assert_string_equal(app_statuses(w), "413");
	assert_int_equal(wire_reason(w), WM_CLOSE_TOO_BIG);
	wire_free(&w);
	w = app_open(&limits);
	app_feed(w, CHUNKED "60\r\n");
	assert_string_equal(app_statuses(w), "");
	wire_free(&w);
	w = app_open(&limits);
	app_feed(w, CHUNKED "65\r\n");
	assert_string_equal(app_statuses(w), "413");
	wire_free(&w);
	w = app_open(&limits);
	app_feed(w, CHUNKED "1\r\nx\r\n64\r\n");
	assert_string_equal(app_statuses(w), "413");
	wire_free(&w);
}

static size_t most_unread;

static void
feed_and_measure(struct wire *w, const char *data, size_t len)
{
	wire_feed(w, data, len);
	if (wire_unread(w) > most_unread)
		most_unread = wire_unread(w);
	wire_turn(w);
}

/* Feeds `text` n times, as it is or byte by byte. */
static void
feed_often(struct wire *w, const char *text, unsigned n, bool by_bytes)
{
	size_t len = strlen(text), i;

	most_unread = 0;
	while (n-- > 0 && !wire_is_closed(w))
		if (by_bytes)
			for (i = 0; i < len; i++)
				feed_and_measure(w, text + i, 1);
		else
			feed_and_measure(w, text, len);
}

static void
chunks_of_one_byte_take_the_memory_of_their_data(void **state)
{
	struct wire *w = app_open(NULL);
	const unsigned n = 300000;

	(void)state;
	feed_often(w, CHUNKED, 1, false);
	feed_often(w, "1\r\nx\r\n", n, true);
	assert_true(most_unread < n + 200);
	feed_often(w, "0\r\n\r\n", 1, false);
	assert_string_equal(app_statuses(w), "200");
	assert_int_equal(app.transcript.len, n + 11);
	wire_free(&w);
}

static void
many_chunks_in_one_read_come_out_as_one_body(void **state)
{
	struct wire *w = app_open(NULL);
	struct wm_buf b = WM_BUF_INIT;
	unsigned i;

	(void)state;
	wm_buf_puts(&b, CHUNKED);
	for (i = 0; i < 10000; i++)
		wm_buf_puts(&b, "2\r\nab\r\n");
	wm_buf_puts(&b, "0\r\n\r\n" GOOD("/next"));
	wire_feed(w, b.data, b.len);
	wire_turn(w);
	assert_string_equal(app_statuses(w), "200 200");
	assert_true(app_was_asked("abab]\nGET /next []"));
	wm_buf_fini(&b);
	wire_free(&w);
}

static void
a_sized_body_that_dribbles_is_not_looked_at_again(void **state)
{
	struct wire *w = app_open(NULL);

	(void)state;
	feed_often(w, SIZED("1000000"), 1, false);
	feed_often(w, "x", 999999, true);
	assert_string_equal(app_statuses(w), "");
	feed_often(w, "x", 1, true);
	assert_string_equal(app_statuses(w), "200");
	wire_free(&w);
}

static void
refuses_endless(const char *begin, const char *part, const char *status)
{
	struct wire *w;
	int by;

	for (by = 0; by < 2; by++) {
		w = app_open(NULL);
		feed_often(w, begin, 1, false);
		feed_often(w, part, 50000, by);
		assert_string_equal(app_statuses(w), status);
		assert_true(most_unread < 64 << 10);
		wire_free(&w);
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
	struct wire *w = app_fed(EXPECT "Content-Length: 2\r\n\r\n");

	(void)state;
	assert_string_equal(app_statuses(w), "100");
	feed_often(w, "a", 1, false);
	feed_often(w, "b" GOOD("/next"), 1, false);
	assert_string_equal(app_statuses(w), "100 200 200");
	wire_free(&w);
	w = app_fed(EXPECT "Transfer-Encoding: chunked\r\n\r\n");
	assert_string_equal(app_statuses(w), "100");
	feed_often(w, "1\r\na\r\n0\r\n\r\n", 1, true);
	assert_string_equal(app_statuses(w), "100 200");
	wire_free(&w);
}

static void
no_continue_when_the_body_is_there_or_none_is(void **state)
{
	struct wire *w = app_fed(EXPECT "Content-Length: 2\r\n\r\na");

	(void)state;
	assert_string_equal(app_statuses(w), "");
	wire_free(&w);
	w = app_fed(EXPECT "Content-Length: 0\r\n\r\n");
	assert_string_equal(app_statuses(w), "200");
	wire_free(&w);
	w = app_fed("POST / HTTP/1.0\r\nExpect: 100-continue\r\n"
		    "Content-Length: 2\r\n\r\n");
	assert_string_equal(app_statuses(w), "");
	wire_free(&w);
}

static void
a_refused_body_is_not_asked_for(void **state)
{
	struct wire *w = app_fed(EXPECT "Content-Length: 99999999\r\n\r\n");

	(void)state;
	assert_string_equal(app_statuses(w), "413");
	wire_free(&w);
}

static void
continue_waits_for_earlier_answers(void **state)
{
	struct wire *w;

	(void)state;
	app.defer = true;
	w = app_fed(GOOD("/first") EXPECT "Content-Length: 2\r\n\r\n");
	assert_string_equal(app_statuses(w), "");
	assert_int_equal(app_answer(w, 0, "first"), 0);
	assert_string_equal(app_statuses(w), "200 100");
	app.defer = false;
	feed_often(w, "ab", 1, false);
	assert_string_equal(app_statuses(w), "200 100 200");
	wire_free(&w);
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

	return UNIT_RUN(tests);
}
