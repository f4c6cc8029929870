/* SPDX-License-Identifier: MIT */
/*
 * Answers: what is written, what is refused, in which order they leave, and
 * when the connection ends.
 */
#include "framework/net/drain.h"
#include "framework/net/proc.h"
#include "tests/support/capture.h"
#include "tests/support/http_app.h"
#include "tests/support/unit.h"

#define CLOSING(path)                                                          \
	"GET " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

static void
assert_output(struct wire *w, const char *want)
{
	struct wm_span out = wire_output(w);

	assert_int_equal(out.len, strlen(want));
	assert_memory_equal(out.data, want, out.len);
}

/* It is that second since 1970. */
static void
set_time(struct wire *w, int64_t now)
{
	wire_proc(w)->time = now;
}

static void
writes_what_it_must_and_no_more(void **state)
{
	struct wire *w = app_open(NULL);

	(void)state;
	set_time(w, 784111777);
	app_feed(w, GOOD("/"));
	assert_output(w,
	    "HTTP/1.1 200 OK\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Length: 2\r\n"
	    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	    "\r\nok");
	assert_int_equal(app.rc, 0);
	wire_free(&w);
}

static void
the_date_is_that_of_the_second(void **state)
{
	struct wire *w = app_open(NULL);

	(void)state;
	set_time(w, 951782399); /* a leap year */
	app_feed(w, GOOD("/"));
	set_time(w, 1767225600);
	app_feed(w, GOOD("/"));
	assert_int_equal(app_sent(w,
			     "\r\nDate: Mon, 28 Feb 2000 23:59:59 GMT\r\n"),
	    1);
	assert_int_equal(app_sent(w,
			     "\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"),
	    1);
	wire_free(&w);
}

static void
writes_headers_type_and_reason(void **state)
{
	static const struct wm_http_header headers[] = { { "X-One", "1" },
		{ "Set-Cookie", "a=b; Path=/" }, { "x-empty", "" },
		{ NULL, NULL } };
	struct wire *w;

	(void)state;
	app.response = (struct wm_http_response){ .status = 299,
		.reason = "So So",
		.content_type = "a/b",
		.headers = headers };
	w = app_fed(GOOD("/"));
	assert_int_equal(app_sent(w,
			     "HTTP/1.1 299 So So\r\nContent-Type: a/b\r\n"
			     "Content-Length: 0\r\n"),
	    1);
	assert_int_equal(app_sent(w,
			     "\r\nX-One: 1\r\n"
			     "Set-Cookie: a=b; Path=/\r\n"
			     "x-empty: \r\n\r\n"),
	    1);
	wire_free(&w);
}

static void
a_type_among_the_headers_replaces_the_default(void **state)
{
	static const struct wm_http_header headers[] = {
		{ "content-type", "a/b" }, { NULL, NULL }
	};
	struct wire *w;

	(void)state;
	app.response.headers = headers;
	w = app_fed(GOOD("/"));
	assert_int_equal(app_sent(w, "text/plain"), 0);
	app.response.content_type = "c/d";
	app_feed(w, GOOD("/"));
	assert_int_equal(app.rc, WM_E_INVALID);
	wire_free(&w);
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
	struct wire *w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		app.response.status = rows[i].status;
		w = app_open(NULL);
		app_feed(w, rows[i].request);
		assert_int_equal(app_sent(w, "ok"), 0);
		assert_int_equal(app_sent(w, "Content-Length"),
		    rows[i].length != NULL);
		if (rows[i].length != NULL)
			assert_int_equal(app_sent(w, rows[i].length), 1);
		assert_int_equal(app_sent(w, "\r\n\r\n"), 1);
		assert_false(wire_is_closed(w));
		wire_free(&w);
	}
}

static void
an_upgrade_brings_its_connection_field(void **state)
{
	static const struct wm_http_header headers[] = {
		{ "Upgrade", "websocket" }, { NULL, NULL }
	};
	struct wire *w;

	(void)state;
	app.response =
	    (struct wm_http_response){ .status = 101, .headers = headers };
	w = app_fed(GOOD("/"));
	assert_int_equal(app_sent(w,
			     "HTTP/1.1 101 Switching Protocols\r\nDate: "),
	    1);
	assert_int_equal(app_sent(w,
			     "\r\nConnection: Upgrade\r\n"
			     "Upgrade: websocket\r\n\r\n"),
	    1);
	wire_advance(w, 200); /* no deadline runs */
	assert_false(wire_is_closed(w));
	wire_free(&w);
	app.response.status = 426;
	app.response.close = true;
	w = app_fed(GOOD("/"));
	assert_int_equal(app_sent(w, "Connection: close, Upgrade\r\n"), 1);
	wire_free(&w);
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
	struct wire *w;
	size_t i;

	(void)state;
	app.response.headers = headers;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		headers[0] = bad[i];
		w = app_fed(GOOD("/"));
		assert_int_equal(app.rc, WM_E_INVALID);
		assert_string_equal(app_statuses(w), "500");
		wire_free(&w);
	}
}

