/* SPDX-License-Identifier: MIT */
/* Percent-encoding, queries and urlencoded forms. */
#include "tests/support/http_app.h"
#include "tests/support/unit.h"

static struct wm_span
span(const char *s)
{
	return (struct wm_span){ s, strlen(s) };
}

static void
expect_decoded(const char *raw, const char *want)
{
	char buf[64];

	assert_int_equal(wm_http_decode(span(raw), buf, sizeof(buf)),
	    strlen(want));
	assert_string_equal(buf, want);
}

static void
text_is_decoded_once(void **state)
{
	(void)state;
	expect_decoded("", "");
	expect_decoded("a+b%20c", "a b c");
	expect_decoded("%2541%2B", "%41+");
	expect_decoded("%c3%A4", "\xc3\xa4");
	expect_decoded("%0d%0A", "\r\n");
}

static void
what_is_no_escape_is_refused(void **state)
{
	static const char *const bad[] = { "%", "a%1", "%zz", "%1g", "%00",
		"a%00b", "%%41" };
	char buf[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(wm_http_decode(span(bad[i]), buf, sizeof(buf)),
		    WM_E_INVALID);
}

static void
what_does_not_fit_is_refused(void **state)
{
	char buf[4] = "xxx";

	(void)state;
	assert_int_equal(wm_http_decode(span("abc"), buf, 4), 3);
	assert_int_equal(wm_http_decode(span("abcd"), buf, 4), WM_E_TOO_BIG);
	assert_int_equal(wm_http_decode(span(""), buf, 0), WM_E_TOO_BIG);
	assert_int_equal(wm_http_decode(span(""), buf, 1), 0);
}

static void
pairs_come_in_their_order(void **state)
{
	struct wm_span rest = span("&a=1&&b&=c&d=e=f&a=%32&");
	struct wm_http_pair pair;

	(void)state;
	assert_true(wm_http_pair_next(&rest, &pair));
	assert_span(pair.name, "a");
	assert_span(pair.value, "1");
	assert_true(wm_http_pair_next(&rest, &pair));
	assert_span(pair.name, "b");
	assert_span(pair.value, "");
	assert_true(wm_http_pair_next(&rest, &pair));
	assert_span(pair.name, "");
	assert_span(pair.value, "c");
	assert_true(wm_http_pair_next(&rest, &pair));
	assert_span(pair.value, "e=f");
	assert_true(wm_http_pair_next(&rest, &pair));
	assert_span(pair.value, "%32");
	assert_false(wm_http_pair_next(&rest, &pair));
	assert_false(wm_http_pair_next(&rest, &pair));
}

static void
a_value_is_found_by_its_decoded_name(void **state)
{
	const struct wm_span form =
	    span("a=1&a+b=x%26y&%61=2&n%zz=3&u=%zz&empty=&flag");
	char buf[8];

	(void)state;
	assert_int_equal(wm_http_value(form, "a", buf, sizeof(buf)), 1);
	assert_string_equal(buf, "1");
	assert_int_equal(wm_http_value(form, "a b", buf, sizeof(buf)), 3);
	assert_string_equal(buf, "x&y");
	assert_int_equal(wm_http_value(form, "empty", buf, sizeof(buf)), 0);
	assert_int_equal(wm_http_value(form, "flag", buf, sizeof(buf)), 0);
	assert_int_equal(wm_http_value(form, "u", buf, sizeof(buf)),
	    WM_E_INVALID);
	assert_int_equal(wm_http_value(form, "n", buf, sizeof(buf)),
	    WM_E_NOT_FOUND);
	assert_int_equal(wm_http_value(form, "", buf, sizeof(buf)),
	    WM_E_NOT_FOUND);
	assert_int_equal(wm_http_value(form, "fla", buf, sizeof(buf)),
	    WM_E_NOT_FOUND);
	assert_int_equal(wm_http_value(form, "flags", buf, sizeof(buf)),
	    WM_E_NOT_FOUND);
}

static void
ask(struct wm_conn *c, const struct wm_msg *m)
{
	const struct wm_http_request *r = wm_http_request(m);
	char buf[32];

	assert_span(wm_http_path(r), "/a%2541/%2e%2E/b+c%2Fd");
	assert_span(wm_http_path_decoded(r), "/a%41/../b+c/d");
	assert_int_equal(wm_http_value(wm_http_query(r), "q", buf, 32), 3);
	assert_string_equal(buf, "x y");
	assert_true(wm_http_is_form(r));
	assert_int_equal(wm_http_value((struct wm_span){ m->data, m->len },
			     "name", buf, 32),
	    5);
	assert_string_equal(buf,
	    "J\xc3\xbc"
	    "rg");
	wm_http_respond(c, &app.response);
}

static void
a_request_has_path_query_and_form(void **state)
{
	struct wire *w;

	(void)state;
	app.act = ask;
	w = app_fed("POST /a%2541/%2e%2E/b+c%2Fd?q=x+y HTTP/1.1\r\nHost: a\r\n"
		    "Content-Type: Application/X-WWW-form-urlencoded ; a=b\r\n"
		    "Content-Length: 14\r\n\r\nname=J%C3%BCrg");
	assert_string_equal(app_statuses(w), "200");
	wire_free(&w);
}

static void
deny(struct wm_conn *c, const struct wm_msg *m)
{
	assert_false(wm_http_is_form(wm_http_request(m)));
	wm_http_respond(c, &app.response);
}

static void
other_types_are_no_forms(void **state)
{
	static const char *const types[] = { "X-Type: a", "Content-Type: a/b",
		"Content-Type: application/x-www-form-urlencodedx",
		"Content-Type: " };
	struct wire *w;
	char text[200];
	size_t i;

	(void)state;
	app.act = deny;
	for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
		snprintf(text, sizeof(text),
		    "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n", types[i]);
		w = app_fed(text);
		assert_string_equal(app_statuses(w), "200");
		wire_free(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, app_setup, app_teardown)
		TEST(text_is_decoded_once),
		TEST(what_is_no_escape_is_refused),
		TEST(what_does_not_fit_is_refused),
		TEST(pairs_come_in_their_order),
		TEST(a_value_is_found_by_its_decoded_name),
		TEST(a_request_has_path_query_and_form),
		TEST(other_types_are_no_forms),
	};

	return UNIT_RUN(tests);
}
