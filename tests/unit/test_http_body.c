/* SPDX-License-Identifier: MIT */
/* Bodies that are delivered in parts. */
#include "framework/net/drain.h"
#include "tests/support/capture.h"
#include "tests/support/http_app.h"
#include "tests/support/unit.h"

#define POST(fields) "POST /b HTTP/1.1\r\nHost: a\r\n" fields "\r\n\r\n"
#define SIZED(n)     POST("Content-Length: " n)
#define CHUNKED      POST("Transfer-Encoding: chunked")
#define EXPECT(n)    POST("Expect: 100-continue\r\nContent-Length: " n)

/* What came of the body so far. */
static struct {
	struct wm_buf data;
	unsigned firsts, lasts;
	size_t largest;
	char trailer[16];
	void (*act)(struct wm_conn *, const struct wm_msg *);
} got;

static bool
every_body(const struct wm_conn *c, const struct wm_http_request *r)
{
	(void)c;
	return !wm_http_path_is(r, "/whole");
}

static const struct wm_http_options in_parts = { .in_parts = every_body };

static void
take_part(struct wm_conn *c, const struct wm_msg *m)
{
	const struct wm_http_request *r = wm_http_request(m);
	struct wm_span sum = wm_http_trailer(r, "Sum");

	if (wm_http_path_is(r, "/next")) {
		wm_http_respond(c, &app.response);
		return;
	}
	assert_span(wm_http_path(r), "/b");
	assert_span(wm_http_header(r, "Host"), "a");
	assert_int_equal((m->flags & WM_MSG_FIRST) != 0, got.firsts == 0);
	if (m->flags & WM_MSG_FIRST) {
		got.firsts++;
		assert_int_equal(m->len, 0);
	}
	wm_buf_put(&got.data, m->data, m->len);
	if (m->len > got.largest)
		got.largest = m->len;
	if (m->flags & WM_MSG_LAST)
		got.lasts++;
	snprintf(got.trailer, sizeof(got.trailer), "%.*s", (int)sum.len,
	    sum.data != NULL ? sum.data : "");
	if (got.act != NULL)
		got.act(c, m);
	else if (m->flags & WM_MSG_LAST)
		wm_http_respond(c, &app.response);
}

static struct wire *
open_parts(const struct wm_limits *limits)
{
	struct wire *w = app_open(limits);

	wire_set_options(w, &in_parts);
	app.act = take_part;
	wm_buf_fini(&got.data);
	memset(&got, 0, sizeof(got));
	return w;
}

static int
teardown(void **state)
{
	wm_buf_fini(&got.data);
	return app_teardown(state);
}

static void
assert_got(const char *text, unsigned lasts)
{
	assert_int_equal(got.data.len, strlen(text));
	if (got.data.len > 0)
		assert_memory_equal(got.data.data, text, got.data.len);
	assert_int_equal(got.firsts, 1);
	assert_int_equal(got.lasts, lasts);
}

struct row {
	const char *input;
	const char *body;    /* that the application gets, whole or not */
	const char *status;  /* of this request */
	const char *trailer; /* or null */
};

static const struct row rows[] = {
	{ SIZED("3") "abc", "abc", "200", NULL },
	{ SIZED("0"), NULL, "200", NULL },
	{ CHUNKED "0\r\n\r\n", "", "200", NULL },
	{ CHUNKED "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
	    "abc0123456789", "200", NULL },
	{ CHUNKED "3\r\nabc\r\n0\r\nA: b\r\nSum: 12\r\n\r\n", "abc", "200",
	    "12" },
	{ CHUNKED "0\r\nSum: 1\r\n\r\n", "", "200", "1" },
	{ CHUNKED "3\r\nabc\r\nx", "abc", "400", NULL },
	{ CHUNKED "3\r\nabcd", "abc", "400", NULL },
	{ CHUNKED "3\r\nabc\r\n0\r\nHost: x\r\n\r\n", "abc", "400", NULL },
	{ CHUNKED "3\r\nabc\r\n0\r\nA: b\r\n c\r\n\r\n", "abc", "400", NULL },
};

/* Feeds what stands at [from, to) of the row and of a request behind it. */
static void
feed_range(struct wire *w, const char *text, size_t from, size_t to)
{
	wire_feed(w, text + from, to - from);
	wire_turn(w);
}

static void
check_row(struct wire *w, const struct row *row)
{
	bool good = strcmp(row->status, "200") == 0;

	assert_string_equal(app_statuses(w), good ? "200 200" : row->status);
	assert_int_equal(wire_is_closed(w), !good);
	if (row->body != NULL) {
		assert_got(row->body, good);
		assert_string_equal(got.trailer,
		    row->trailer != NULL ? row->trailer : "");
	}
	if (good) {
		assert_int_equal(wire_held(w), 0);
		assert_int_equal(wire_unread(w), 0);
	}
}

