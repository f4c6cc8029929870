/* SPDX-License-Identifier: MIT */
/*
 * Answers: what is written, what is refused, in which order they leave, and
 * when the connection ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/http_app.h"

#define CLOSING(path)                                                          \
	"GET " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

static void
assert_output(const struct wm_conn *c, const char *want)
{
	struct wm_span out = fake_output(c);

	assert_int_equal(out.len, strlen(want));
	assert_memory_equal(out.data, want, out.len);
}

static void
feed(struct wm_conn *c, const char *text)
{
	fake_feed(c, text, strlen(text));
}

static void
writes_what_it_must_and_no_more(void **state)
{
	struct wm_conn *c;

	(void)state;
	fake_set_time(784111777);
	c = app_fed(GOOD("/"));
	assert_output(c,
	    "HTTP/1.1 200 OK\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Length: 2\r\n"
	    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	    "\r\nok");
	assert_int_equal(app.rc, 0);
	fake_free(&c);
}

static void
the_date_is_that_of_the_second(void **state)
{
	struct wm_conn *c;

	(void)state;
	fake_set_time(951782399); /* a leap day */
	c = app_fed(GOOD("/"));
	fake_set_time(1767225600);
	feed(c, GOOD("/"));
	assert_int_equal(app_sent(c,
			     "\r\nDate: Mon, 28 Feb 2000 23:59:59 GMT\r\n"),
	    1);
	assert_int_equal(app_sent(c,
			     "\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"),
	    1);
	fake_free(&c);
}

static void
writes_headers_type_and_reason(void **state)
{
	static const struct wm_http_header headers[] = { { "X-One", "1" },
		{ "Set-Cookie", "a=b; Path=/" }, { "x-empty", "" },
		{ NULL, NULL } };
	struct wm_conn *c;

	(void)state;
	app.response = (struct wm_http_response){ .status = 299,
		.reason = "So So",
		.content_type = "a/b",
		.headers = headers };
	c = app_fed(GOOD("/"));
	assert_int_equal(app_sent(c,
			     "HTTP/1.1 299 So So\r\nContent-Type: a/b\r\n"
			     "Content-Length: 0\r\n"),
	    1);
	assert_int_equal(app_sent(c,
			     "\r\nX-One: 1\r\n"
			     "Set-Cookie: a=b; Path=/\r\n"
			     "x-empty: \r\n\r\n"),
	    1);
	fake_free(&c);
}

static void
a_type_among_the_headers_replaces_the_default(void **state)
{
	static const struct wm_http_header headers[] = {
		{ "content-type", "a/b" }, { NULL, NULL }
	};
	struct wm_conn *c;

	(void)state;
	app.response.headers = headers;
	c = app_fed(GOOD("/"));
	assert_int_equal(app_sent(c, "text/plain"), 0);
	app.response.content_type = "c/d";
	feed(c, GOOD("/"));
	assert_int_equal(app.rc, WM_E_INVALID);
	fake_free(&c);
}

/* RFC 9110 sections 6.4.1, 8.6 and 9.3.2. */
static void
some_answers_have_no_body(void **state)
{
	static const struct {
		const char *request;
		unsigned status;
		const char *length;
	} rows[] = {
		{ "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 200,
		    "Content-Length: 2\r\n" },
		{ GOOD("/"), 204, NULL },
		{ GOOD("/"), 205, "Content-Length: 0\r\n" },
		{ GOOD("/"), 304, "Content-Length: 2\r\n" },
	};
	struct wm_conn *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		app.response.status = rows[i].status;
		c = fake_new(&http_setup);
		feed(c, rows[i].request);
		assert_int_equal(app_sent(c, "ok"), 0);
		assert_int_equal(app_sent(c, "Content-Length"),
		    rows[i].length != NULL);
		if (rows[i].length != NULL)
			assert_int_equal(app_sent(c, rows[i].length), 1);
		assert_int_equal(app_sent(c, "\r\n\r\n"), 1);
		assert_false(fake_closed(c));
		fake_free(&c);
	}
}

