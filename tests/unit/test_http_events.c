/* SPDX-License-Identifier: MIT */
/* Server-sent events: the format, and how a stream lives and ends. */
#include "framework/net/drain.h"
#include "tests/support/http_app.h"
#include "tests/support/unit.h"

static struct wm_http_events how;
static struct wm_http_ticket ticket;
static char last_id[32];

static void
open_events(struct wm_conn *c, const struct wm_msg *m)
{
	struct wm_span id = wm_http_last_event_id(wm_http_request(m));

	snprintf(last_id, sizeof(last_id), "%.*s", (int)id.len, id.data);
	ticket = wm_http_events_begin(c, &how);
	if (ticket.conn == 0)
		wm_http_error(c, 500, NULL);
}

static struct wire *
events(const char *request)
{
	app.act = open_events;
	return app_fed(request);
}

static int
send_event(struct wire *w, const struct wm_http_event *e)
{
	int rc = wm_http_event_send(wire_proc(w), ticket, e);

	wire_turn(w);
	return rc;
}

/* What an old client, to whom nothing is chunked, gets for the event. */
static void
expect(const struct wm_http_event *e, const char *want)
{
	struct wire *w = events("GET / HTTP/1.0\r\n\r\n");
	struct wm_span out;

	wire_take_output(w);
	assert_int_equal(send_event(w, e), WM_SENT);
	out = wire_output(w);
	assert_int_equal(out.len, strlen(want));
	assert_memory_equal(out.data, want, out.len);
	wire_free(&w);
}

static void
each_line_of_the_data_is_one(void **state)
{
	(void)state;
#define DATA(text) .data = (text), .len = sizeof(text) - 1
	expect(&(struct wm_http_event){ DATA("hello") }, "data: hello\n\n");
	expect(&(struct wm_http_event){ DATA("") }, "data: \n\n");
	expect(&(struct wm_http_event){ DATA("a\nb\r\nc\rd") },
	    "data: a\ndata: b\ndata: c\ndata: d\n\n");
	expect(&(struct wm_http_event){ DATA("a\n\nid: x\r\r") },
	    "data: a\ndata: \ndata: id: x\ndata: \ndata: \n\n");
	expect(&(struct wm_http_event){ DATA("\n") }, "data: \ndata: \n\n");
	expect(&(struct wm_http_event){ DATA("x"), .event = "news", .id = "7" },
	    "id: 7\nevent: news\ndata: x\n\n");
}

static void
names_that_would_be_lines_are_refused(void **state)
{
	struct wire *w = events(GOOD("/"));

	(void)state;
	assert_int_equal(send_event(w,
			     &(struct wm_http_event){ DATA("x"),
				 .event = "a\ndata: b" }),
	    WM_E_INVALID);
	assert_int_equal(send_event(w,
			     &(struct wm_http_event){ DATA("x"), .id = "\r" }),
	    WM_E_INVALID);
	wire_free(&w);
}

static void
a_stream_begins_with_its_type(void **state)
{
	static const struct wm_http_header headers[] = { { "X-A", "b" },
		{ NULL, NULL } };
	struct wire *w;

	(void)state;
	how = (struct wm_http_events){ .retry_ms = 1500, .headers = headers };
	w = events("GET / HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 41\r\n\r\n");
	assert_string_equal(last_id, "41");
	assert_int_equal(app_sent(w, "Content-Type: text/event-stream\r\n"), 1);
	assert_int_equal(app_sent(w, "Cache-Control: no-store\r\n"), 1);
	assert_int_equal(app_sent(w, "X-A: b\r\n"), 1);
	assert_int_equal(app_sent(w, "\r\n\r\nd\r\nretry: 1500\n\n\r\n"), 1);
	send_event(w, &(struct wm_http_event){ DATA("x") });
	assert_int_equal(app_sent(w, "9\r\ndata: x\n\n\r\n"), 1);
	wire_free(&w);
	how = (struct wm_http_events){ 0 };
	w = events(GOOD("/"));
	assert_string_equal(last_id, "");
	wire_free(&w);
}

static void
a_bad_header_leaves_the_request_to_be_answered(void **state)
{
	static const struct wm_http_header bad[][2] = {
		{ { "cache-control", "max-age=1" }, { NULL, NULL } },
		{ { "A", "b\r\nC: d" }, { NULL, NULL } },
	};
	struct wire *w;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		how = (struct wm_http_events){ .headers = bad[i] };
		w = events(GOOD("/"));
		assert_string_equal(app_statuses(w), "500");
		app_feed(w, GOOD("/"));
		assert_string_equal(app_statuses(w), "500 500");
		wire_free(&w);
	}
	how = (struct wm_http_events){ 0 };
}