static void
a_body_comes_to_the_same_however_it_is_split(void **state)
{
	char text[300];
	struct wire *w;
	size_t i, cut, len;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(text, sizeof(text), "%s%s", rows[i].input,
		    GOOD("/next"));
		len = strlen(text);
		for (cut = 1; cut <= len; cut++) {
			w = open_parts(NULL);
			feed_range(w, text, 0, cut);
			feed_range(w, text, cut, len);
			check_row(w, &rows[i]);
			wire_free(&w);
		}
		w = open_parts(NULL);
		for (cut = 0; cut < len; cut++)
			feed_range(w, text, cut, cut + 1);
		check_row(w, &rows[i]);
		wire_free(&w);
	}
}

static void
the_first_part_is_the_head_alone(void **state)
{
	struct wire *w = open_parts(NULL);

	(void)state;
	app_feed(w, SIZED("5"));
	assert_got("", 0);
	app_feed(w, "ab");
	assert_got("ab", 0);
	assert_int_equal(wire_unread(w), 0);
	app_feed(w, "cde");
	assert_got("abcde", 1);
	assert_string_equal(app_statuses(w), "200");
	wire_free(&w);
}

static void
who_is_not_asked_for_gets_it_whole(void **state)
{
	struct wire *w = open_parts(NULL);

	(void)state;
	app.act = NULL;
	app_feed(w,
	    "POST /whole HTTP/1.1\r\nHost: a\r\n"
	    "Content-Length: 3\r\n\r\na");
	assert_int_equal(app.delivered, 0);
	app_feed(w, "bc");
	assert_true(app_was_asked("POST /whole [abc]"));
	wire_free(&w);
}

/* However large the body is, and with limits.message far below it. */
static void
memory_does_not_grow_with_the_body(void **state)
{
	const struct wm_limits limits = { .message = 1000 };
	static char block[100000];
	struct wire *w;
	size_t most = 0;
	unsigned i, chunked;

	(void)state;
	for (chunked = 0; chunked < 2; chunked++) {
		w = open_parts(&limits);
		app_feed(w, chunked ? CHUNKED : SIZED("20000000"));
		for (i = 0; i < 200; i++) {
			if (chunked)
				app_feed(w, "186a0\r\n");
			wire_feed(w, block, sizeof(block));
			if (wire_unread(w) > most)
				most = wire_unread(w);
			wire_turn(w);
			if (chunked)
				app_feed(w, "\r\n");
			got.data.len = 0;
		}
		if (chunked)
			app_feed(w, "0\r\n\r\n");
		assert_int_equal(got.lasts, 1);
		assert_int_equal(got.largest, 1000);
		assert_in_range(most, 0, 10);
		assert_string_equal(app_statuses(w), "200");
		wire_free(&w);
	}
}

static void
a_body_has_a_limit_if_the_listener_says_so(void **state)
{
	const struct wm_http_options options = { .in_parts = every_body,
		.parts_max = 5 };
	struct wire *w = open_parts(NULL);

	(void)state;
	wire_set_options(w, &options);
	app_feed(w, SIZED("6"));
	assert_string_equal(app_statuses(w), "413");
	assert_int_equal(got.firsts, 0);
	wire_free(&w);
	w = open_parts(NULL);
	wire_set_options(w, &options);
	app_feed(w, CHUNKED "5\r\nabcde\r\n1\r\nf\r\n");
	assert_got("abcde", 0);
	assert_string_equal(app_statuses(w), "413");
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
pause_at_each_part(struct wm_conn *c, const struct wm_msg *m)
{
	if (m->flags & WM_MSG_LAST)
		wm_http_respond(c, &app.response);
	else
		wm_conn_pause(c);
}

static void
a_pause_holds_the_body_up_and_stops_the_clock(void **state)
{
	struct wire *w = open_parts(NULL);

	(void)state;
	got.act = pause_at_each_part;
	app_feed(w, SIZED("4") "ab");
	assert_got("", 0);
	wire_advance(w, 1000);
	assert_false(wire_is_closed(w));
	wm_conn_resume(wire_conn(w));
	wire_turn(w);
	assert_got("ab", 0);
	wm_conn_resume(wire_conn(w));
	wire_turn(w);
	wire_advance(w, 29);
	assert_false(wire_is_closed(w));
	app_feed(w, "cd");
	assert_got("abcd", 1);
	assert_string_equal(app_statuses(w), "200");
	wire_free(&w);
}

static void
a_peer_that_stops_sending_is_late(void **state)
{
	struct wire *w = open_parts(NULL);

	(void)state;
	app_feed(w, SIZED("4") "ab");
	wire_advance(w, 30);
	assert_false(wire_is_closed(w));
	wire_advance(w, 1);
	assert_string_equal(app_statuses(w), "408");
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_calls(w)->close, 1);
	wire_free(&w);
}

