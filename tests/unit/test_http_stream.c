/* SPDX-License-Identifier: MIT */
/* Answers whose body comes bit by bit (RFC 9112 section 7.1). */
#include "tests/support/capture.h"
#include "tests/support/http_app.h"
#include "tests/support/unit.h"

#define HEAD(path) "HEAD " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static const struct wm_http_response plain = { .content_type = "a/b" };

/* A connection whose requests are all deferred. */
static struct wire *
deferred(const char *requests, const struct wm_limits *limits)
{
	struct wire *w;

	app.defer = true;
	w = app_open(limits);
	app_feed(w, requests);
	return w;
}

static int
begin(struct wire *w, unsigned ticket, const struct wm_http_response *head)
{
	int rc = wm_http_stream_begin(wire_proc(w), app.tickets[ticket], head);

	wire_turn(w);
	return rc;
}

static int
put(struct wire *w, unsigned ticket, const char *text)
{
	int rc = wm_http_stream_write(wire_proc(w), app.tickets[ticket], text,
	    strlen(text));

	wire_turn(w);
	return rc;
}

static int
end(struct wire *w, unsigned ticket, const struct wm_http_header *trailers)
{
	int rc =
	    wm_http_stream_end(wire_proc(w), app.tickets[ticket], trailers);

	wire_turn(w);
	return rc;
}

static void
assert_ends(struct wire *w, const char *want)
{
	struct wm_span out = wire_output(w);
	size_t len = strlen(want);

	assert_true(out.len >= len);
	assert_memory_equal(out.data + out.len - len, want, len);
}

static void
a_stream_is_chunked(void **state)
{
	struct wire *w = deferred(GOOD("/"), NULL);

	(void)state;
	assert_int_equal(put(w, 0, "too early"), WM_E_INVALID);
	assert_int_equal(begin(w, 0, &plain), 0);
	assert_int_equal(app_sent(w, "Content-Type: a/b\r\n"), 1);
	assert_int_equal(app_sent(w, "Transfer-Encoding: chunked\r\n"), 1);
	assert_int_equal(app_sent(w, "Content-Length"), 0);
	assert_int_equal(app_sent(w, "\r\nDate: "), 1);
	assert_ends(w, "\r\n\r\n");
	assert_int_equal(put(w, 0, "Hello, "), WM_SENT);
	assert_int_equal(put(w, 0, ""), WM_SENT);
	assert_int_equal(put(w, 0, "0123456789abcdefgh"), WM_SENT);
	assert_ends(w, "\r\n\r\n7\r\nHello, \r\n12\r\n0123456789abcdefgh\r\n");
	assert_int_equal(wire_held(w), 1);
	assert_int_equal(end(w, 0, NULL), 0);
	assert_ends(w, "\r\n0\r\n\r\n");
	assert_int_equal(wire_held(w), 0);
	assert_int_equal(put(w, 0, "late"), WM_E_CLOSED);
	assert_int_equal(end(w, 0, NULL), WM_E_CLOSED);
	app.defer = false;
	app_feed(w, GOOD("/next"));
	assert_ends(w, "\r\n\r\nok");
	assert_false(wire_is_closed(w));
	wire_free(&w);
}

static void
a_known_length_is_told_and_kept(void **state)
{
	const struct wm_http_response sized = { .body_len = 5 };
	struct wire *w = deferred(GOOD("/"), NULL);

	(void)state;
	assert_int_equal(begin(w, 0, &sized), 0);
	assert_int_equal(app_sent(w, "Content-Length: 5\r\n"), 1);
	assert_int_equal(app_sent(w, "Transfer-Encoding"), 0);
	assert_int_equal(put(w, 0, "abc"), WM_SENT);
	assert_int_equal(put(w, 0, "def"), WM_E_INVALID);
	assert_int_equal(put(w, 0, "de"), WM_SENT);
	assert_int_equal(end(w, 0, NULL), 0);
	assert_ends(w, "\r\n\r\nabcde");
	assert_false(wire_is_closed(w));
	wire_free(&w);
}

