/* SPDX-License-Identifier: MIT */
/*
 * What a peer may take its time for, and what it hears when it took too much;
 * what it hears when we leave.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/support/http_app.h"

#define HEAD_MS 10000
#define BODY_MS 30000
#define IDLE_MS 75000

#define PART    "POST / HTTP/1.1\r\nHost: a\r\n"
#define SIZED   PART "Content-Length: 9\r\n\r\n"
#define CHUNKED PART "Transfer-Encoding: chunked\r\n\r\n"

static void
feed(struct wm_conn *c, const char *text)
{
	fake_feed(c, text, strlen(text));
}

/* Connected and fed `text`, it has `ms` left, then hears `statuses`. */
static void
assert_late(const char *text, uint32_t ms, const char *statuses)
{
	struct wm_conn *c = app_fed(text);

	assert_int_equal(fake_deadline_ms(c), ms);
	assert_false(fake_closed(c));
	fake_pass_deadline(c);
	assert_string_equal(app_statuses(c), statuses);
	assert_true(fake_closed(c));
	assert_int_equal(fake_reason(c), WM_CLOSE_TIMEOUT);
	fake_free(&c);
}

static void
who_says_nothing_is_told_nothing(void **state)
{
	(void)state;
	assert_late("", HEAD_MS, "");
	assert_late(GOOD("/"), IDLE_MS, "200");
	assert_late(GOOD("/") "\r\n", IDLE_MS, "200");
}

static void
who_says_half_of_it_is_told_408(void **state)
{
	(void)state;
	assert_late("G", HEAD_MS, "408");
	assert_late(PART, HEAD_MS, "408");
	assert_late(GOOD("/") PART, HEAD_MS, "200 408");
	assert_late(SIZED "12345678", BODY_MS, "408");
	assert_late(CHUNKED, BODY_MS, "408");
	assert_late(CHUNKED "1\r\nx\r\n", BODY_MS, "408");
}

static void
bytes_of_a_head_do_not_buy_time_and_those_of_a_body_do(void **state)
{
	struct wm_conn *c = app_fed("G");

	(void)state;
	wm_conn_set_deadline(c, 0, 1234);
	feed(c, "E");
	assert_int_equal(fake_deadline_ms(c), 1234);
	feed(c, "T / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n");
	assert_int_equal(fake_deadline_ms(c), BODY_MS);
	wm_conn_set_deadline(c, 0, 1234);
	feed(c, "a");
	assert_int_equal(fake_deadline_ms(c), BODY_MS);
	feed(c, "b");
	assert_string_equal(app_statuses(c), "200");
	fake_free(&c);
}

static void
the_application_may_take_its_time(void **state)
{
	struct wm_conn *c;

	(void)state;
	app.defer = true;
	c = app_fed(GOOD("/"));
	assert_int_equal(fake_deadline_ms(c), 0);
	assert_int_equal(app_answer(0, "ok"), 0);
	assert_int_equal(fake_deadline_ms(c), IDLE_MS);
	fake_free(&c);
}

static void
a_late_request_is_refused_behind_earlier_answers(void **state)
{
	struct wm_conn *c;

	(void)state;
	app.defer = true;
	c = app_fed(GOOD("/") PART);
	assert_int_equal(fake_deadline_ms(c), HEAD_MS);
	fake_pass_deadline(c);
	assert_false(fake_closed(c));
	feed(c, "\r\n");
	assert_int_equal(app_answer(0, "ok"), 0);
	assert_string_equal(app_statuses(c), "200 408");
	assert_true(fake_closed(c));
	fake_free(&c);
}

static void
a_peer_that_is_not_read_is_not_late(void **state)
{
	const struct wm_limits limits = { .pipeline = 1 };
	struct fake_setup setup = http_setup;
	struct wm_conn *c;

	(void)state;
	setup.limits = &limits;
	app.defer = true;
	c = fake_new(&setup);
	feed(c, "G");
	feed(c, "ET / HTTP/1.1\r\nHost: a\r\n\r\n" PART);
	wm_conn_set_deadline(c, 0, 1);
	fake_pass_deadline(c);
	assert_false(fake_closed(c));
	assert_int_equal(app_answer(0, "ok"), 0);
	assert_string_equal(app_statuses(c), "200");
	fake_free(&c);
}

static void
who_is_cut_short_by_a_shutdown_is_told_503(void **state)
{
	struct wm_conn *c = app_fed(SIZED);

	(void)state;
	wm_conn_close_reason(c, WM_CLOSE_SHUTDOWN);
	assert_string_equal(app_statuses(c), "503");
	fake_free(&c);
	c = app_fed(GOOD("/"));
	wm_conn_close_reason(c, WM_CLOSE_RESTART);
	assert_string_equal(app_statuses(c), "200");
	fake_free(&c);
}

static void
a_peer_that_leaves_is_told_nothing(void **state)
{
	static const char *const texts[] = { "", "G", PART, SIZED "123",
		CHUNKED "1\r\nx" };
	struct wm_conn *c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		c = app_fed(texts[i]);
		fake_feed_eof(c);
		assert_true(fake_closed(c));
		assert_int_equal(fake_reason(c), WM_CLOSE_PEER);
		assert_string_equal(app_statuses(c), "");
		fake_free(&c);
	}
}

static void
a_peer_that_only_ends_its_sending_is_answered(void **state)
{
	struct wm_conn *c;

	(void)state;
	app.defer = true;
	c = app_fed(GOOD("/"));
	fake_feed_eof(c);
	assert_false(fake_closed(c));
	assert_int_equal(app_answer(0, "ok"), 0);
	fake_turn(c);
	assert_string_equal(app_statuses(c), "200");
	assert_true(fake_closed(c));
	fake_free(&c);
	app_reset();
	app.defer = true;
	c = app_fed(GOOD("/") "GET / HTTP/9.9\r\n\r\n");
	fake_feed_eof(c);
	assert_int_equal(app_answer(0, "ok"), 0);
	assert_string_equal(app_statuses(c), "200 505");
	fake_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, app_setup, app_teardown)
		TEST(who_says_nothing_is_told_nothing),
		TEST(who_says_half_of_it_is_told_408),
		TEST(bytes_of_a_head_do_not_buy_time_and_those_of_a_body_do),
		TEST(the_application_may_take_its_time),
		TEST(a_late_request_is_refused_behind_earlier_answers),
		TEST(a_peer_that_is_not_read_is_not_late),
		TEST(who_is_cut_short_by_a_shutdown_is_told_503),
		TEST(a_peer_that_leaves_is_told_nothing),
		TEST(a_peer_that_only_ends_its_sending_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
