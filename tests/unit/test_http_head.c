/* SPDX-License-Identifier: MIT */
/*
 * Heads: what is said when one is refused, how large one may be, and what the
 * application learns from one. The many ways to be malformed are the
 * corpus's: test_http_corpus.c.
 */
#include "tests/support/http_app.h"
#include "tests/support/unit.h"

#define LINE(line)   line "\r\nHost: a\r\n\r\n"
#define FIELD(field) "GET / HTTP/1.1\r\nHost: a\r\n" field "\r\n\r\n"

static void
only_405_tells_the_methods_that_are_allowed(void **state)
{
	struct wire *w = app_fed(LINE("TRACE / HTTP/1.1"));

	(void)state;
	assert_int_equal(app_sent(w,
			     "\r\nAllow: GET, HEAD, POST, PUT, DELETE,"
			     " PATCH, OPTIONS\r\n"),
	    1);
	wire_free(&w);
	w = app_fed(LINE("FOO / HTTP/1.1"));
	assert_int_equal(app_sent(w, "Allow"), 0);
	wire_free(&w);
}

static void
a_refusal_says_why(void **state)
{
	struct wire *w = app_fed("GET / HTTP/1.1\nHost: a\n\n");

	(void)state;
	assert_int_equal(app_sent(w,
			     "\r\n\r\n400 Bad Request: LF without CR\n"),
	    1);
	assert_int_equal(wire_reason(w), WM_CLOSE_PROTOCOL);
	wire_free(&w);
}

static void
a_refused_head_request_gets_no_body(void **state)
{
	struct wire *w = app_fed("HEAD / HTTP/1.1\r\n\r\n");
	struct wm_span out = wire_output(w);

	(void)state;
	assert_string_equal(app_statuses(w), "400");
	assert_memory_equal(out.data + out.len - 4, "\r\n\r\n", 4);
	wire_free(&w);
}

static void
feed_bytes(struct wire *w, const char *data, size_t len)
{
	wire_feed(w, data, len);
	wire_turn(w);
}

/* A head of `fields` fields of `size` bytes each. */
static struct wire *
fed_fields(unsigned fields, unsigned size, bool by_bytes)
{
	struct wire *w = app_open(NULL);
	struct wm_buf b = WM_BUF_INIT;
	unsigned i;

	wm_buf_puts(&b, "GET / HTTP/1.1\r\nHost: a\r\n");
	for (i = 1; i < fields; i++) {
		wm_buf_puts(&b, "A:");
		memset(wm_buf_reserve(&b, size - 4), 'x', size - 4);
		wm_buf_commit(&b, size - 4);
		wm_buf_puts(&b, "\r\n");
	}
	wm_buf_puts(&b, "\r\n");
	if (by_bytes)
		for (i = 0; i < b.len; i++)
			feed_bytes(w, b.data + i, 1);
	else
		feed_bytes(w, b.data, b.len);
	wm_buf_fini(&b);
	return w;
}

static void
a_head_has_at_most_so_many_fields_and_bytes(void **state)
{
	static const struct {
		unsigned fields, size;
		const char *status;
	} heads[] = {
		{ 100, 10, "200" },
		{ 101, 10, "431" },
		{ 17, 1000, "200" },
		{ 18, 1000, "431" },
		{ 2, 16000, "200" },
		{ 2, 60000, "431" },
		{ 2, 100000, "431" },
	};
	struct wire *w;
	size_t i, by;

	(void)state;
	for (i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		for (by = 0; by < 2; by++) {
			w = fed_fields(heads[i].fields, heads[i].size, by);
			assert_string_equal(app_statuses(w), heads[i].status);
			wire_free(&w);
		}
}

static void
an_endless_header_is_refused_at_the_limit(void **state)
{
	static const char begin[] = "GET / HTTP/1.1\r\nA: ";
	struct wire *w = app_fed(begin);
	size_t n = sizeof(begin) - 1;

	(void)state;
	for (; !wire_is_closed(w); n++)
		app_feed(w, "x");
	assert_string_equal(app_statuses(w), "431");
	assert_int_equal(wire_reason(w), WM_CLOSE_TOO_BIG);
	assert_int_equal(n, 16 << 10);
	wire_free(&w);
}

static void
an_endless_request_line_is_refused_at_the_limit(void **state)
{
	struct wire *w = app_fed("GET /");
	size_t n = 5;

	(void)state;
	for (; !wire_is_closed(w); n++)
		app_feed(w, "x");
	assert_int_equal(n, 16 << 10);
	assert_string_equal(app_statuses(w), "414");
	wire_free(&w);
}

static void
the_limits_of_the_listener_are_respected(void **state)
{
	const struct wm_limits limits = { .headers = 2, .header_bytes = 50 };
	struct wire *w;

	(void)state;
	w = app_open(&limits);
	app_feed(w, FIELD("A: b"));
	assert_string_equal(app_statuses(w), "200");
	app_feed(w, FIELD("A:b\r\nB:c"));
	assert_string_equal(app_statuses(w), "200 431");
	wire_free(&w);
	w = app_open(&limits);
	wire_feed(w, FIELD("A: bbbbbbbbbbbbbbbbbbbbbbbb"), 52);
	wire_turn(w);
	assert_string_equal(app_statuses(w), "431");
	wire_free(&w);
}

static void
ask(struct wm_conn *c, const struct wm_msg *m)
{
	const struct wm_http_request *r = wm_http_request(m);
	struct wm_span v;

	assert_int_equal(wm_http_method(r), WM_HTTP_PUT);
	assert_int_equal(wm_http_minor(r), 1);
	assert_true(wm_http_path_is(r, "/a%20b"));
	assert_false(wm_http_path_is(r, "/a"));
	v = wm_http_query(r);
	assert_memory_equal(v.data, "c=d?e", v.len);
	v = wm_http_host(r);
	assert_memory_equal(v.data, "b:1", v.len);
	v = wm_http_header(r, "x-TWO");
	assert_memory_equal(v.data, "2", v.len);
	assert_null(wm_http_header(r, "x-three").data);
	assert_int_equal(wm_http_header(r, "x-none").len, 0);
	assert_non_null(wm_http_header(r, "x-none").data);
	assert_true(wm_http_header_has(r, "x-list", "two"));
	assert_true(wm_http_header_has(r, "X-List", "FOUR"));
	assert_false(wm_http_header_has(r, "x-list", "tw"));
	assert_int_equal(wm_http_field_at(r, 0)->name.len, 4);
	assert_null(wm_http_field_at(r, 6));
	assert_int_equal(m->len, 0);
	wm_http_respond(c, &app.response);
}

static void
a_request_tells_its_parts(void **state)
{
	struct wire *w;

	(void)state;
	app.act = ask;
	w = app_fed("PUT http://b:1/a%20b?c=d?e HTTP/1.1\r\nHost: a\r\n"
		    "X-Two:  2 \r\nx-two: 3\r\nX-None: \r\n"
		    "X-List: one , two\r\nX-List: three,,four\r\n\r\n");
	assert_string_equal(app_statuses(w), "200");
	wire_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, app_setup, app_teardown)
		TEST(only_405_tells_the_methods_that_are_allowed),
		TEST(a_refusal_says_why),
		TEST(a_refused_head_request_gets_no_body),
		TEST(a_head_has_at_most_so_many_fields_and_bytes),
		TEST(an_endless_header_is_refused_at_the_limit),
		TEST(an_endless_request_line_is_refused_at_the_limit),
		TEST(the_limits_of_the_listener_are_respected),
		TEST(a_request_tells_its_parts),
	};

	return UNIT_RUN(tests);
}