static void
a_body_that_is_too_short_breaks_the_connection_off(void **state)
{
	const struct wm_http_response sized = { .body_len = 5 };
	struct wire *w = deferred(GOOD("/"), NULL);

	(void)state;
	assert_int_equal(begin(w, 0, &sized), 0);
	put(w, 0, "abcd");
	capture_begin();
	assert_int_equal(end(w, 0, NULL), 0);
	assert_non_null(strstr(capture_stop(), "ends before its length"));
	assert_true(wire_is_closed(w));
	assert_ends(w, "\r\n\r\nabcd");
	wire_free(&w);
}

/* RFC 9112 section 6.3. */
static void
an_old_client_s_body_ends_with_the_connection(void **state)
{
	static const struct wm_http_header trailers[] = { { "A", "b" },
		{ NULL, NULL } };
	struct wire *w = deferred("GET / HTTP/1.0\r\n"
				  "Connection: keep-alive\r\n\r\n",
	    NULL);

	(void)state;
	assert_int_equal(begin(w, 0, &plain), 0);
	assert_int_equal(app_sent(w, "Connection: close\r\n"), 1);
	assert_int_equal(app_sent(w, "Transfer-Encoding"), 0);
	put(w, 0, "abc");
	put(w, 0, "def");
	assert_false(wire_is_closed(w));
	assert_int_equal(end(w, 0, trailers), 0);
	assert_ends(w, "\r\n\r\nabcdef");
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

/* RFC 9110 sections 6.4.1 and 9.3.2. */
static void
where_no_body_may_be_none_is_written(void **state)
{
	static const struct {
		const char *request;
		unsigned status;
		bool chunked;
	} rows[] = { { HEAD("/"), 200, true }, { GOOD("/"), 204, false },
		{ GOOD("/"), 205, false }, { GOOD("/"), 304, false } };
	struct wire *w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		w = deferred(rows[i].request, NULL);
		assert_int_equal(begin(w, 0,
				     &(struct wm_http_response){
					 .status = rows[i].status }),
		    0);
		assert_int_equal(put(w, 0, "body"), WM_SENT);
		assert_int_equal(end(w, 0, NULL), 0);
		assert_int_equal(app_sent(w, "Transfer-Encoding"),
		    rows[i].chunked);
		assert_int_equal(app_sent(w, "body"), 0);
		assert_ends(w, "\r\n\r\n");
		assert_int_equal(app_sent(w, "\r\n\r\n"), 1);
		assert_false(wire_is_closed(w));
		wire_free(&w);
		app_reset();
	}
}

/* RFC 9112 section 7.1.2, RFC 9110 section 6.5.1. */
static void
trailers_stand_behind_the_last_chunk(void **state)
{
	static const struct wm_http_header trailers[] = { { "X-Sum", "1" },
		{ "X-Other", "" }, { NULL, NULL } };
	static const char *const bad[][2] = { { "Content-Length", "1" },
		{ "Transfer-Encoding", "chunked" }, { "Host", "a" },
		{ "set-cookie", "a=b" }, { "Content-Type", "a/b" },
		{ "Trailer", "a" }, { "Connection", "close" },
		{ "A\r\nB", "c" }, { "A", "b\r\nC: d" }, { "", "b" } };
	struct wm_http_header header[2] = { { NULL, NULL }, { NULL, NULL } };
	struct wire *w = deferred(GOOD("/"), NULL);
	size_t i;

	(void)state;
	begin(w, 0, &plain);
	put(w, 0, "a");
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		header[0] = (struct wm_http_header){ bad[i][0], bad[i][1] };
		assert_int_equal(end(w, 0, header), WM_E_INVALID);
	}
	assert_int_equal(end(w, 0, trailers), 0);
	assert_ends(w, "1\r\na\r\n0\r\nX-Sum: 1\r\nX-Other: \r\n\r\n");
	wire_free(&w);
}

