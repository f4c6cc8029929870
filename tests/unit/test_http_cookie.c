/* SPDX-License-Identifier: MIT */
/* Cookies, as they come (RFC 6265 section 5.4) and as they are set (4.1). */
#include "tests/support/http_app.h"
#include "tests/support/unit.h"

static void
ask(struct wm_conn *c, const struct wm_msg *m)
{
	const struct wm_http_request *r = wm_http_request(m);

	assert_span(wm_http_cookie(r, "a"), "1");
	assert_span(wm_http_cookie(r, "b"), "x=y");
	assert_span(wm_http_cookie(r, "q"), "in quotes");
	assert_span(wm_http_cookie(r, "e"), "");
	assert_span(wm_http_cookie(r, "z"), "9");
	assert_null(wm_http_cookie(r, "A").data);
	assert_null(wm_http_cookie(r, "novalue").data);
	assert_null(wm_http_cookie(r, "").data);
	wm_http_respond(c, &app.response);
}

static void
cookies_are_found_in_all_fields(void **state)
{
	struct wire *w;

	(void)state;
	app.act = ask;
	w = app_fed("GET / HTTP/1.1\r\nHost: a\r\n"
		    "Cookie: a=1; b=x=y;q=\"in quotes\" ; novalue; e=; a=2;\r\n"
		    "cookie: ;;z=9\r\n\r\n");
	assert_string_equal(app_statuses(w), "200");
	wire_free(&w);
}

static void
expect(const struct wm_http_set_cookie *k, const char *want)
{
	char buf[200];

	assert_int_equal(wm_http_cookie_format(k, buf, sizeof(buf)),
	    strlen(want));
	assert_string_equal(buf, want);
}

static void
a_cookie_is_written_with_its_attributes(void **state)
{
	(void)state;
	expect(&(struct wm_http_set_cookie){ .name = "a", .value = "" }, "a=");
	expect(&(struct wm_http_set_cookie){ .name = "sid",
		   .value = "a=b/c+d",
		   .path = "/x y",
		   .domain = "example.org",
		   .max_age = 3600,
		   .secure = true,
		   .http_only = true,
		   .partitioned = true,
		   .same_site = WM_HTTP_SAME_SITE_NONE },
	    "sid=a=b/c+d; Path=/x y; Domain=example.org; Max-Age=3600; "
	    "SameSite=None; Secure; HttpOnly; Partitioned");
	expect(&(struct wm_http_set_cookie){ .name = "__Host-a",
		   .value = "b",
		   .path = "/",
		   .max_age = -1,
		   .secure = true,
		   .same_site = WM_HTTP_SAME_SITE_STRICT },
	    "__Host-a=b; Path=/; Max-Age=0; SameSite=Strict; Secure");
	expect(&(struct wm_http_set_cookie){ .name = "a",
		   .value = "b",
		   .same_site = WM_HTTP_SAME_SITE_LAX },
	    "a=b; SameSite=Lax");
}

static void
what_would_be_another_field_or_attribute_is_refused(void **state)
{
	const struct wm_http_set_cookie bad[] = {
		{ .name = NULL, .value = "b" },
		{ .name = "", .value = "b" },
		{ .name = "a b", .value = "b" },
		{ .name = "a=b", .value = "b" },
		{ .name = "a\r\nX", .value = "b" },
		{ .name = "a", .value = NULL },
		{ .name = "a", .value = "b\r\nX: y" },
		{ .name = "a", .value = "b; Path=/" },
		{ .name = "a", .value = "b c" },
		{ .name = "a", .value = "b,c" },
		{ .name = "a", .value = "\"b\"" },
		{ .name = "a", .value = "b\\" },
		{ .name = "a", .value = "\xc3\xa4" },
		{ .name = "a", .value = "\x7f" },
		{ .name = "a", .value = "b", .path = "/; Domain=x" },
		{ .name = "a", .value = "b", .path = "/\n" },
		{ .name = "a", .value = "b", .domain = "x\r\nY: z" },
		{ .name = "a", .value = "b", .domain = "x;y" },
		{ .name = "a", .value = "b", .same_site = 4 },
		/* and what clients throw away */
		{ .name = "a",
		    .value = "b",
		    .same_site = WM_HTTP_SAME_SITE_NONE },
		{ .name = "a", .value = "b", .partitioned = true },
		{ .name = "__Secure-a", .value = "b" },
		{ .name = "__Host-a", .value = "b", .path = "/" },
		{ .name = "__Host-a", .value = "b", .secure = true },
		{ .name = "__Host-a",
		    .value = "b",
		    .secure = true,
		    .path = "/",
		    .domain = "x" },
	};
	char buf[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (wm_http_cookie_format(&bad[i], buf, sizeof(buf)) !=
		    WM_E_INVALID)
			fail_msg("row %zu", i);
}

static void
a_cookie_that_does_not_fit_is_refused(void **state)
{
	const struct wm_http_set_cookie k = { .name = "a", .value = "bc" };
	char buf[5];

	(void)state;
	assert_int_equal(wm_http_cookie_format(&k, buf, 5), 4);
	assert_int_equal(wm_http_cookie_format(&k, buf, 4), WM_E_TOO_BIG);
	assert_int_equal(wm_http_cookie_format(&k, buf, 0), WM_E_TOO_BIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, app_setup, app_teardown)
		TEST(cookies_are_found_in_all_fields),
		TEST(a_cookie_is_written_with_its_attributes),
		TEST(what_would_be_another_field_or_attribute_is_refused),
		TEST(a_cookie_that_does_not_fit_is_refused),
	};

	return UNIT_RUN(tests);
}
