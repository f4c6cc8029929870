/* SPDX-License-Identifier: MIT */
/* Redirects (RFC 9110 sections 10.2.2 and 15.4). */
#include "tests/support/http_app.h"
#include "tests/support/unit.h"

static unsigned status;
static const char *location;

static void
redirect(struct wm_conn *c, const struct wm_msg *m)
{
	(void)m;
	app.rc = wm_http_redirect(c, status, location);
	if (app.rc < 0)
		wm_http_error(c, 500, NULL);
}

/* What a redirect with these comes to. */
static struct wire *
redirected(unsigned s, const char *l)
{
	status = s;
	location = l;
	app.act = redirect;
	return app_fed(GOOD("/"));
}

static void
a_redirect_says_where_to(void **state)
{
	static const unsigned good[] = { 301, 302, 303, 307, 308 };
	struct wire *w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		w = redirected(good[i], "https://example.org/a?b=%20#c");
		assert_int_equal(app.rc, 0);
		assert_int_equal(app_sent(w,
				     "Location: "
				     "https://example.org/a?b=%20#c\r\n"),
		    1);
		assert_int_equal(app_sent(w, "Content-Length: 0\r\n"), 1);
		wire_free(&w);
	}
}

static void
other_statuses_and_targets_are_refused(void **state)
{
	static const char *const bad[] = { NULL, "", "//evil.example",
		"/\\evil.example", "/a b", "/a\r\nSet-Cookie: b=c", "/a\n",
		"/\x01", "/\xc3\xa4", "/%zz", "/%", "/<b>", "/\"" };
	static const unsigned statuses[] = { 200, 300, 304, 305, 306, 309,
		400 };
	struct wire *w;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		w = redirected(302, bad[i]);
		assert_int_equal(app.rc, WM_E_INVALID);
		wire_free(&w);
	}
	for (i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
		w = redirected(statuses[i], "/");
		assert_int_equal(app.rc, WM_E_INVALID);
		assert_string_equal(app_statuses(w), "500");
		wire_free(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, app_setup, app_teardown)
		TEST(a_redirect_says_where_to),
		TEST(other_statuses_and_targets_are_refused),
	};

	return UNIT_RUN(tests);
}
