/* SPDX-License-Identifier: MIT */
/* From rows of the table to services. */
#include "framework/worker/service.h"
#include "tests/support/toys.h"
#include "tests/support/unit.h"

static void
row_connect(struct wm_conn *c)
{
	(void)c;
}

static void
other_connect(struct wm_conn *c)
{
	(void)c;
}

static void
row_message(struct wm_conn *c, const struct wm_msg *m)
{
	(void)c, (void)m;
}

static const struct wm_handlers others = { .on_connect = other_connect };
static const int options = 7;

static const struct wm_listener listeners[] = {
	{ .url = "frame://127.0.0.1:2",
	    .limits = &(struct wm_limits){ .message = 77, .idle_ms = 9 },
	    .handlers = &others,
	    .options = &options },
	{ .url = "polite://127.0.0.1:3" },
	{ .url = NULL },
};

static const struct wm_worker rows[] = {
	{ .name = "plain", .listen = "text://127.0.0.1:1" },
	{ .name = "both",
	    .listen = "text://127.0.0.1:1",
	    .listeners = listeners,
	    .limits = &(struct wm_limits){ .message = 55, .undecoded = 44 },
	    .on_connect = row_connect,
	    .on_message = row_message },
	{ .name = "task" },
	{ .name = NULL },
};

static const struct wm_protocol *const own[] = { &toy_polite, NULL };

static const struct wm_app app = {
	.name = "test",
	.workers = rows,
	.protocols = own,
};

static struct wm__service *
service_of(const char *name, size_t i, const char *url)
{
	static struct wm_proc p; /* outlives the service */
	const char *error = NULL;
	struct wm__service *s;

	p.row = wm__row_find(&app, name);
	assert_non_null(p.row);
	s = wm__service_new(&app, &p, i, url, &error);
	if (s == NULL)
		assert_non_null(error);
	return s;
}

static void
finds_rows_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(wm__row_find(&app, "both"), &rows[1]);
	assert_null(wm__row_find(&app, "bot"));
	assert_null(wm__row_find(&app, ""));
}

static void
counts_the_shorthand_as_the_first_listener(void **state)
{
	struct wm_listener l;

	(void)state;
	assert_string_equal(wm__row_listener(&rows[0], 0, &l)->url,
	    "text://127.0.0.1:1");
	assert_null(wm__row_listener(&rows[0], 1, &l));
	assert_string_equal(wm__row_listener(&rows[1], 0, &l)->url,
	    "text://127.0.0.1:1");
	assert_ptr_equal(wm__row_listener(&rows[1], 1, &l), &listeners[0]);
	assert_ptr_equal(wm__row_listener(&rows[1], 2, &l), &listeners[1]);
	assert_null(wm__row_listener(&rows[1], 3, &l));
	assert_null(wm__row_listener(&rows[2], 0, &l));
}

static void
fills_in_the_default_limits(void **state)
{
	struct wm__service *s = service_of("plain", 0, rows[0].listen);

	(void)state;
#define IS_DEFAULT(type, field, initial, text)                                 \
	assert_int_equal(s->limits.field, initial);
	WM_LIMITS_TABLE(IS_DEFAULT)
#undef IS_DEFAULT
	assert_ptr_equal(s->protocol, &wm_protocol_text);
	assert_null(s->options);
	wm__service_free(&s);
	assert_null(s);
}

static void
puts_the_listeners_limits_over_the_rows(void **state)
{
	struct wm__service *s = service_of("both", 1, listeners[0].url);

	(void)state;
	assert_int_equal(s->limits.message, 77);
	assert_int_equal(s->limits.undecoded, 44);
	assert_int_equal(s->limits.idle_ms, 9);
	assert_int_equal(s->limits.pipeline, 32);
	assert_ptr_equal(s->options, &options);
	wm__service_free(&s);
	s = service_of("both", 0, rows[1].listen);
	assert_int_equal(s->limits.message, 55);
	wm__service_free(&s);
}

static void
takes_the_listeners_handlers_or_all_of_the_rows(void **state)
{
	struct wm__service *s = service_of("both", 1, listeners[0].url);

	(void)state;
	assert_ptr_equal(s->handlers.on_connect, other_connect);
	assert_null(s->handlers.on_message);
	wm__service_free(&s);
	s = service_of("both", 2, listeners[1].url);
	assert_ptr_equal(s->handlers.on_connect, row_connect);
	assert_ptr_equal(s->handlers.on_message, row_message);
	wm__service_free(&s);
}

static void
finds_the_applications_own_protocols(void **state)
{
	struct wm__service *s = service_of("both", 2, listeners[1].url);

	(void)state;
	assert_ptr_equal(s->protocol, &toy_polite);
	wm__service_free(&s);
	assert_null(service_of("both", 2, "unheard://127.0.0.1:3"));
	assert_null(service_of("both", 2, "polite://nowhere"));
}

/* An address given on the command line replaces the table's. */
static void
serves_another_address_than_the_tables(void **state)
{
	struct wm__service *s =
	    service_of("both", 1, "raw+unix:///tmp/other.sock");

	(void)state;
	assert_ptr_equal(s->protocol, &wm_protocol_raw);
	assert_int_equal(s->limits.message, 77);
	wm__service_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_rows_by_name),
		cmocka_unit_test(counts_the_shorthand_as_the_first_listener),
		cmocka_unit_test(fills_in_the_default_limits),
		cmocka_unit_test(puts_the_listeners_limits_over_the_rows),
		cmocka_unit_test(
		    takes_the_listeners_handlers_or_all_of_the_rows),
		cmocka_unit_test(finds_the_applications_own_protocols),
		cmocka_unit_test(serves_another_address_than_the_tables),
	};

	return UNIT_RUN(tests);
}