static void
a_bad_head_leaves_the_ticket_good(void **state)
{
	static const struct wm_http_header split[] = { { "A", "b\r\nC: d" },
		{ NULL, NULL } };
	const struct wm_http_response bad[] = { { .status = 101 },
		{ .status = 99 }, { .headers = split },
		{ .body = "a", .body_len = 1 }, { .body = "a" },
		{ .reason = "a\nb" } };
	struct wire *w = deferred(GOOD("/"), NULL);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(begin(w, 0, &bad[i]), WM_E_INVALID);
	assert_true(wm_http_waiting(wire_proc(w), app.tickets[0]));
	assert_int_equal(begin(w, 0, &plain), 0);
	assert_false(wm_http_waiting(wire_proc(w), app.tickets[0]));
	assert_int_equal(begin(w, 0, &plain), WM_E_BUSY);
	assert_int_equal(app_answer(w, 0, "no"), WM_E_BUSY);
	wire_free(&w);
}

static void
streams_and_answers_leave_in_order(void **state)
{
	struct wire *w =
	    deferred(GOOD("/0") GOOD("/1") GOOD("/2") GOOD("/3"), NULL);

	(void)state;
	assert_int_equal(begin(w, 2, &plain), 0);
	assert_int_equal(put(w, 2, "<2>"), WM_QUEUED);
	assert_int_equal(begin(w, 1, &plain), 0);
	assert_int_equal(put(w, 1, "<1a>"), WM_QUEUED);
	assert_int_equal(app_answer(w, 3, "<3>"), 0);
	assert_int_equal(wire_output(w).len, 0);
	assert_int_equal(app_answer(w, 0, "<0>"), 0);
	assert_int_equal(app_sent(w, "<0>HTTP/1.1 200"), 1);
	assert_ends(w, "\r\n\r\n4\r\n<1a>\r\n");
	assert_int_equal(put(w, 1, "<1b>"), WM_SENT);
	assert_int_equal(end(w, 2, NULL), 0);
	assert_ends(w, "4\r\n<1b>\r\n");
	assert_int_equal(end(w, 1, NULL), 0);
	assert_int_equal(app_sent(w, "<1b>\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n"),
	    1);
	assert_int_equal(app_sent(w, "<2>\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n"), 1);
	assert_ends(w, "\r\n\r\n<3>");
	assert_int_equal(wire_held(w), 0);
	wire_free(&w);
}

static void
a_slow_reader_holds_the_writer_up(void **state)
{
	const struct wm_limits limits = { .unsent = 100 };
	struct wire *w = deferred(GOOD("/"), &limits);
	int rc;

	(void)state;
	begin(w, 0, &plain);
	wire_stall(w, true);
	while ((rc = put(w, 0, "0123456789")) >= 0)
		continue;
	assert_int_equal(rc, WM_E_FULL);
	assert_in_range(wm_conn_unsent(wire_conn(w)), 100, 130);
	assert_int_equal(wire_calls(w)->drain, 0);
	wire_stall(w, false);
	wire_turn(w);
	assert_int_equal(wire_calls(w)->drain, 1);
	assert_int_equal(put(w, 0, "x"), WM_SENT);
	wire_free(&w);
}

static void
a_waiting_stream_is_bounded_and_told_to_go_on(void **state)
{
	const struct wm_limits limits = { .unsent = 1000 };
	struct wire *w = deferred(GOOD("/0") GOOD("/1"), &limits);
	unsigned n = 0;
	int rc;

	(void)state;
	begin(w, 1, &plain);
	while ((rc = put(w, 1, "0123456789")) >= 0)
		n++;
	assert_int_equal(rc, WM_E_FULL);
	assert_in_range(n, 40, 100);
	assert_int_equal(wire_calls(w)->drain, 0);
	assert_int_equal(app_answer(w, 0, "x"), 0);
	assert_int_equal(wire_calls(w)->drain, 1);
	assert_int_equal(put(w, 1, "x"), WM_SENT);
	assert_int_equal(app_sent(w, "0123456789"), n);
	wire_free(&w);
}

