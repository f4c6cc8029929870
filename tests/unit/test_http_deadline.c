/* SPDX-License-Identifier: MIT */
/*
 * What a peer may take its time for, and what it hears when it took too much;
 * what it hears when we leave.
 */
#include "tests/support/capture.h"
#include "tests/support/http_app.h"
#include "tests/support/unit.h"

/* Seconds, by default. */
#define HEAD 10
#define BODY 30
#define IDLE 75

#define PART    "POST / HTTP/1.1\r\nHost: a\r\n"
#define SIZED   PART "Content-Length: 9\r\n\r\n"
#define CHUNKED PART "Transfer-Encoding: chunked\r\n\r\n"

/* Connected and fed `text`, it has `s` seconds left, then hears `statuses`. */
static void
assert_late(const char *text, unsigned s, const char *statuses)
{
	struct wire *w = app_fed(text);

	wire_advance(w, s);
	assert_false(wire_is_closed(w));
	wire_advance(w, 1);
	assert_string_equal(app_statuses(w), statuses);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_TIMEOUT);
	wire_free(&w);
}

static void
who_says_nothing_is_told_nothing(void **state)
{
	(void)state;
	assert_late("", HEAD, "");
	assert_late(GOOD("/"), IDLE, "200");
	assert_late(GOOD("/") "\r\n", IDLE, "200");
}

static void
who_says_half_of_it_is_told_408(void **state)
{
	(void)state;
	assert_late("G", HEAD, "408");
	assert_late(PART, HEAD, "408");
	assert_late(GOOD("/") PART, HEAD, "200 408");
	assert_late(SIZED "12345678", BODY, "408");
	assert_late(CHUNKED, BODY, "408");
	assert_late(CHUNKED "1\r\nx\r\n", BODY, "408");
}