static void
an_upgrade_brings_its_connection_field(void **state)
{
	static const struct wm_http_header headers[] = {
		{ "Upgrade", "websocket" }, { NULL, NULL }
	};
	struct wm_conn *c;

	(void)state;
	app.response =
	    (struct wm_http_response){ .status = 101, .headers = headers };
	c = app_fed(GOOD("/"));
	assert_int_equal(app_sent(c,
			     "HTTP/1.1 101 Switching Protocols\r\nDate: "),
	    1);
	assert_int_equal(app_sent(c,
			     "\r\nConnection: Upgrade\r\n"
			     "Upgrade: websocket\r\n\r\n"),
	    1);
	assert_int_equal(fake_deadline_ms(c), 0);
	fake_free(&c);
	app.response.status = 426;
	app.response.close = true;
	c = app_fed(GOOD("/"));
	assert_int_equal(app_sent(c, "Connection: close, Upgrade\r\n"), 1);
	fake_free(&c);
}

static void
what_would_split_a_response_is_refused(void **state)
{
	static const struct wm_http_header bad[] = { { "A", "b\r\nC: d" },
		{ "A", "b\nC: d" }, { "A", "b\r" }, { "A", "b\x01" },
		{ "A", "b\x7f" }, { "A", NULL }, { "A\r\nB", "c" },
		{ "A: b", "c" }, { "A ", "b" }, { "", "b" },
		{ "\xc3\xa4", "b" }, { "Content-Length", "3" },
		{ "content-length", "3" }, { "Transfer-Encoding", "chunked" },
		{ "Connection", "close" }, { "DATE", "now" } };
	struct wm_http_header headers[2] = { { NULL, NULL }, { NULL, NULL } };
	struct wm_conn *c;
	size_t i;

	(void)state;
	app.response.headers = headers;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		headers[0] = bad[i];
		c = app_fed(GOOD("/"));
		assert_int_equal(app.rc, WM_E_INVALID);
		assert_string_equal(app_statuses(c), "500");
		fake_free(&c);
	}
}

static void
bad_statuses_types_and_reasons_are_refused(void **state)
{
	const struct wm_http_response bad[] = { { .status = 99 },
		{ .status = 100 }, { .status = 103 }, { .status = 600 },
		{ .reason = "a\r\nB: c" }, { .content_type = "a\r\nB: c" },
		{ .body_len = 1 } };
	struct wm_conn *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		app.response = bad[i];
		c = app_fed(GOOD("/"));
		assert_int_equal(app.rc, WM_E_INVALID);
		assert_string_equal(app_statuses(c), "500");
		fake_free(&c);
	}
}

static void
answer_twice(struct wm_conn *c, const struct wm_msg *m)
{
	(void)m;
	assert_int_equal(wm_http_respond(c, &app.response), 0);
	assert_int_equal(wm_http_respond(c, &app.response), WM_E_BUSY);
	assert_int_equal(wm_http_error(c, 400, NULL), WM_E_BUSY);
	assert_int_equal(wm_conn_send(c, "x", 1), WM_E_BUSY);
	assert_int_equal(wm_http_defer(c).conn, 0);
}

static void
a_request_is_answered_once(void **state)
{
	struct wm_conn *c;

	(void)state;
	app.act = answer_twice;
	c = app_fed(GOOD("/"));
	assert_string_equal(app_statuses(c), "200");
	fake_free(&c);
}

static void
no_answer_is_500_and_a_line_in_the_log(void **state)
{
	unsigned before = fake_logged();
	struct wm_conn *c;

	(void)state;
	app.silent = true;
	c = app_fed(GOOD("/"));
	assert_string_equal(app_statuses(c), "500");
	assert_int_equal(fake_logged(), before + 1);
	assert_false(fake_closed(c));
	fake_free(&c);
}

static void
send_data(struct wm_conn *c, const struct wm_msg *m)
{
	assert_int_equal(wm_conn_send_msg(c, m), 0);
}