static void
a_peer_that_leaves_ends_it(void **state)
{
	struct wire *w = open_parts(NULL);

	(void)state;
	app_feed(w, SIZED("4") "ab");
	wire_eof(w);
	wire_turn(w);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_PEER);
	assert_string_equal(app_statuses(w), "");
	wire_free(&w);
}

static struct wm_http_ticket ticket;

static void
defer_first(struct wm_conn *c, const struct wm_msg *m)
{
	if (m->flags & WM_MSG_FIRST)
		ticket = wm_http_defer(c);
}

static int
answer_ticket(struct wire *w)
{
	int rc = wm_http_answer(wire_proc(w), ticket, &app.response);

	wire_turn(w);
	return rc;
}

static void
an_answer_may_be_deferred_and_given_behind_the_body(void **state)
{
	const struct wm_limits limits = { .pipeline = 1 };
	struct wire *w = open_parts(&limits);

	(void)state;
	got.act = defer_first;
	app_feed(w, SIZED("4") "ab");
	app_feed(w, "cd" GOOD("/next"));
	assert_got("abcd", 1);
	assert_int_equal(wire_held(w), 1);
	assert_string_equal(app_statuses(w), "");
	assert_int_equal(answer_ticket(w), 0);
	assert_string_equal(app_statuses(w), "200 200");
	assert_false(wire_is_closed(w));
	wire_free(&w);
}

static void
a_peer_that_leaves_ends_a_deferred_one_as_well(void **state)
{
	struct wire *w = open_parts(NULL);

	(void)state;
	got.act = defer_first;
	app_feed(w, SIZED("4") "ab");
	wire_eof(w);
	wire_turn(w);
	assert_true(wire_is_closed(w));
	assert_int_equal(answer_ticket(w), WM_E_CLOSED);
	wire_free(&w);
}

static void
a_refusal_takes_the_place_of_a_deferred_answer(void **state)
{
	struct wire *w = open_parts(NULL);

	(void)state;
	got.act = defer_first;
	app_feed(w, CHUNKED "2\r\nabX");
	assert_string_equal(app_statuses(w), "400");
	assert_true(wire_is_closed(w));
	assert_int_equal(answer_ticket(w), WM_E_CLOSED);
	wire_free(&w);
}

static void
refuse_first(struct wm_conn *c, const struct wm_msg *m)
{
	assert_true(m->flags & WM_MSG_FIRST);
	wm_http_error(c, 403, NULL);
}