static void
bad_statuses_types_and_reasons_are_refused(void **state)
{
	const struct wm_http_response bad[] = { { .status = 99 },
		{ .status = 100 }, { .status = 103 }, { .status = 600 },
		{ .reason = "a\r\nB: c" }, { .content_type = "a\r\nB: c" },
		{ .body_len = 1 } };
	struct wire *w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		app.response = bad[i];
		w = app_fed(GOOD("/"));
		assert_int_equal(app.rc, WM_E_INVALID);
		assert_string_equal(app_statuses(w), "500");
		wire_free(&w);
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
	const char *log;
	struct wire *w;

	(void)state;
	app.act = answer_twice;
	capture_begin();
	w = app_fed(GOOD("/"));
	log = capture_stop();
	assert_non_null(
	    strstr(log, "[warning] http: a second answer to GET /"));
	assert_string_equal(app_statuses(w), "200");
	wire_free(&w);
}

static void
no_answer_is_500_and_a_line_in_the_log(void **state)
{
	const char *log;
	struct wire *w;

	(void)state;
	app.silent = true;
	capture_begin();
	w = app_fed(GOOD("/"));
	log = capture_stop();
	assert_string_equal(app_statuses(w), "500");
	assert_non_null(strstr(log, "[warning] http: no answer to GET /\n"));
	assert_ptr_equal(strchr(log, '\n'), log + strlen(log) - 1);
	assert_false(wire_is_closed(w));
	wire_free(&w);
}

static void
send_data(struct wm_conn *c, const struct wm_msg *m)
{
	assert_int_equal(wm_conn_send_msg(c, m), 0);
}

static void
plain_data_is_a_200_of_plain_text(void **state)
{
	struct wire *w;

	(void)state;
	app.act = send_data; /* with the request as view: data all the same */
	w = app_fed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"
		    "abc");
	assert_string_equal(app_statuses(w), "200");
	assert_int_equal(app_sent(w, "text/plain; charset=utf-8\r\n"), 1);
	assert_int_equal(app_sent(w, "\r\n\r\nabc"), 1);
	/* what a channel publishes is nobody's answer */
	assert_int_equal(wm_conn_send(wire_conn(w), "x", 1), WM_E_INVALID);
	assert_int_equal(wm_http_respond(wire_conn(w), &app.response),
	    WM_E_BUSY);
	wire_free(&w);
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
	struct wire *w;

	(void)state;
	app.act = send_error;
	w = app_fed(GOOD("/"));
	assert_int_equal(app_sent(w, "\r\n\r\n404 Not Found: no such thing\n"),
	    1);
	app_feed(w, GOOD("/"));
	assert_int_equal(app_sent(w, "\r\nContent-Length: 511\r\n"), 1);
	wire_free(&w);
}

static void
an_old_client_is_told_that_the_connection_stays(void **state)
{
	struct wire *w = app_fed("GET / HTTP/1.0\r\n"
				 "Connection: keep-alive\r\n\r\n");

	(void)state;
	assert_int_equal(app_sent(w, "Connection: keep-alive\r\n"), 1);
	assert_false(wire_is_closed(w));
	wire_free(&w);
	w = app_fed("GET / HTTP/1.0\r\n\r\n");
	assert_int_equal(app_sent(w, "Connection: close\r\n"), 1);
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
nothing_behind_a_last_request_is_looked_at(void **state)
{
	struct wire *w = app_fed(CLOSING("/1") GOOD("/2"));

	(void)state;
	assert_string_equal(app_statuses(w), "200");
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_APPLICATION);
	wire_free(&w);
	app.defer = true;
	w = app_fed(CLOSING("/3"));
	app_feed(w, GOOD("/4"));
	assert_false(wire_is_closed(w));
	assert_int_equal(app_answer(w, 0, "late"), 0);
	assert_true(wire_is_closed(w));
	assert_string_equal(app_statuses(w), "200");
	assert_false(app_was_asked("/4"));
	wire_free(&w);
}