static void
plain_data_is_a_200_of_plain_text(void **state)
{
	struct wm_conn *c;

	(void)state;
	app.act = send_data; /* with the request as view: data all the same */
	c = app_fed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"
		    "abc");
	assert_string_equal(app_statuses(c), "200");
	assert_int_equal(app_sent(c, "text/plain; charset=utf-8\r\n"), 1);
	assert_int_equal(app_sent(c, "\r\n\r\nabc"), 1);
	/* what a channel publishes is nobody's answer */
	assert_int_equal(wm_conn_send(c, "x", 1), WM_E_INVALID);
	assert_int_equal(wm_http_respond(c, &app.response), WM_E_BUSY);
	fake_free(&c);
}

static void
send_error(struct wm_conn *c, const struct wm_msg *m)
{
	char why[2000];

	(void)m;
	memset(why, 'x', sizeof(why));
	why[sizeof(why) - 1] = '\0';
	assert_int_equal(wm_http_error(c, 404,
			     app.delivered == 1 ? "no such thing" : why),
	    0);
}

static void
an_error_is_its_reason_and_why(void **state)
{
	struct wm_conn *c;

	(void)state;
	app.act = send_error;
	c = app_fed(GOOD("/"));
	assert_int_equal(app_sent(c, "\r\n\r\n404 Not Found: no such thing\n"),
	    1);
	feed(c, GOOD("/"));
	assert_int_equal(app_sent(c, "\r\nContent-Length: 511\r\n"), 1);
	fake_free(&c);
}

static void
an_old_client_is_told_that_the_connection_stays(void **state)
{
	struct wm_conn *c = app_fed("GET / HTTP/1.0\r\n"
				    "Connection: keep-alive\r\n\r\n");

	(void)state;
	assert_int_equal(app_sent(c, "Connection: keep-alive\r\n"), 1);
	assert_false(fake_closed(c));
	fake_free(&c);
	c = app_fed("GET / HTTP/1.0\r\n\r\n");
	assert_int_equal(app_sent(c, "Connection: close\r\n"), 1);
	assert_true(fake_closed(c));
	fake_free(&c);
}

static void
nothing_behind_a_last_request_is_looked_at(void **state)
{
	struct wm_conn *c = app_fed(CLOSING("/1") GOOD("/2"));

	(void)state;
	assert_string_equal(app_statuses(c), "200");
	assert_true(fake_closed(c));
	assert_int_equal(fake_reason(c), WM_CLOSE_APPLICATION);
	fake_free(&c);
	app.defer = true;
	c = app_fed(CLOSING("/3"));
	feed(c, GOOD("/4"));
	assert_false(fake_closed(c));
	assert_int_equal(app_answer(0, "late"), 0);
	assert_true(fake_closed(c));
	assert_string_equal(app_statuses(c), "200");
	assert_false(app_was_asked("/4"));
	fake_free(&c);
}

static void
the_application_may_end_the_connection(void **state)
{
	struct wm_conn *c;

	(void)state;
	app.response.close = true;
	c = app_fed(GOOD("/1") GOOD("/2"));
	assert_string_equal(app_statuses(c), "200");
	assert_int_equal(app_sent(c, "Connection: close\r\n"), 1);
	assert_true(fake_closed(c));
	fake_free(&c);
}

static void
a_leaving_process_ends_connections_with_their_answer(void **state)
{
	struct wm_conn *c = app_fed(GOOD("/1"));

	(void)state;
	fake_set_draining(true);
	feed(c, GOOD("/2"));
	assert_string_equal(app_statuses(c), "200 200");
	assert_int_equal(app_sent(c, "Connection: close\r\n"), 1);
	assert_true(fake_closed(c));
	fake_free(&c);
}