static void
stream_at_once(struct wm_conn *c, const struct wm_msg *m)
{
	struct wm_http_ticket t = wm_http_defer(c);

	(void)m;
	assert_int_equal(wm_http_stream_begin(wm_conn_proc(c), t, &plain), 0);
	assert_int_equal(wm_http_stream_write(wm_conn_proc(c), t, "abc", 3),
	    WM_SENT);
	assert_int_equal(wm_http_stream_end(wm_conn_proc(c), t, NULL), 0);
}

static void
a_whole_stream_in_one_callback(void **state)
{
	struct wire *w;

	(void)state;
	app.act = stream_at_once;
	w = app_fed(GOOD("/") "GET / HTTP/1.1\r\nHost: a\r\n"
			      "Connection: close\r\n\r\n" GOOD("/never"));
	assert_int_equal(app_sent(w, "3\r\nabc\r\n0\r\n\r\n"), 2);
	assert_int_equal(app_sent(w, "Connection: close\r\n"), 1);
	assert_true(wire_is_closed(w));
	assert_int_equal(app.delivered, 2);
	wire_free(&w);
}

static void
a_stream_ends_with_its_client(void **state)
{
	struct wire *w = deferred(GOOD("/"), NULL);

	(void)state;
	begin(w, 0, &plain);
	wm_conn_close_reason(wire_conn(w), WM_CLOSE_RESET);
	assert_int_equal(put(w, 0, "x"), WM_E_CLOSED);
	assert_true(wire_is_closed(w));
	assert_int_equal(put(w, 0, "x"), WM_E_CLOSED);
	assert_int_equal(end(w, 0, NULL), WM_E_CLOSED);
	wire_free(&w);
}

static void
a_client_that_ends_its_sending_gets_the_rest(void **state)
{
	struct wire *w = deferred(GOOD("/"), NULL);

	(void)state;
	begin(w, 0, &plain);
	wire_eof(w);
	wire_turn(w);
	assert_false(wire_is_closed(w));
	assert_int_equal(put(w, 0, "x"), WM_SENT);
	assert_int_equal(end(w, 0, NULL), 0);
	assert_ends(w, "0\r\n\r\n");
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
what_is_cut_off_has_no_last_chunk(void **state)
{
	struct wire *w = deferred(GOOD("/"), NULL);

	(void)state;
	begin(w, 0, &plain);
	put(w, 0, "abc");
	wm_conn_close_reason(wire_conn(w), WM_CLOSE_SHUTDOWN);
	wire_turn(w);
	assert_true(wire_is_closed(w));
	assert_ends(w, "3\r\nabc\r\n");
	wire_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, app_setup, app_teardown)
		TEST(a_stream_is_chunked),
		TEST(a_known_length_is_told_and_kept),
		TEST(a_body_that_is_too_short_breaks_the_connection_off),
		TEST(an_old_client_s_body_ends_with_the_connection),
		TEST(where_no_body_may_be_none_is_written),
		TEST(trailers_stand_behind_the_last_chunk),
		TEST(a_bad_head_leaves_the_ticket_good),
		TEST(streams_and_answers_leave_in_order),
		TEST(a_slow_reader_holds_the_writer_up),
		TEST(a_waiting_stream_is_bounded_and_told_to_go_on),
		TEST(a_whole_stream_in_one_callback),
		TEST(a_stream_ends_with_its_client),
		TEST(a_client_that_ends_its_sending_gets_the_rest),
		TEST(what_is_cut_off_has_no_last_chunk),
	};

	return UNIT_RUN(tests);
}