static void
the_application_may_end_the_connection(void **state)
{
	struct wire *w;

	(void)state;
	app.response.close = true;
	w = app_fed(GOOD("/1") GOOD("/2"));
	assert_string_equal(app_statuses(w), "200");
	assert_int_equal(app_sent(w, "Connection: close\r\n"), 1);
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
leave(struct wire *w)
{
	wm__proc_drain(wire_proc(w), WM_CLOSE_RESTART, false);
	wire_turn(w);
}

static void
a_leaving_process_ends_connections_with_their_answer(void **state)
{
	struct wire *w = app_fed(GOOD("/1") "GET /2 HTTP/1.1\r\n");

	(void)state;
	leave(w);
	assert_false(wire_is_closed(w));
	app_feed(w, "Host: a\r\n\r\n");
	assert_string_equal(app_statuses(w), "200 200");
	assert_int_equal(app_sent(w, "Connection: close\r\n"), 1);
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
a_leaving_process_answers_once_more_who_was_just_heard_of(void **state)
{
	struct wire *w = app_fed(GOOD("/1"));

	(void)state;
	leave(w);
	assert_false(wire_is_closed(w));
	app_feed(w, GOOD("/2"));
	assert_string_equal(app_statuses(w), "200 200");
	assert_int_equal(app_sent(w, "Connection: close\r\n"), 1);
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
a_leaving_process_ends_idle_connections_in_silence(void **state)
{
	struct wire *w = app_fed(GOOD("/"));

	(void)state;
	wire_proc(w)->now += 2;
	leave(w);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_RESTART);
	assert_string_equal(app_statuses(w), "200");
	wire_free(&w);
}

static void
a_leaving_process_still_answers_all_that_it_took(void **state)
{
	struct wire *w;

	(void)state;
	app.defer = true;
	w = app_fed(GOOD("/1") GOOD("/2"));
	leave(w);
	assert_int_equal(app_answer(w, 0, "one"), 0);
	assert_int_equal(app_sent(w, "Connection: close"), 0);
	assert_int_equal(app_answer(w, 1, "two"), 0);
	assert_int_equal(app_sent(w, "Connection: close"), 1);
	assert_string_equal(app_statuses(w), "200 200");
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
defer_and_answer(struct wm_conn *c, const struct wm_msg *m)
{
	struct wm_http_ticket ticket = wm_http_defer(c);

	(void)m;
	assert_int_equal(wm_http_defer(c).conn, 0);
	assert_int_equal(wm_http_respond(c, &app.response), WM_E_BUSY);
	assert_int_equal(wm_http_answer(wm_conn_proc(c), ticket, &app.response),
	    0);
}

static void
a_ticket_can_be_used_in_its_own_callback(void **state)
{
	struct wire *w;

	(void)state;
	app.act = defer_and_answer;
	w = app_fed(CLOSING("/"));
	assert_string_equal(app_statuses(w), "200");
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
a_deferred_error_has_the_form_that_its_client_prefers(void **state)
{
	struct wire *w;

	(void)state;
	app.defer = true;
	w = app_fed("GET /0 HTTP/1.1\r\nHost: a\r\n"
		    "Accept: application/json\r\n\r\n" GOOD("/1"));
	assert_true(wm_http_waiting(wire_proc(w), app.tickets[0]));
	assert_int_equal(wm_http_answer_error(wire_proc(w), app.tickets[1], 404,
			     NULL),
	    0);
	assert_int_equal(wm_http_answer_error(wire_proc(w), app.tickets[0], 503,
			     "busy"),
	    0);
	wire_turn(w);
	assert_string_equal(app_statuses(w), "503 404");
	assert_int_equal(app_sent(w, "\"detail\":\"busy\"}HTTP/1.1 404"), 1);
	assert_int_equal(app_sent(w, "\r\n\r\n404 Not Found\n"), 1);
	assert_false(wm_http_waiting(wire_proc(w), app.tickets[0]));
	wire_free(&w);
}

static void
an_answer_that_may_not_be_leaves_the_ticket_good(void **state)
{
	const struct wm_http_response bad = { .status = 99 };
	struct wire *w;

	(void)state;
	app.defer = true;
	w = app_fed(GOOD("/"));
	assert_int_equal(wm_http_answer(wire_proc(w), app.tickets[0], &bad),
	    WM_E_INVALID);
	assert_int_equal(app_answer(w, 0, "good"), 0);
	assert_string_equal(app_statuses(w), "200");
	wire_free(&w);
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
		TEST(a_leaving_process_answers_once_more_who_was_just_heard_of),
		TEST(a_leaving_process_ends_idle_connections_in_silence),
		TEST(a_leaving_process_still_answers_all_that_it_took),
		TEST(a_ticket_can_be_used_in_its_own_callback),
		TEST(a_deferred_error_has_the_form_that_its_client_prefers),
		TEST(an_answer_that_may_not_be_leaves_the_ticket_good),
	};

	return UNIT_RUN(tests);
}
