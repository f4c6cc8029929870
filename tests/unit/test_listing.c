/* SPDX-License-Identifier: MIT */
/* The worker's side of `connections`. */
#include <sys/socket.h>

#include <fcntl.h>
#include <unistd.h>

#include "framework/base/fd.h"
#include "framework/net/conn.h"
#include "framework/worker/listing.h"
#include "framework/worker/run.h"
#include "tests/support/toys.h"
#include "tests/support/unit.h"

#define MANY 5000

static const struct wm_worker rows[] = { { .name = "w" }, { .name = NULL } };
static const struct wm_app app = { .name = "test", .workers = rows };
static struct wm__worker worker;
static struct wm__service service;
static int pair[2]; /* the master's end, the worker's */
static struct wm_buf answer;
static size_t turns, most; /* turns of the loop; most bytes of one */
static size_t reads;       /* turns that the master reads in; then no more */

/* The master: reads what is there at the end of each turn. */
static void
on_turn(struct wm_proc *p)
{
	char bytes[1 << 16];
	size_t before = answer.len;
	ssize_t n = 1;

	turns++;
	if (reads > 0)
		reads--;
	while (reads > 0 &&
	    (n = recv(pair[0], bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		wm_buf_put(&answer, bytes, (size_t)n);
	if (answer.len - before > most)
		most = answer.len - before;
	if (n == 0 || reads == 0)
		wm__loop_stop(p->loop);
}

static int
set_up(void **state)
{
	const char *why;

	(void)state;
	assert_int_equal(wm__worker_init(&worker, &app, rows, NULL, &why), 0);
	worker.proc.turn_hook = on_turn;
	service = (struct wm__service){ .proc = &worker.proc,
		.protocol = &wm_protocol_text,
		.limits = { .message = 100,
		    .undecoded = 100,
		    .unsent = 100,
		    .pipeline = 2,
		    .close_ms = 1000 } };
	assert_int_equal(wm__fd_stream_pair(pair), 0);
	turns = most = 0;
	reads = 100000;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	wm__worker_fini(&worker);
	wm__fd_close(&pair[0]);
	wm_buf_fini(&answer);
	return 0;
}

static struct wm_conn *
add(void)
{
	struct wm_conn *c = wm__conn_new(&service, -1, NULL);

	assert_non_null(c);
	return c;
}

/* Asks and runs until the worker has closed the stream. */
static const char *
ask(const char *filter, uint64_t close_id)
{
	wm__listing_start(&worker, pair[1], filter, close_id);
	wm__loop_run(worker.proc.loop);
	wm_buf_put(&answer, "", 1);
	return answer.data;
}

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

static void
says_the_end_when_there_is_nothing(void **state)
{
	(void)state;
	assert_string_equal(ask("", 0), ".\n");
	assert_null(worker.listings);
}

static void
a_row_has_all_columns(void **state)
{
	struct wm_conn *c = add();
	char expected[512], bytes[] = "one\ntwo\nhal";

	(void)state;
	wm__conn_feed(c, bytes, sizeof(bytes) - 1);
	snprintf(expected, sizeof(expected),
	    " id=%llu trans=unix protocol=text ipv4=0 ipv6=0 recv_q=3 "
	    "send_q=0 bytes_r=11 bytes_w=0 requests=2 age=0 idle=0 tls=- "
	    "state=open local=",
	    (unsigned long long)wm_conn_id(c));
	assert_memory_equal(ask("", 0), expected, strlen(expected));
	assert_non_null(strstr(answer.data, " foreign=unix:\n.\n"));
}

static void
lists_many_in_small_pieces(void **state)
{
	(void)state;
	for (int i = 0; i < MANY; i++)
		add();
	ask("", 0);
	assert_int_equal(count(answer.data, " id="), MANY);
	assert_int_equal(count(answer.data, "\n.\n"), 1);
	assert_true(turns >= MANY / 128);
	assert_true(most < 40000);
}

static void
what_is_not_meant_costs_no_row_but_a_sign(void **state)
{
	(void)state;
	for (int i = 0; i < MANY; i++)
		add();
	ask("protocol=http", 0);
	assert_int_equal(count(answer.data, "id="), 0);
	assert_true(answer.len > 10 && answer.data[0] == '\n');
	assert_true(turns >= MANY / 128);
}

static void
who_ended_is_not_told_of(void **state)
{
	struct wm_conn *c = add();

	(void)state;
	add();
	wm__conn_end(c, WM_CLOSE_PEER); /* freed at the end of the turn */
	assert_int_equal(count(ask("", 0), " id="), 1);
}

static void
waits_while_the_master_does_not_read(void **state)
{
	(void)state;
	for (int i = 0; i < MANY; i++)
		add();
	wm__listing_start(&worker, pair[1], "", 0);
	reads = 0;
	for (int i = 0; i < 200; i++)
		wm__loop_again(worker.proc.loop),
		    wm__loop_run(worker.proc.loop);
	/* full: no more than the kernel took and one piece */
	assert_non_null(worker.listings);
	reads = 100000;
	wm__loop_run(worker.proc.loop);
	wm_buf_put(&answer, "", 1);
	assert_int_equal(count(answer.data, " id="), MANY);
	assert_null(worker.listings);
}

static void
stops_when_the_master_is_gone(void **state)
{
	(void)state;
	for (int i = 0; i < MANY; i++)
		add();
	wm__listing_start(&worker, pair[1], "", 0);
	wm__fd_close(&pair[0]);
	reads = 0;
	wm__loop_run(worker.proc.loop);
	assert_null(worker.listings);
}

static void
a_question_that_was_given_up_is_not_answered(void **state)
{
	struct wm_conn *c = add();

	(void)state;
	shutdown(pair[0], SHUT_WR);
	assert_string_equal(ask("", wm_conn_id(c)), "");
	assert_false(wm_conn_closing(c));
	assert_null(worker.listings);
}

static void
closes_the_one_that_is_named(void **state)
{
	struct wm_conn *c = add();
	uint64_t id = wm_conn_id(c), other = wm_conn_id(add());

	(void)state;
	assert_int_equal(count(ask("", id), " id="), 1);
	assert_non_null(strstr(answer.data, "\n.\n"));
	assert_null(wm_conn_find(&worker.proc, id));
	assert_non_null(wm_conn_find(&worker.proc, other));
	assert_int_equal(
	    wm__counter(&worker.proc.counters->closed[WM_CLOSE_APPLICATION]),
	    1);
}

static void
an_unknown_one_is_not_found(void **state)
{
	(void)state;
	add();
	assert_string_equal(ask("", 12345), ".\n");
}

static void
an_unknown_filter_is_no_answer(void **state)
{
	(void)state;
	add();
	assert_string_equal(ask("colour=red", 0), "");
}

static void
several_at_once_are_all_answered(void **state)
{
	int second[2];
	char bytes[1 << 16];
	size_t got = 0;
	ssize_t n;

	(void)state;
	for (int i = 0; i < 100; i++)
		add();
	assert_int_equal(wm__fd_stream_pair(second), 0);
	wm__listing_start(&worker, second[1], "", 0);
	assert_int_equal(count(ask("", 0), " id="), 100);
	while (worker.listings != NULL) {
		reads = 1;
		wm__loop_again(worker.proc.loop);
		wm__loop_run(worker.proc.loop);
	}
	while ((n = read(second[0], bytes, sizeof(bytes))) > 0)
		for (ssize_t i = 0; i < n; i++)
			got += bytes[i] == '\n';
	assert_int_equal(n, 0);
	assert_int_equal(got, 101);
	wm__fd_close(&second[0]);
}

#define LISTING_TEST(name)                                                     \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LISTING_TEST(says_the_end_when_there_is_nothing),
		LISTING_TEST(a_row_has_all_columns),
		LISTING_TEST(lists_many_in_small_pieces),
		LISTING_TEST(what_is_not_meant_costs_no_row_but_a_sign),
		LISTING_TEST(who_ended_is_not_told_of),
		LISTING_TEST(waits_while_the_master_does_not_read),
		LISTING_TEST(stops_when_the_master_is_gone),
		LISTING_TEST(a_question_that_was_given_up_is_not_answered),
		LISTING_TEST(closes_the_one_that_is_named),
		LISTING_TEST(an_unknown_one_is_not_found),
		LISTING_TEST(an_unknown_filter_is_no_answer),
		LISTING_TEST(several_at_once_are_all_answered),
	};

	return UNIT_RUN(tests);
}