static void
bytes_of_a_head_do_not_buy_time(void **state)
{
	struct wire *w = app_fed("G");

	(void)state;
	wire_advance(w, HEAD);
	app_feed(w, "E");
	assert_false(wire_is_closed(w));
	wire_advance(w, 1);
	assert_string_equal(app_statuses(w), "408");
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
bytes_of_a_body_buy_time(void **state)
{
	struct wire *w = app_fed(PART);

	(void)state;
	wire_advance(w, HEAD);
	app_feed(w, "Content-Length: 3\r\n\r\n");
	wire_advance(w, BODY);
	app_feed(w, "a");
	wire_advance(w, BODY);
	app_feed(w, "b");
	wire_advance(w, BODY);
	assert_string_equal(app_statuses(w), "");
	app_feed(w, "c");
	assert_string_equal(app_statuses(w), "200");
	wire_free(&w);
}

static void
the_application_may_take_its_time(void **state)
{
	struct wire *w;

	(void)state;
	app.defer = true;
	w = app_fed(GOOD("/"));
	wire_advance(w, 1000);
	assert_int_equal(app_answer(w, 0, "ok"), 0);
	wire_advance(w, IDLE);
	assert_false(wire_is_closed(w));
	wire_advance(w, 1);
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
a_deferred_answer_that_does_not_come_is_500(void **state)
{
	const struct wm_http_options options = { .answer_ms = 20000 };
	struct wire *w = app_open(NULL);

	(void)state;
	wire_set_options(w, &options);
	app.defer = true;
	app_feed(w, GOOD("/0") GOOD("/1"));
	wire_advance(w, 15);
	assert_int_equal(app_answer(w, 0, "ok"), 0);
	wire_advance(w, 20); /* its own time begins with its turn */
	assert_string_equal(app_statuses(w), "200");
	capture_begin();
	wire_advance(w, 1);
	assert_non_null(strstr(capture_stop(), "did not come"));
	assert_string_equal(app_statuses(w), "200 500");
	assert_int_equal(app_answer(w, 1, "late"), WM_E_BUSY);
	assert_false(wm_http_waiting(wire_proc(w), app.tickets[1]));
	wire_advance(w, IDLE);
	assert_false(wire_is_closed(w));
	wire_free(&w);
}

static void
no_request_waits_for_ever(void **state)
{
	struct wire *w;

	(void)state;
	app.defer = true;
	w = app_fed(GOOD("/"));
	wire_advance(w, 3600);
	assert_string_equal(app_statuses(w), "");
	capture_begin();
	wire_advance(w, 1);
	assert_non_null(strstr(capture_stop(), "did not come"));
	assert_string_equal(app_statuses(w), "500");
	wire_free(&w);
}

static void
a_late_request_is_refused_behind_earlier_answers(void **state)
{
	struct wire *w;

	(void)state;
	app.defer = true;
	w = app_fed(GOOD("/") PART);
	wire_advance(w, HEAD + 1);
	assert_false(wire_is_closed(w));
	app_feed(w, "\r\n");
	assert_int_equal(app_answer(w, 0, "ok"), 0);
	assert_string_equal(app_statuses(w), "200 408");
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
a_request_that_its_answers_hold_up_is_not_late(void **state)
{
	const struct wm_limits limits = { .unsent = 100 };
	struct wire *w = app_open(&limits);

	(void)state;
	wire_stall(w, true);
	app_feed(w, GOOD("/") PART);
	wire_advance(w, HEAD + 2);
	wire_stall(w, false);
	app_feed(w, "\r\n");
	assert_string_equal(app_statuses(w), "200 200");
	app_feed(w, PART);
	wire_advance(w, HEAD + 1);
	assert_string_equal(app_statuses(w), "200 200 408");
	wire_free(&w);
}

static void
who_is_still_taking_an_answer_is_not_idle(void **state)
{
	const struct wm_limits limits = { .write_ms = 1000000 };
	struct wire *w = app_open(&limits);

	(void)state;
	wire_stall(w, true);
	app_feed(w, GOOD("/"));
	wire_advance(w, 2 * (IDLE + 1));
	assert_false(wire_is_closed(w));
	wire_stall(w, false);
	wire_turn(w);
	assert_string_equal(app_statuses(w), "200");
	wire_advance(w, IDLE + 1);
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
a_peer_that_is_not_read_is_not_late(void **state)
{
	const struct wm_limits limits = { .pipeline = 1 };
	struct wire *w = app_open(&limits);

	(void)state;
	app.defer = true;
	app_feed(w, "G");
	app_feed(w, "ET / HTTP/1.1\r\nHost: a\r\n\r\n" PART);
	wire_advance(w, 100);
	assert_int_equal(app_answer(w, 0, "ok"), 0);
	assert_string_equal(app_statuses(w), "200");
	wire_advance(w, HEAD);
	assert_false(wire_is_closed(w));
	wire_advance(w, 1);
	assert_string_equal(app_statuses(w), "200 408");
	wire_free(&w);
}

static void
who_is_cut_short_by_a_shutdown_is_told_503(void **state)
{
	struct wire *w = app_fed(SIZED);

	(void)state;
	wm_conn_close_reason(wire_conn(w), WM_CLOSE_SHUTDOWN);
	wire_turn(w);
	assert_string_equal(app_statuses(w), "503");
	wire_free(&w);
	w = app_fed(GOOD("/"));
	wm_conn_close_reason(wire_conn(w), WM_CLOSE_RESTART);
	wire_turn(w);
	assert_string_equal(app_statuses(w), "200");
	wire_free(&w);
}

static void
a_peer_that_leaves_is_told_nothing(void **state)
{
	static const char *const texts[] = { "", "G", PART, SIZED "123",
		CHUNKED "1\r\nx" };
	struct wire *w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		w = app_fed(texts[i]);
		wire_eof(w);
		wire_turn(w);
		assert_true(wire_is_closed(w));
		assert_int_equal(wire_reason(w), WM_CLOSE_PEER);
		assert_string_equal(app_statuses(w), "");
		wire_free(&w);
	}
}

static void
a_peer_that_only_ends_its_sending_is_answered(void **state)
{
	struct wire *w;

	(void)state;
	app.defer = true;
	w = app_fed(GOOD("/"));
	wire_eof(w);
	wire_turn(w);
	assert_false(wire_is_closed(w));
	assert_int_equal(app_answer(w, 0, "ok"), 0);
	assert_string_equal(app_statuses(w), "200");
	assert_true(wire_is_closed(w));
	wire_free(&w);
	app_reset();
	app.defer = true;
	w = app_fed(GOOD("/") "GET / HTTP/9.9\r\n\r\n");
	wire_eof(w);
	wire_turn(w);
	assert_int_equal(app_answer(w, 0, "ok"), 0);
	assert_string_equal(app_statuses(w), "200 505");
	wire_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, app_setup, app_teardown)
		TEST(who_says_nothing_is_told_nothing),
		TEST(who_says_half_of_it_is_told_408),
		TEST(bytes_of_a_head_do_not_buy_time),
		TEST(bytes_of_a_body_buy_time),
		TEST(the_application_may_take_its_time),
		TEST(a_deferred_answer_that_does_not_come_is_500),
		TEST(no_request_waits_for_ever),
		TEST(a_late_request_is_refused_behind_earlier_answers),
		TEST(a_request_that_its_answers_hold_up_is_not_late),
		TEST(who_is_still_taking_an_answer_is_not_idle),
		TEST(a_peer_that_is_not_read_is_not_late),
		TEST(who_is_cut_short_by_a_shutdown_is_told_503),
		TEST(a_peer_that_leaves_is_told_nothing),
		TEST(a_peer_that_only_ends_its_sending_is_answered),
	};

	return UNIT_RUN(tests);
}
