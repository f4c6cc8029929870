/* SPDX-License-Identifier: MIT */
/*
 * Heads, good and malformed: what each is answered, whether the connection
 * ends, and that no byte behind a refused request is taken for another one.
 */
#include "tests/support/http_app.h"
#include "tests/support/http_twice.h"
#include "tests/support/unit.h"

struct row {
	const char *input;
	size_t len;
	const char *statuses;
	bool closed;
};

#define ROW(input, statuses, closed)                                           \
	{                                                                      \
		input, sizeof(input) - 1, statuses, closed                     \
	}
#define LINE(line)   line "\r\nHost: a\r\n\r\n"
#define FIELD(field) "GET / HTTP/1.1\r\nHost: a\r\n" field "\r\n\r\n"
#define HOST(field)  "GET / HTTP/1.1\r\n" field "\r\n\r\n"
#define POST(fields) "POST / HTTP/1.1\r\nHost: a\r\n" fields "\r\n\r\n"

/* clang-format off */
static const struct row rows[] = {
	/* RFC 9112 section 3: the request line */
	ROW(LINE("GET / HTTP/1.1"), "200", false),
	ROW(LINE("HEAD / HTTP/1.1"), "200", false),
	ROW(LINE("PATCH /a/b;c=d HTTP/1.1"), "200", false),
	ROW("\r\n" GOOD("/"), "200", false), /* section 2.2 */
	ROW("\r\n\r\n" GOOD("/"), "400", true),
	ROW("\n" GOOD("/"), "400", true),
	ROW(" " GOOD("/"), "400", true),
	ROW(LINE("GET  / HTTP/1.1"), "400", true),
	ROW(LINE("GET /  HTTP/1.1"), "400", true),
	ROW(LINE("GET / HTTP/1.1 "), "400", true),
	ROW(LINE("GET\t/ HTTP/1.1"), "400", true),
	ROW(LINE("GET / a HTTP/1.1"), "400", true),
	ROW(LINE("GET /"), "400", true),
	ROW("GET / \r\n\r\n", "400", true),
	ROW("GET\r\n\r\n", "400", true),
	ROW("GET / HTTP\r\n\r\n", "400", true),
	ROW(LINE("G{T / HTTP/1.1"), "400", true),
	ROW(LINE("get / HTTP/1.1"), "501", true),
	ROW(LINE("FOO / HTTP/1.1"), "501", true),
	ROW(LINE("SOURCE / HTTP/1.1"), "501", true),
	ROW(LINE("CONNECT a:80 HTTP/1.1"), "405", true),
	ROW(LINE("TRACE / HTTP/1.1"), "405", true),
	ROW("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505", true),
	ROW(LINE("GET / HTTP/2.0"), "505", true),
	ROW(LINE("GET / HTTP/1.2"), "505", true),
	ROW(LINE("GET / HTTP/0.9"), "505", true),
	ROW(LINE("GET / HTTP/1.10"), "400", true),
	ROW(LINE("GET / HTTP/11"), "400", true),
	ROW(LINE("GET / http/1.1"), "400", true),
	ROW(LINE("GET / RTSP/1.0"), "400", true),
	ROW("GET / HTTP/1.1\nHost: a\r\n\r\n", "400", true),
	ROW("GET / HTTP/1.1\rHost: a\r\n\r\n", "400", true),
	ROW("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", "400", true),
	/* section 3.2: the target */
	ROW(LINE("GET /a%20b?c=%2F&d[]=1?/ HTTP/1.1"), "200", false),
	ROW(LINE("GET /?a[b]=[c]&{d|e}=^`'() HTTP/1.1"), "200", false),
	ROW(LINE("GET http://b?{a} HTTP/1.1"), "200", false),
	ROW(LINE("GET http://b:80/x?y HTTP/1.1"), "200", false),
	ROW(LINE("GET HTTPS://b?y HTTP/1.1"), "200", false),
	ROW("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "200", false),
	ROW(LINE("GET * HTTP/1.1"), "400", true),
	ROW(LINE("OPTIONS *a HTTP/1.1"), "400", true),
	ROW(LINE("GET a HTTP/1.1"), "400", true),
	ROW(LINE("GET a:80 HTTP/1.1"), "400", true),
	ROW(LINE("GET ftp://b/ HTTP/1.1"), "400", true),
	ROW(LINE("GET http:/b/ HTTP/1.1"), "400", true),
	ROW(LINE("GET http:///b HTTP/1.1"), "400", true),
	ROW(LINE("GET http://u@b/ HTTP/1.1"), "400", true),
	ROW(LINE("GET http://b:x/ HTTP/1.1"), "400", true),
	ROW(LINE("GET /a#b HTTP/1.1"), "400", true),
	ROW(LINE("GET /%00 HTTP/1.1"), "400", true),
	ROW(LINE("GET /%z1 HTTP/1.1"), "400", true),
	ROW(LINE("GET /% HTTP/1.1"), "400", true),
	ROW(LINE("GET /?%1 HTTP/1.1"), "400", true),
	ROW(LINE("GET /?a#b HTTP/1.1"), "400", true),
	ROW(LINE("GET /?a<b HTTP/1.1"), "400", true),
	ROW(LINE("GET /?a>b HTTP/1.1"), "400", true),
	ROW(LINE("GET /?a\"b HTTP/1.1"), "400", true),
	ROW(LINE("GET /?a\\b HTTP/1.1"), "400", true),
	ROW(LINE("GET /?a\tb HTTP/1.1"), "400", true),
	ROW(LINE("GET /?a\x01" "b HTTP/1.1"), "400", true),
	ROW(LINE("GET /?a\x7f HTTP/1.1"), "400", true),
	ROW(LINE("GET /?\xc3\xa4 HTTP/1.1"), "400", true),
	ROW("GET /?a\0b HTTP/1.1\r\nHost: a\r\n\r\n", "400", true),
	ROW(LINE("GET /\xc3\xa4 HTTP/1.1"), "400", true),
	ROW(LINE("GET /a\"b HTTP/1.1"), "400", true),
	ROW(LINE("GET /a<b>c HTTP/1.1"), "400", true),
	ROW(LINE("GET /a\\b HTTP/1.1"), "400", true),
	ROW(LINE("GET /a^b HTTP/1.1"), "400", true),
	ROW(LINE("GET /{a|b} HTTP/1.1"), "400", true),
	ROW(LINE("GET /a`b HTTP/1.1"), "400", true),
	ROW(LINE("GET /a\x7f HTTP/1.1"), "400", true),
	/* RFC 9112 section 5: fields */
	ROW(FIELD("A: b\r\nC:d\r\nE:\r\nF: \t g h \t "), "200", false),
	ROW(FIELD("A: \x80\xff \t;"), "200", false),
	ROW(FIELD("A : b"), "400", true),
	ROW(FIELD("A\t: b"), "400", true),
	ROW(FIELD(": b"), "400", true),
	ROW(FIELD("A"), "400", true),
	ROW(FIELD("A b: c"), "400", true),
	ROW(FIELD("A\xc3: c"), "400", true),
	ROW(FIELD("A: b\r\n c"), "400", true),
	ROW(FIELD("A: b\r\n\tc"), "400", true),
	ROW(FIELD("A:\r\n b"), "400", true),
	ROW("GET / HTTP/1.1\r\n Host: a\r\n\r\n", "400", true),
	ROW(FIELD("A: b\0c"), "400", true),
	ROW(FIELD("A: b\x01"), "400", true),
	ROW(FIELD("A: b\x7f" "c"), "400", true),
	ROW(FIELD("A: 12345678\x1f" "9abcdef"), "400", true),
	ROW(FIELD("A: b\rc"), "400", true),
	ROW(FIELD("A: b\r"), "400", true),
	ROW(FIELD("A: b\nC: d"), "400", true),
	ROW("GET / HTTP/1.1\r\nHost: a\n\n", "400", true),
	ROW("GET / HTTP/1.1\r\nHost: a\r\n\n", "400", true),
	ROW("GET / HTTP/1.1\r\nHost: a\r\n\rX", "400", true),
	ROW("GET / HTTP/1.1\rHost: a\r\r", "400", true),
	/* RFC 9112 section 3.2, RFC 9110 section 7.2: Host */
	ROW(HOST("hOST: [::1]:80"), "200", false),
	ROW(HOST("A: b"), "400", true),
	ROW(HOST("Host:"), "400", true),
	ROW(HOST("Host: a\r\nHost: a"), "400", true),
	ROW(HOST("Host: a\r\nhost: b"), "400", true),
	ROW(HOST("Host: a, b"), "400", true),
	ROW(HOST("Host: u@a"), "400", true),
	ROW(HOST("Host: a:0"), "400", true),
	ROW(HOST("Host: a:99999"), "400", true),
	ROW(HOST("Host: a:b"), "400", true),
	ROW(HOST("Host: [a]"), "400", true),
	ROW(HOST("Host: a/b"), "400", true),
	ROW("GET http://b/ HTTP/1.1\r\n\r\n", "400", true),
	ROW("GET http://b/ HTTP/1.1\r\nHost: @\r\n\r\n", "400", true),
	ROW("GET / HTTP/1.0\r\n\r\n", "200", true),
	ROW("GET / HTTP/1.0\r\nHost: a b\r\n\r\n", "400", true),
	ROW("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", "400", true),
	/* RFC 9112 section 6: lengths */
	ROW(POST("Content-Length: 3") "abc", "200", false),
	ROW(POST("Content-Length: 0"), "200", false),
	ROW(POST("content-length:  003 ") "abc", "200", false),
	ROW(POST("Content-Length:\t3") "abc", "200", false),
	ROW("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", "200",
	    false),
	ROW(POST("Content-Length: +3") "abc", "400", true),
	ROW(POST("Content-Length: -3") "abc", "400", true),
	ROW(POST("Content-Length: 0x3") "abc", "400", true),
	ROW(POST("Content-Length: 3 3") "abc", "400", true),
	ROW(POST("Content-Length: 3,3") "abc", "400", true),
	ROW(POST("Content-Length: 3.0") "abc", "400", true),
	ROW(POST("Content-Length:") "abc", "400", true),
	ROW(POST("Content-Length: 3\r\nContent-Length: 3") "abc", "400", true),
	ROW(POST("Content-Length: 3\r\nContent-Length: 4") "abc", "400", true),
	ROW(POST("Content-Length: 9223372036854775808"), "400", true),
	ROW(POST("Content-Length: 18446744073709551619") "abc", "400", true),
	ROW(POST("Content-Length: 9223372036854775807"), "413", true),
	ROW(POST("Content-Length: 10485761"), "413", true),
	ROW(POST("Content-Length: 3\r\nTransfer-Encoding: chunked")
	    "0\r\n\r\n", "400", true),
	ROW(POST("Transfer-Encoding: chunked\r\nContent-Length: 3")
	    "0\r\n\r\n", "400", true),
	/* RFC 9112 section 6.1: codings */
	ROW(POST("Transfer-Encoding: chunked") "0\r\n\r\n", "200", false),
	ROW(POST("transfer-encoding: CHUNKED") "0\r\n\r\n", "200", false),
	ROW(POST("Transfer-Encoding: gzip") "0\r\n\r\n", "400", true),
	ROW(POST("Transfer-Encoding: identity") "0\r\n\r\n", "400", true),
	ROW(POST("Transfer-Encoding:") "0\r\n\r\n", "400", true),
	ROW(POST("Transfer-Encoding: xchunked") "0\r\n\r\n", "400", true),
	ROW(POST("Transfer-Encoding: \"chunked\"") "0\r\n\r\n", "400", true),
	ROW(POST("Transfer-Encoding: chunked;a=b") "0\r\n\r\n", "400", true),
	ROW(POST("Transfer-Encoding: chunked, gzip") "0\r\n\r\n", "400", true),
	ROW(POST("Transfer-Encoding: chunked, chunked") "0\r\n\r\n", "400",
	    true),
	ROW(POST("Transfer-Encoding: gzip, chunked") "0\r\n\r\n", "501", true),
	ROW(POST("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")
	    "0\r\n\r\n", "400", true),
	ROW(POST("Transfer-Encoding: \x0b" "chunked") "0\r\n\r\n", "400",
	    true),
	ROW("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	    "400", true),
	/* RFC 9110 section 10.1.1: Expect */
	ROW(POST("Expect: 200-ok\r\nContent-Length: 0"), "417", true),
	ROW(POST("Expect: 100-continue, a\r\nContent-Length: 0"), "417", true),
	ROW(POST("Expect: 100-Continue\r\nContent-Length: 0"), "200", false),
	ROW("POST / HTTP/1.0\r\nExpect: a\r\nContent-Length: 0\r\n\r\n",
	    "200", true),
	/* RFC 9112 section 9.3: persistence */
	ROW(FIELD("Connection: close"), "200", true),
	ROW(FIELD("Connection: a, CLOSE ,b"), "200", true),
	ROW(FIELD("Connection: a\r\nConnection: close"), "200", true),
	ROW(FIELD("Connection: closed"), "200", false),
	ROW(FIELD("Connection: keep-alive"), "200", false),
	ROW("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "200", false),
	ROW("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", "200",
	    true),
	/* RFC 9110 section 7.8: a refused upgrade is no upgrade */
	ROW(FIELD("Connection: Upgrade\r\nUpgrade: x"), "200", false),
	ROW(POST("Connection: Upgrade\r\nUpgrade: x\r\nContent-Length: 0"),
	    "200", false),
	ROW(POST("Connection: Upgrade\r\nUpgrade: x\r\nContent-Length: 2")
	    "ab", "200", false),
	ROW(POST("Connection: Upgrade\r\nUpgrade: x\r\n"
	    "Transfer-Encoding: chunked") "0\r\n\r\n", "200", false),
};
/* clang-format on */

struct want {
	const struct row *row;
	const char *before, *behind; /* statuses of the requests around it */
};

static void
check(struct wire *w, void *arg)
{
	const struct want *want = arg;
	char statuses[64];

	snprintf(statuses, sizeof(statuses), "%s%s%s", want->before,
	    want->row->statuses, want->row->closed ? "" : want->behind);
	if (strcmp(app_statuses(w), statuses) != 0 ||
	    wire_is_closed(w) != want->row->closed)
		fail_msg("%s\n%s, closed %d instead of %s, closed %d",
		    want->row->input, app_statuses(w), wire_is_closed(w),
		    statuses, want->row->closed);
	if (want->row->closed)
		assert_int_equal(app_sent(w, "Connection: close\r\n"), 1);
	assert_int_equal(app_was_asked("/behind"),
	    *want->behind != '\0' && !want->row->closed);
}

static void
each_request_gets_its_answer_however_it_is_split(void **state)
{
	struct want want = { .before = "", .behind = "" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		want.row = &rows[i];
		app_each_way(rows[i].input, rows[i].len, check, &want);
	}
}

static void
the_same_between_two_good_requests(void **state)
{
	static const char first[] = GOOD("/first"), last[] = GOOD("/behind");
	struct want want = { .before = "200 ", .behind = " 200" };
	struct wm_buf input = WM_BUF_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		want.row = &rows[i];
		input.len = 0;
		wm_buf_puts(&input, first);
		wm_buf_put(&input, rows[i].input, rows[i].len);
		wm_buf_puts(&input, last);
		app_each_way(input.data, input.len, check, &want);
	}
	wm_buf_fini(&input);
}

/* What our scan takes, llhttp takes, and with the same meaning. */
static void
llhttp_takes_every_head_that_is_taken(void **state)
{
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (http_twice(rows[i].input, rows[i].len, &why) && why != NULL)
			fail_msg("%s\n%s", rows[i].input, why);
}

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
		TEST(each_request_gets_its_answer_however_it_is_split),
		TEST(the_same_between_two_good_requests),
		TEST(llhttp_takes_every_head_that_is_taken),
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