static void
a_heart_beats(void **state)
{
	struct wire *w;

	(void)state;
	how.heartbeat_ms = 3000;
	w = events(GOOD("/"));
	wire_advance(w, 100);
	assert_in_range(app_sent(w, "3\r\n:\n\n\r\n"), 20, 34);
	assert_false(wire_is_closed(w));
	wire_stall(w, true);
	wire_advance(w, 20); /* what is not read is not piled up */
	assert_in_range(wm_conn_unsent(wire_conn(w)), 1, 8);
	how.heartbeat_ms = 0;
	wire_free(&w);
}

static void
a_client_that_leaves_is_noticed(void **state)
{
	struct wire *w = events(GOOD("/"));

	(void)state;
	wire_eof(w);
	wire_turn(w);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_PEER);
	assert_int_equal(wire_calls(w)->close, 1);
	assert_int_equal(send_event(w, &(struct wm_http_event){ DATA("x") }),
	    WM_E_CLOSED);
	wire_free(&w);
}

static void
a_worker_that_leaves_ends_the_stream(void **state)
{
	struct wire *w = events(GOOD("/"));
	struct wm_span out;

	(void)state;
	wire_advance(w, 2); /* who has just asked may ask again */
	wm__proc_drain(wire_proc(w), WM_CLOSE_RESTART, false);
	wire_turn(w);
	assert_true(wire_is_closed(w));
	out = wire_output(w);
	assert_memory_equal(out.data + out.len - 7, "\r\n0\r\n\r\n", 7);
	wire_free(&w);
}

static void
the_application_may_end_it(void **state)
{
	struct wire *w = events(GOOD("/"));
	struct wm_span out;

	(void)state;
	assert_int_equal(wm_http_stream_end(wire_proc(w), ticket, NULL), 0);
	wire_turn(w);
	assert_true(wire_is_closed(w)); /* and with it its subscriptions */
	assert_int_equal(wire_reason(w), WM_CLOSE_APPLICATION);
	out = wire_output(w);
	assert_memory_equal(out.data + out.len - 7, "\r\n0\r\n\r\n", 7);
	wire_free(&w);
}

/* To who is subscribed himself, and is no stream of events: nothing. */
static void
publish_to_itself(struct wm_conn *c, const struct wm_msg *m)
{
	(void)m;
	assert_int_equal(wm_conn_send_msg(c,
			     &(struct wm_msg){ .data = "x",
				 .len = 1,
				 .flags = WM_MSG_PUBLISHED }),
	    WM_E_INVALID);
	wm_http_respond(c, &app.response);
}

static void
what_is_published_answers_no_request(void **state)
{
	struct wire *w;

	(void)state;
	app.act = publish_to_itself;
	w = app_fed(GOOD("/"));
	assert_string_equal(app_statuses(w), "200");
	assert_int_equal(app_sent(w, "\r\n\r\nok"), 1);
	wire_free(&w);
}

static void
what_is_sent_to_the_connection_is_an_event(void **state)
{
	struct wire *w = events(GOOD("/"));

	(void)state;
	assert_int_equal(wm_conn_send(wire_conn(w), "a\nb", 3), WM_SENT);
	wire_turn(w);
	assert_int_equal(app_sent(w, "11\r\ndata: a\ndata: b\n\n\r\n"), 1);
	wire_free(&w);
}

/* Those whose bytes differ are not encoded together. */
static void
streams_of_one_framing_are_encoded_once(void **state)
{
	const struct wm_protocol *p = &wm_protocol_http;
	struct wire *w[3] = { events(GOOD("/")),
		events("GET / HTTP/1.0\r\n\r\n"),
		events("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n") };
	unsigned variant[3];
	int i;

	(void)state;
	for (i = 0; i < 3; i++)
		variant[i] = p->variant(wire_conn(w[i]),
		    wm_conn_state(wire_conn(w[i]), p));
	assert_true(variant[0] != 0 && variant[1] != 0);
	assert_int_not_equal(variant[0], variant[1]);
	assert_int_equal(variant[2], 0);
	for (i = 0; i < 3; i++)
		wire_free(&w[i]);
	app_reset();
	w[0] = app_fed(GOOD("/"));
	assert_int_equal(p->variant(wire_conn(w[0]),
			     wm_conn_state(wire_conn(w[0]), p)),
	    0);
	wire_free(&w[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, app_setup, app_teardown)
		TEST(each_line_of_the_data_is_one),
		TEST(names_that_would_be_lines_are_refused),
		TEST(a_stream_begins_with_its_type),
		TEST(a_bad_header_leaves_the_request_to_be_answered),
		TEST(a_heart_beats),
		TEST(a_client_that_leaves_is_noticed),
		TEST(a_worker_that_leaves_ends_the_stream),
		TEST(the_application_may_end_it),
		TEST(what_is_published_answers_no_request),
		TEST(what_is_sent_to_the_connection_is_an_event),
		TEST(streams_of_one_framing_are_encoded_once),
	};

	return UNIT_RUN(tests);
}