static void
an_answer_before_the_last_part_ends_the_connection(void **state)
{
	struct wire *w = open_parts(NULL);

	(void)state;
	got.act = refuse_first;
	app_feed(w, SIZED("4") "ab");
	assert_string_equal(app_statuses(w), "403");
	assert_int_equal(app_sent(w, "Connection: close\r\n"), 1);
	assert_true(wire_is_closed(w));
	assert_got("", 0);
	wire_free(&w);
	w = open_parts(NULL);
	got.act = defer_first;
	app_feed(w, SIZED("4") "ab");
	assert_int_equal(answer_ticket(w), 0);
	assert_int_equal(app_sent(w, "Connection: close\r\n"), 1);
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

/* RFC 9110 section 10.1.1. */
static void
who_expects_a_continue_gets_it_behind_the_first_part(void **state)
{
	struct wire *w = open_parts(NULL);

	(void)state;
	app_feed(w, EXPECT("2"));
	assert_string_equal(app_statuses(w), "100");
	app_feed(w, "ab");
	assert_string_equal(app_statuses(w), "100 200");
	wire_free(&w);
	w = open_parts(NULL);
	got.act = refuse_first;
	app_feed(w, EXPECT("2"));
	assert_string_equal(app_statuses(w), "403");
	wire_free(&w);
	w = open_parts(NULL);
	got.act = defer_first;
	app_feed(w, EXPECT("2"));
	assert_string_equal(app_statuses(w), "100");
	app_feed(w, "ab");
	assert_int_equal(answer_ticket(w), 0);
	assert_string_equal(app_statuses(w), "100 200");
	wire_free(&w);
	w = open_parts(NULL);
	app_feed(w, EXPECT("2") "a");
	assert_string_equal(app_statuses(w), "");
	wire_free(&w);
}

static void
stream_back(struct wm_conn *c, const struct wm_msg *m)
{
	struct wm_proc *p = wm_conn_proc(c);

	if (m->flags & WM_MSG_FIRST) {
		ticket = wm_http_defer(c);
		assert_int_equal(wm_http_stream_begin(p, ticket,
				     &(struct wm_http_response){ 0 }),
		    0);
	}
	assert_int_equal(wm_http_stream_write(p, ticket, m->data, m->len),
	    WM_SENT);
	if (m->flags & WM_MSG_LAST)
		assert_int_equal(wm_http_stream_end(p, ticket, NULL), 0);
}

static void
an_answer_may_stream_while_the_body_comes(void **state)
{
	struct wire *w = open_parts(NULL);

	(void)state;
	got.act = stream_back;
	app_feed(w, SIZED("4"));
	app_feed(w, "ab");
	assert_int_equal(app_sent(w, "2\r\nab\r\n"), 1);
	app_feed(w, "cd" GOOD("/next"));
	assert_int_equal(app_sent(w,
			     "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\nHTTP/1.1 200 "),
	    1);
	assert_false(wire_is_closed(w));
	wire_free(&w);
}

static void
so_may_the_last_answer_of_a_connection(void **state)
{
	struct wire *w = open_parts(NULL);

	(void)state;
	got.act = stream_back;
	app_feed(w, POST("Connection: close\r\nContent-Length: 4"));
	app_feed(w, "ab");
	app_feed(w, "cd" GOOD("/next"));
	assert_got("abcd", 1);
	assert_int_equal(app_sent(w, "2\r\ncd\r\n0\r\n\r\n"), 1);
	assert_int_equal(app_sent(w, "HTTP/1.1"), 1);
	assert_true(wire_is_closed(w));
	wire_free(&w);
	w = open_parts(NULL);
	got.act = stream_back;
	app_feed(w,
	    "POST /b HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n"
	    "Content-Length: 4\r\n\r\nab");
	assert_false(wire_is_closed(w));
	app_feed(w, "cd" GOOD("/next"));
	assert_got("abcd", 1);
	assert_int_equal(app_sent(w, "\r\n\r\nabcd"), 1);
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
never_answer(struct wm_conn *c, const struct wm_msg *m)
{
	(void)c;
	(void)m;
}

static void
no_answer_behind_the_last_part_is_500(void **state)
{
	struct wire *w = open_parts(NULL);

	(void)state;
	got.act = never_answer;
	capture_begin();
	app_feed(w, SIZED("4") "ab");
	app_feed(w, "cd");
	assert_non_null(strstr(capture_stop(), "no answer to POST /b\n"));
	assert_string_equal(app_statuses(w), "500");
	wire_free(&w);
}

static void
a_leaving_process_waits_for_the_rest(void **state)
{
	struct wire *w = open_parts(NULL);

	(void)state;
	app_feed(w, SIZED("4") "ab");
	wm__proc_drain(wire_proc(w), WM_CLOSE_RESTART, false);
	wire_advance(w, 5);
	assert_false(wire_is_closed(w));
	app_feed(w, "cd");
	assert_string_equal(app_statuses(w), "200");
	assert_int_equal(app_sent(w, "Connection: close\r\n"), 1);
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
a_last_request_has_its_whole_body(void **state)
{
	struct wire *w = open_parts(NULL);

	(void)state;
	app_feed(w, POST("Connection: close\r\nContent-Length: 4") "ab");
	app_feed(w, "cd" GOOD("/next"));
	assert_got("abcd", 1);
	assert_string_equal(app_statuses(w), "200");
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, app_setup, teardown)
		TEST(a_body_comes_to_the_same_however_it_is_split),
		TEST(the_first_part_is_the_head_alone),
		TEST(who_is_not_asked_for_gets_it_whole),
		TEST(memory_does_not_grow_with_the_body),
		TEST(a_body_has_a_limit_if_the_listener_says_so),
		TEST(a_pause_holds_the_body_up_and_stops_the_clock),
		TEST(a_peer_that_stops_sending_is_late),
		TEST(a_peer_that_leaves_ends_it),
		TEST(an_answer_may_be_deferred_and_given_behind_the_body),
		TEST(a_peer_that_leaves_ends_a_deferred_one_as_well),
		TEST(a_refusal_takes_the_place_of_a_deferred_answer),
		TEST(an_answer_before_the_last_part_ends_the_connection),
		TEST(who_expects_a_continue_gets_it_behind_the_first_part),
		TEST(an_answer_may_stream_while_the_body_comes),
		TEST(so_may_the_last_answer_of_a_connection),
		TEST(no_answer_behind_the_last_part_is_500),
		TEST(a_leaving_process_waits_for_the_rest),
		TEST(a_last_request_has_its_whole_body),
	};

	return UNIT_RUN(tests);
}
