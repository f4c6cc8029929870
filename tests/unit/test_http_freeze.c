/* SPDX-License-Identifier: MIT */
/* Moving to another process: between two requests, and only there. */
#include "framework/base/freeze.h"
#include "tests/support/http_app.h"
#include "tests/support/unit.h"

static void
goes_on_between_two_requests(void **state)
{
	struct wire *w = app_open(NULL);

	(void)state;
	assert_int_equal(wire_move(w), 0); /* before the first one, too */
	app_feed(w, GOOD("/one"));
	assert_int_equal(wire_move(w), 0);
	app_feed(w, GOOD("/two"));
	assert_string_equal(app_statuses(w), "200 200");
	assert_int_equal(wire_calls(w)->connect, 1);
	assert_int_equal(wire_calls(w)->close, 0);
	wire_free(&w);
}

static void
takes_a_head_along_that_is_not_complete(void **state)
{
	static const char request[] = GOOD("/x");

	(void)state;
	for (size_t i = 1; i < sizeof(request) - 1; i++) {
		struct wire *w = app_open(NULL);

		wire_feed(w, request, i);
		wire_turn(w);
		assert_int_equal(wire_move(w), 0);
		app_feed(w, request + i);
		assert_string_equal(app_statuses(w), "200");
		wire_free(&w);
	}
	assert_int_equal(app.delivered, sizeof(request) - 2);
}

static void
the_time_for_a_head_goes_on(void **state)
{
	static const struct wm_limits limits = { .header_ms = 5000 };
	struct wire *w = app_open(&limits);

	(void)state;
	app_feed(w, "GET / HT");
	wire_advance(w, 4);
	assert_int_equal(wire_move(w), 0);
	wire_advance(w, 1);
	assert_false(wire_is_closed(w));
	wire_advance(w, 2);
	assert_string_equal(app_statuses(w), "408");
	wire_free(&w);
}

static void
the_time_between_requests_goes_on(void **state)
{
	static const struct wm_limits limits = { .keepalive_ms = 5000 };
	struct wire *w = app_open(&limits);

	(void)state;
	app_feed(w, GOOD("/"));
	wire_advance(w, 4);
	assert_int_equal(wire_move(w), 0);
	assert_false(wire_is_closed(w));
	wire_advance(w, 3);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_TIMEOUT);
	wire_free(&w);
}

static void
stays_in_the_middle_of_a_body(void **state)
{
	static const char *const begun[] = {
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\no",
		("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
		 "\r\n1\r\n"),
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct wire *w = app_open(NULL);

		app_feed(w, begun[i]);
		assert_int_equal(wire_move(w), WM_E_BUSY);
		app_feed(w, i == 0 ? "ok" : i == 1 ? "k" : "o\r\n0\r\n\r\n");
		assert_string_equal(app_statuses(w), "200");
		assert_int_equal(wire_move(w), 0);
		wire_free(&w);
	}
}

static void
stays_until_all_is_answered(void **state)
{
	struct wire *w = app_open(NULL);

	(void)state;
	app.defer = true;
	app_feed(w, GOOD("/one") GOOD("/two"));
	assert_int_equal(wire_move(w), WM_E_BUSY);
	app_answer(w, 1, "two");
	assert_int_equal(wire_move(w), WM_E_BUSY);
	app_answer(w, 0, "one");
	assert_int_equal(wire_move(w), 0);
	assert_string_equal(app_statuses(w), "200 200");
	wire_free(&w);
}

static void
a_ticket_from_before_answers_nothing_else(void **state)
{
	struct wire *w = app_open(NULL);

	(void)state;
	app.defer = true;
	app_feed(w, GOOD("/one"));
	app_answer(w, 0, "one");
	assert_int_equal(wire_move(w), 0);
	app_feed(w, GOOD("/two"));
	assert_true(app_answer(w, 0, "again") < 0);
	assert_int_equal(app_answer(w, 1, "two"), 0);
	assert_int_equal(app_sent(w, "again"), 0);
	wire_free(&w);
}

static void
begin_events(struct wm_conn *c, const struct wm_msg *m)
{
	(void)m;
	wm_http_events_begin(c, NULL);
}

static void
stays_while_events_stream(void **state)
{
	struct wire *w = app_open(NULL);

	(void)state;
	app.act = begin_events;
	app_feed(w, GOOD("/"));
	assert_int_equal(wire_move(w), WM_E_BUSY);
	wire_free(&w);
}

static void
stays_when_it_is_about_to_close(void **state)
{
	struct wire *w = app_open(NULL);

	(void)state;
	wire_stall(w, true);
	app_feed(w, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	assert_int_equal(wire_move(w), WM_E_BUSY);
	wire_free(&w);
}

static void
answers_that_nobody_has_read_yet_travel(void **state)
{
	struct wire *w = app_open(NULL);

	(void)state;
	wire_stall(w, true);
	app_feed(w, GOOD("/"));
	assert_int_equal(wire_move(w), 0);
	assert_int_equal(wire_output(w).len, 0);
	wire_stall(w, false);
	wire_turn(w);
	assert_string_equal(app_statuses(w), "200");
	wire_free(&w);
}

static int
thaw(struct wire *w, unsigned version, uint64_t phase)
{
	struct wm_buf b = WM_BUF_INIT;
	struct wm_freezer f = { &b };
	char memory[64] = { 0 };
	struct wm_thawer t;
	int error;

	assert_true(wm_protocol_http.state_size <= sizeof(memory));
	wm_freeze_number(&f, 7);
	wm_freeze_number(&f, phase);
	t = (struct wm_thawer){ .data = b.data, .len = b.len };
	error = wm_protocol_http.thaw(wire_conn(w), memory, version, &t);
	wm_buf_fini(&b);
	return error;
}

static void
takes_only_what_it_understands(void **state)
{
	struct wire *w = app_open(NULL);
	unsigned version = wm_protocol_http.state_version;

	(void)state;
	assert_int_equal(thaw(w, version, 0), 0);
	assert_int_equal(thaw(w, version + 1, 0), WM_E_UNSUPPORTED);
	assert_int_equal(thaw(w, version, 2), WM_E_PROTOCOL); /* a body */
	assert_int_equal(thaw(w, version, 99), WM_E_PROTOCOL);
	wire_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, app_setup, app_teardown)
		TEST(goes_on_between_two_requests),
		TEST(takes_a_head_along_that_is_not_complete),
		TEST(the_time_for_a_head_goes_on),
		TEST(the_time_between_requests_goes_on),
		TEST(stays_in_the_middle_of_a_body),
		TEST(stays_until_all_is_answered),
		TEST(a_ticket_from_before_answers_nothing_else),
		TEST(stays_while_events_stream),
		TEST(stays_when_it_is_about_to_close),
		TEST(answers_that_nobody_has_read_yet_travel),
		TEST(takes_only_what_it_understands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
