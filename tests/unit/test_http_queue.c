/* SPDX-License-Identifier: MIT */
/*
 * The order of answers: those that come later, those behind them, those that
 * a slow reader makes wait, and what else waits for its turn.
 */
#include "tests/support/http_app.h"
#include "tests/support/unit.h"

static unsigned lines;

static void
count_line(struct wm_conn *c, const struct wm_msg *m)
{
	(void)c;
	assert_int_equal(m->len, 5);
	assert_memory_equal(m->data, "hello", 5);
	lines++;
}

static void
upgrade_the_second(struct wm_conn *c, const struct wm_msg *m)
{
	static const struct wm_handlers handlers = { .on_message = count_line };
	static const struct wm_http_header headers[] = { { "Upgrade", "text" },
		{ NULL, NULL } };

	(void)m;
	if (app.delivered == 1) {
		app.tickets[0] = wm_http_defer(c);
		return;
	}
	assert_int_equal(wm_http_respond(c,
			     &(struct wm_http_response){ .status = 101,
				 .headers = headers }),
	    0);
	wm_conn_set_handlers(c, &handlers);
	assert_int_equal(wm_conn_set_protocol(c, &wm_protocol_text, NULL, 0),
	    0);
}

/* RFC 9110 section 7.8. */
static void
an_upgrade_waits_for_earlier_answers(void **state)
{
	struct wire *w;

	(void)state;
	lines = 0;
	app.act = upgrade_the_second;
	w = app_fed(GOOD("/0") GOOD("/1") "hello\nhel");
	assert_string_equal(app_statuses(w), "");
	assert_int_equal(lines, 0);
	assert_int_equal(app_answer(w, 0, "first"), 0);
	assert_string_equal(app_statuses(w), "200 101");
	assert_int_equal(lines, 1);
	app_feed(w, "lo\n");
	assert_int_equal(lines, 2);
	assert_int_equal(app.delivered, 2);
	wire_free(&w);
}

static void
deferred_answers_leave_in_the_order_of_the_requests(void **state)
{
	struct wire *w;

	(void)state;
	app.defer = true;
	w = app_fed(GOOD("/0") GOOD("/1") GOOD("/2"));
	assert_int_equal(wire_held(w), 3);
	app.defer = false;
	app_feed(w, GOOD("/3")); /* answered at once, waits all the same */
	assert_int_equal(wire_held(w), 4);
	assert_int_equal(app_answer(w, 2, "<2>"), 0);
	assert_int_equal(app_answer(w, 2, "again"), WM_E_BUSY);
	assert_string_equal(app_statuses(w), "");
	assert_int_equal(app_answer(w, 0, "<0>"), 0);
	assert_string_equal(app_statuses(w), "200");
	assert_int_equal(app_answer(w, 0, "again"), WM_E_BUSY);
	assert_int_equal(app_answer(w, 1, "<1>"), 0);
	assert_string_equal(app_statuses(w), "200 200 200 200");
	assert_int_equal(wire_held(w), 0);
	assert_int_equal(app_sent(w, "again"), 0);
	assert_int_equal(app_sent(w, "<2>HTTP/1.1 200"), 1);
	app_feed(w, GOOD("/4"));
	assert_string_equal(app_statuses(w), "200 200 200 200 200");
	wire_free(&w);
}

static void
deferred_requests_end_with_their_connection(void **state)
{
	struct wire *w;

	(void)state;
	app.defer = true;
	w = app_fed(GOOD("/0") GOOD("/1"));
	assert_int_equal(app_answer(w, 1, "kept until then"), 0);
	wm_conn_close_reason(wire_conn(w), WM_CLOSE_RESET);
	assert_int_equal(app_answer(w, 0, "late"), WM_E_CLOSED);
	assert_true(wire_is_closed(w));
	assert_null(wire_conn(w));
	assert_int_equal(app_answer(w, 0, "later"), WM_E_CLOSED);
	assert_string_equal(app_statuses(w), "");
	wire_free(&w);
}