static void
a_leaving_process_still_answers_all_that_it_took(void **state)
{
	struct wm_conn *c;

	(void)state;
	app.defer = true;
	c = app_fed(GOOD("/1") GOOD("/2"));
	fake_set_draining(true);
	assert_int_equal(app_answer(0, "one"), 0);
	assert_int_equal(app_sent(c, "Connection: close"), 0);
	assert_int_equal(app_answer(1, "two"), 0);
	assert_int_equal(app_sent(c, "Connection: close"), 1);
	assert_string_equal(app_statuses(c), "200 200");
	assert_true(fake_closed(c));
	fake_free(&c);
}

static void
deferred_answers_leave_in_the_order_of_the_requests(void **state)
{
	struct wm_conn *c;

	(void)state;
	app.defer = true;
	c = app_fed(GOOD("/0") GOOD("/1") GOOD("/2"));
	assert_int_equal(fake_held(c), 3);
	app.defer = false;
	feed(c, GOOD("/3")); /* answered at once, waits all the same */
	assert_int_equal(fake_held(c), 4);
	assert_int_equal(app_answer(2, "<2>"), 0);
	assert_int_equal(app_answer(2, "again"), WM_E_BUSY);
	assert_string_equal(app_statuses(c), "");
	assert_int_equal(app_answer(0, "<0>"), 0);
	assert_string_equal(app_statuses(c), "200");
	assert_int_equal(app_answer(0, "again"), WM_E_BUSY);
	assert_int_equal(app_answer(1, "<1>"), 0);
	assert_string_equal(app_statuses(c), "200 200 200 200");
	assert_int_equal(fake_held(c), 0);
	assert_int_equal(app_sent(c, "again"), 0);
	assert_int_equal(app_sent(c, "<2>HTTP/1.1 200"), 1);
	feed(c, GOOD("/4"));
	assert_string_equal(app_statuses(c), "200 200 200 200 200");
	fake_free(&c);
}

static void
defer_and_answer(struct wm_conn *c, const struct wm_msg *m)
{
	(void)m;
	app.tickets[0] = wm_http_defer(c);
	assert_int_equal(wm_http_defer(c).conn, 0);
	assert_int_equal(wm_http_respond(c, &app.response), WM_E_BUSY);
	assert_int_equal(app_answer(0, "now"), 0);
}

static void
a_ticket_can_be_used_in_its_own_callback(void **state)
{
	struct wm_conn *c;

	(void)state;
	app.act = defer_and_answer;
	c = app_fed(CLOSING("/"));
	assert_string_equal(app_statuses(c), "200");
	assert_true(fake_closed(c));
	fake_free(&c);
}

static void
an_answer_that_may_not_be_leaves_the_ticket_good(void **state)
{
	const struct wm_http_response bad = { .status = 99 };
	struct wm_conn *c;

	(void)state;
	app.defer = true;
	c = app_fed(GOOD("/"));
	assert_int_equal(wm_http_answer(fake_proc(), app.tickets[0], &bad),
	    WM_E_INVALID);
	assert_int_equal(app_answer(0, "good"), 0);
	assert_string_equal(app_statuses(c), "200");
	fake_free(&c);
}

static void
deferred_requests_end_with_their_connection(void **state)
{
	struct wm_conn *c;

	(void)state;
	app.defer = true;
	c = app_fed(GOOD("/0") GOOD("/1"));
	assert_int_equal(app_answer(1, "kept until then"), 0);
	wm_conn_close_reason(c, WM_CLOSE_RESET);
	assert_int_equal(app_answer(0, "late"), WM_E_CLOSED);
	fake_turn(c);
	assert_int_equal(app_answer(0, "late"), WM_E_CLOSED);
	assert_string_equal(app_statuses(c), "");
	fake_free(&c);
	assert_int_equal(app_answer(0, "late"), WM_E_CLOSED);
}

static void
head_requests_are_remembered_until_their_answer(void **state)
{
	struct wm_conn *c;

	(void)state;
	app.defer = true;
	c = app_fed("HEAD /0 HTTP/1.1\r\nHost: a\r\n\r\n" GOOD("/1"));
	assert_int_equal(app_answer(0, "<0>"), 0);
	assert_int_equal(app_answer(1, "<1>"), 0);
	assert_int_equal(app_sent(c, "<0>"), 0);
	assert_int_equal(app_sent(c, "<1>"), 1);
	fake_free(&c);
}

