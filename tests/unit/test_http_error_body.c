/* SPDX-License-Identifier: MIT */
/* The errors that http answers by itself, as text and as JSON. */
#include "protocols/http/error_body.h"
#include "tests/support/capture.h"
#include "tests/support/http_app.h"
#include "tests/support/unit.h"

static const struct wm_http_options problems = { .problems = true };

static void
expect(bool json, unsigned status, const char *why, const char *want)
{
	struct http_error_body body;

	wm__http_error_body(&body, json, status, why);
	assert_int_equal(body.len, strlen(want));
	assert_memory_equal(body.text, want, body.len);
	if (json)
		assert_string_equal(body.type, "application/problem+json");
	else
		assert_null(body.type);
}

static void
plain_text_is_the_default(void **state)
{
	(void)state;
	expect(false, 404, NULL, "404 Not Found\n");
	expect(false, 404, "no \"such\" thing",
	    "404 Not Found: no \"such\" thing\n");
}

static void
a_problem_has_type_title_status_and_detail(void **state)
{
	(void)state;
	expect(true, 404, NULL,
	    "{\"type\":\"about:blank\",\"title\":\"Not Found\","
	    "\"status\":404}");
	expect(true, 400, "why",
	    "{\"type\":\"about:blank\",\"title\":\"Bad Request\","
	    "\"status\":400,\"detail\":\"why\"}");
}

static void
what_json_reserves_is_escaped(void **state)
{
	(void)state;
	expect(true, 400, "a\"b\\c\nd\x01 \xc3\xa4",
	    "{\"type\":\"about:blank\",\"title\":\"Bad Request\","
	    "\"status\":400,\"detail\":"
	    "\"a\\\"b\\\\c\\u000ad\\u0001 \xc3\xa4\"}");
}

/* Whatever the length and the place of a character in it. */
static void
a_long_detail_is_cut_between_characters(void **state)
{
	struct http_error_body body;
	char why[1000];
	size_t pad, i;

	(void)state;
	for (pad = 0; pad < 12; pad++) {
		memset(why, 'x', pad);
		for (i = pad; i + 4 < sizeof(why); i += 4)
			memcpy(why + i, "\xf0\x9f\x98\x80", 4);
		why[i] = '\0';
		wm__http_error_body(&body, true, 400, why);
		assert_in_range(body.len, 500, sizeof(body.text));
		assert_memory_equal(body.text + body.len - 3, "\x80\"}", 3);
	}
	memset(why, '\x01', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	wm__http_error_body(&body, true, 400, why);
	assert_memory_equal(body.text + body.len - 8, "\\u0001\"}", 8);
	wm__http_error_body(&body, false, 400, why);
	assert_int_equal(body.len, sizeof(body.text) - 1);
}

/* A request that is refused, and an application that forgot to answer. */
static void
the_listener_s_options_decide(void **state)
{
	struct wire *w = app_open(NULL);

	(void)state;
	wire_set_options(w, &problems);
	app.silent = true;
	capture_begin();
	app_feed(w, GOOD("/"));
	capture_stop();
	app_feed(w, "GET / HTTP/1.1\r\n\r\n");
	assert_string_equal(app_statuses(w), "500 400");
	assert_int_equal(app_sent(w,
			     "Content-Type: application/problem+json\r\n"),
	    2);
	assert_int_equal(app_sent(w, "\"status\":500}"), 1);
	assert_int_equal(app_sent(w, "\"detail\":\"exactly one"), 1);
	assert_int_equal(app_sent(w, "text/plain"), 0);
	wire_free(&w);
}

/* RFC 9110 section 12.5.1. */
static void
what_the_client_prefers_goes_before_the_options(void **state)
{
	static const struct {
		const char *accept;
		char plain, problem; /* without and with the option */
	} rows[] = {
		{ "*/*", 't', 'j' },
		{ "text/html, application/xml;q=0.9, */*;q=0.8", 't', 'j' },
		{ "application/json", 'j', 'j' },
		{ "Application/Problem+JSON", 'j', 'j' },
		{ "application/json, text/plain, */*", 't', 'j' },
		{ "text/plain", 't', 't' },
		{ "text/*;q=0.3, application/*; q=0.2", 't', 't' },
		{ "text/plain;q=0.5,application/json;q=0.501", 'j', 'j' },
		{ "*/*;q=0.1,application/json;v=1;q=0", 't', 't' },
		{ "text/plain;q=0,*/*", 'j', 'j' },
		{ ",,;q=,/;q=x, text", 't', 'j' },
	};
	struct wire *w;
	char text[200];
	size_t i, with;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		for (with = 0; with < 2; with++) {
			snprintf(text, sizeof(text),
			    "GET / HTTP/1.1\r\nAccept: %s\r\n\r\n",
			    rows[i].accept);
			w = app_open(NULL);
			wire_set_options(w, with ? &problems : NULL);
			app_feed(w, text);
			assert_string_equal(app_statuses(w), "400");
			if (app_sent(w, "problem+json") !=
			    ((with ? rows[i].problem : rows[i].plain) == 'j'))
				fail_msg("%s, %zu", rows[i].accept, with);
			wire_free(&w);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, app_setup, app_teardown)
		TEST(plain_text_is_the_default),
		TEST(a_problem_has_type_title_status_and_detail),
		TEST(what_json_reserves_is_escaped),
		TEST(a_long_detail_is_cut_between_characters),
		TEST(the_listener_s_options_decide),
		TEST(what_the_client_prefers_goes_before_the_options),
	};

	return UNIT_RUN(tests);
}