static void
head_requests_are_remembered_until_their_answer(void **state)
{
	struct wire *w;

	(void)state;
	app.defer = true;
	w = app_fed("HEAD /0 HTTP/1.1\r\nHost: a\r\n\r\n" GOOD("/1"));
	assert_int_equal(app_answer(w, 0, "<0>"), 0);
	assert_int_equal(app_answer(w, 1, "<1>"), 0);
	assert_int_equal(app_sent(w, "<0>"), 0);
	assert_int_equal(app_sent(w, "<1>"), 1);
	wire_free(&w);
}

static void
at_most_so_many_requests_wait_for_their_answer(void **state)
{
	struct wire *w;
	unsigned i;

	(void)state;
	app.defer = true;
	w = app_open(NULL);
	for (i = 0; i < 40; i++)
		app_feed(w, GOOD("/"));
	assert_int_equal(app.delivered, 32);
	assert_int_equal(app_answer(w, 0, "x"), 0);
	assert_int_equal(app.delivered, 33);
	for (i = 1; i < 40; i++)
		assert_int_equal(app_answer(w, i, "x"), 0);
	assert_int_equal(app.delivered, 40);
	assert_int_equal(app_sent(w, "HTTP/1.1 200"), 40);
	wire_free(&w);
}

static void
a_refusal_waits_for_earlier_answers(void **state)
{
	struct wire *w;

	(void)state;
	app.defer = true;
	w = app_fed(GOOD("/0") "GET / HTTP/3.0\r\n\r\n" GOOD("/1"));
	assert_int_equal(app.delivered, 1);
	assert_string_equal(app_statuses(w), "");
	assert_false(wire_is_closed(w));
	app_feed(w, GOOD("/2"));
	assert_int_equal(wire_unread(w), 0);
	assert_int_equal(app_answer(w, 0, "ok"), 0);
	assert_string_equal(app_statuses(w), "200 505");
	assert_int_equal(app_sent(w, "Connection: close\r\n"), 1);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_POLICY);
	assert_int_equal(app.delivered, 1);
	wire_free(&w);
}

static void
an_answer_waits_for_a_reader_that_is_slow(void **state)
{
	const struct wm_limits limits = { .unsent = 100 };
	struct wire *w = app_open(&limits);

	(void)state;
	wire_stall(w, true);
	app_feed(w, GOOD("/1") GOOD("/2"));
	assert_int_equal(app.rc, 0);
	assert_int_equal(wire_held(w), 1);
	wire_advance(w, 10);
	assert_int_equal(wire_held(w), 1);
	wire_stall(w, false);
	wire_turn(w);
	assert_string_equal(app_statuses(w), "200 200");
	assert_int_equal(wire_held(w), 0);
	assert_int_equal(wire_calls(w)->error, 0);
	wire_free(&w);
}

/* The peer reads all, but nothing leaves before the turn ends. */
static void
answers_over_the_limit_of_a_turn_leave_in_the_next(void **state)
{
	const struct wm_limits limits = { .unsent = 100 };
	struct wire *w = app_open(&limits);

	(void)state;
	app_feed(w, GOOD("/1") GOOD("/2") GOOD("/3") GOOD("/4"));
	assert_string_equal(app_statuses(w), "200 200 200 200");
	assert_int_equal(wire_held(w), 0);
	wire_advance(w, 74);
	assert_false(wire_is_closed(w));
	wire_advance(w, 2);
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
a_peer_that_never_reads_is_given_up(void **state)
{
	const struct wm_limits limits = { .unsent = 100 };
	struct wire *w = app_open(&limits);

	(void)state;
	wire_stall(w, true);
	app_feed(w, GOOD("/1") GOOD("/2"));
	wire_advance(w, 30);
	assert_false(wire_is_closed(w));
	wire_advance(w, 1);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_WRITE_TIMEOUT);
	wire_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, app_setup, app_teardown)
		TEST(deferred_answers_leave_in_the_order_of_the_requests),
		TEST(at_most_so_many_requests_wait_for_their_answer),
		TEST(a_refusal_waits_for_earlier_answers),
		TEST(an_answer_waits_for_a_reader_that_is_slow),
		TEST(answers_over_the_limit_of_a_turn_leave_in_the_next),
		TEST(a_peer_that_never_reads_is_given_up),
		TEST(an_upgrade_waits_for_earlier_answers),
		TEST(head_requests_are_remembered_until_their_answer),
		TEST(deferred_requests_end_with_their_connection),
	};

	return UNIT_RUN(tests);
}