static void
at_most_so_many_requests_wait_for_their_answer(void **state)
{
	struct wm_conn *c;
	unsigned i;

	(void)state;
	app.defer = true;
	c = fake_new(&http_setup);
	for (i = 0; i < 40; i++)
		feed(c, GOOD("/"));
	assert_int_equal(app.delivered, 32);
	assert_int_equal(app_answer(0, "x"), 0);
	fake_turn(c);
	assert_int_equal(app.delivered, 33);
	for (i = 1; i < 40; i++) {
		assert_int_equal(app_answer(i, "x"), 0);
		fake_turn(c);
	}
	assert_int_equal(app.delivered, 40);
	assert_int_equal(app_sent(c, "HTTP/1.1 200"), 40);
	fake_free(&c);
}

static void
a_refusal_waits_for_earlier_answers(void **state)
{
	struct wm_conn *c;

	(void)state;
	app.defer = true;
	c = app_fed(GOOD("/0") "GET / HTTP/3.0\r\n\r\n" GOOD("/1"));
	assert_int_equal(app.delivered, 1);
	assert_string_equal(app_statuses(c), "");
	assert_false(fake_closed(c));
	feed(c, GOOD("/2"));
	assert_int_equal(fake_buffered(c), 0);
	assert_int_equal(app_answer(0, "ok"), 0);
	assert_string_equal(app_statuses(c), "200 505");
	assert_int_equal(app_sent(c, "Connection: close\r\n"), 1);
	assert_true(fake_closed(c));
	assert_int_equal(fake_reason(c), WM_CLOSE_POLICY);
	assert_int_equal(app.delivered, 1);
	fake_free(&c);
}

static void
an_answer_waits_for_a_reader_that_is_slow(void **state)
{
	struct wm_conn *c = fake_new(&http_setup);

	(void)state;
	fake_set_unsent(c, 1 << 20);
	feed(c, GOOD("/"));
	assert_int_equal(app.rc, 0);
	assert_string_equal(app_statuses(c), "");
	assert_int_equal(fake_held(c), 1);
	fake_pass_deadline(c);
	assert_string_equal(app_statuses(c), "");
	fake_set_unsent(c, 0);
	fake_pass_deadline(c);
	assert_string_equal(app_statuses(c), "200");
	assert_int_equal(fake_held(c), 0);
	fake_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, app_setup, app_teardown)
		TEST(writes_what_it_must_and_no_more),
		TEST(the_date_is_that_of_the_second),
		TEST(writes_headers_type_and_reason),
		TEST(a_type_among_the_headers_replaces_the_default),
		TEST(some_answers_have_no_body),
		TEST(an_upgrade_brings_its_connection_field),
		TEST(what_would_split_a_response_is_refused),
		TEST(bad_statuses_types_and_reasons_are_refused),
		TEST(a_request_is_answered_once),
		TEST(no_answer_is_500_and_a_line_in_the_log),
		TEST(plain_data_is_a_200_of_plain_text),
		TEST(an_error_is_its_reason_and_why),
		TEST(an_old_client_is_told_that_the_connection_stays),
		TEST(nothing_behind_a_last_request_is_looked_at),
		TEST(the_application_may_end_the_connection),
		TEST(a_leaving_process_ends_connections_with_their_answer),
		TEST(a_leaving_process_still_answers_all_that_it_took),
		TEST(deferred_answers_leave_in_the_order_of_the_requests),
		TEST(a_ticket_can_be_used_in_its_own_callback),
		TEST(an_answer_that_may_not_be_leaves_the_ticket_good),
		TEST(deferred_requests_end_with_their_connection),
		TEST(head_requests_are_remembered_until_their_answer),
		TEST(at_most_so_many_requests_wait_for_their_answer),
		TEST(a_refusal_waits_for_earlier_answers),
		TEST(an_answer_waits_for_a_reader_that_is_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
