/* SPDX-License-Identifier: MIT */
/* Requests beyond their callback; trailers. */
#include "tests/support/http_app.h"
#include "tests/support/unit.h"

static struct wm_http_request *kept;

static void
keep(struct wm_conn *c, const struct wm_msg *m)
{
	kept = wm_http_request_keep(wm_http_request(m));
	assert_non_null(kept);
	wm_http_respond(c, &app.response);
}

static void
a_request_can_be_kept(void **state)
{
	struct wire *w;

	(void)state;
	app.act = keep;
	w = app_fed("PUT /a?b HTTP/1.1\r\nHost: h:1\r\nX: 1\r\nx: 2\r\n"
		    "Y: 3\r\n\r\n");
	app.act = NULL;
	app_feed(w, GOOD("/overwritten"));
	wire_free(&w);
	assert_int_equal(wm_http_method(kept), WM_HTTP_PUT);
	assert_int_equal(wm_http_minor(kept), 1);
	assert_span(wm_http_target(kept), "/a?b");
	assert_span(wm_http_path(kept), "/a");
	assert_span(wm_http_query(kept), "b");
	assert_span(wm_http_host(kept), "h:1");
	assert_span(wm_http_header(kept, "y"), "3");
	assert_span(wm_http_field_at(kept, 2)->value, "2");
	assert_null(wm_http_field_at(kept, 4));
	assert_null(wm_http_trailer_at(kept, 0));
	wm_http_request_free(&kept);
	assert_null(kept);
	wm_http_request_free(&kept);
}

static void
what_is_implied_is_kept_as_well(void **state)
{
	struct wire *w;

	(void)state;
	app.act = keep;
	w = app_fed("GET http://b?q HTTP/1.1\r\nHost: a\r\n\r\n");
	wire_free(&w);
	assert_span(wm_http_path(kept), "/");
	assert_span(wm_http_host(kept), "b");
	assert_span(wm_http_query(kept), "q");
	wm_http_request_free(&kept);
	w = app_fed("GET / HTTP/1.0\r\n\r\n");
	wire_free(&w);
	assert_span(wm_http_host(kept), "");
	assert_span(wm_http_query(kept), "");
	assert_null(wm_http_field_at(kept, 0));
	wm_http_request_free(&kept);
}

#define TRAILED                                                                \
	"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"     \
	"3\r\nabc\r\n0\r\nX-Sum:  1 \r\nx-sum: 2\r\nY:\r\n\r\n"

static void
check_trailers(const struct wm_http_request *r)
{
	assert_span(wm_http_trailer(r, "X-SUM"), "1");
	assert_span(wm_http_trailer(r, "y"), "");
	assert_null(wm_http_trailer(r, "z").data);
	assert_null(wm_http_header(r, "X-Sum").data);
	assert_span(wm_http_trailer_at(r, 1)->value, "2");
	assert_span(wm_http_trailer_at(r, 2)->name, "Y");
	assert_null(wm_http_trailer_at(r, 3));
}

static void
read_trailers(struct wm_conn *c, const struct wm_msg *m)
{
	if (wm_http_method(wm_http_request(m)) == WM_HTTP_POST) {
		check_trailers(wm_http_request(m));
		assert_int_equal(m->len, 3);
		assert_memory_equal(m->data, "abc", 3);
	} else
		assert_null(wm_http_trailer_at(wm_http_request(m), 0));
	wm_http_respond(c, &app.response);
}

/* RFC 9112 section 7.1.2. */
static void
trailers_come_however_they_are_split(void **state)
{
	static const char input[] = TRAILED GOOD("/next");
	struct wire *w;
	size_t i;

	(void)state;
	for (i = 1; i < sizeof(input); i++) {
		app_reset();
		app.act = read_trailers;
		w = app_open(NULL);
		wire_feed(w, input, i);
		wire_turn(w);
		wire_feed(w, input + i, sizeof(input) - 1 - i);
		wire_turn(w);
		assert_string_equal(app_statuses(w), "200 200");
		wire_free(&w);
	}
}

static void
trailers_are_kept(void **state)
{
	struct wire *w;

	(void)state;
	app.act = keep;
	w = app_fed(TRAILED);
	wire_free(&w);
	check_trailers(kept);
	wm_http_request_free(&kept);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, app_setup, app_teardown)
		TEST(a_request_can_be_kept),
		TEST(what_is_implied_is_kept_as_well),
		TEST(trailers_come_however_they_are_split),
		TEST(trailers_are_kept),
	};

	return UNIT_RUN(tests);
}
