/* SPDX-License-Identifier: MIT */
/* Limits of a single connection, and those that time a handshake. */
#include <workerman/websocket.h>

#include "framework/kit/wire.h"
#include "framework/net/conn.h"
#include "tests/support/toys.h"
#include "tests/support/unit.h"

static int
set(struct wire *w, const struct wm_limits *limits)
{
	return wm_conn_set_limits(wire_conn(w), limits);
}

static void
feed(struct wire *w, const char *text)
{
	wire_feed(w, text, strlen(text));
	wire_turn(w);
}

static void
changes_those_that_are_named_for_that_connection_only(void **state)
{
	struct wire *w = wire_new(&wm_protocol_text,
	    &(struct wm_limits){ .undecoded = 100, .message = 77 }, NULL);
	struct wm_conn *other = wire_open(w);
	const struct wm_limits *l;

	(void)state;
	assert_int_equal(set(w, &(struct wm_limits){ .undecoded = 10 }), 0);
	l = wm_conn_limits(wire_conn(w));
	assert_int_equal(l->undecoded, 10);
	assert_int_equal(l->message, 77);
	assert_int_equal(wm_conn_limits(other)->undecoded, 100);
	assert_int_equal(set(w, &(struct wm_limits){ .message = 78 }), 0);
	l = wm_conn_limits(wire_conn(w));
	assert_int_equal(l->undecoded, 10);
	assert_int_equal(l->message, 78);
	feed(w, "0123456789abc");
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_OVERFLOW);
	wire_free(&w);
}

static void
those_of_newcomers_are_not_a_connections(void **state)
{
	struct wire *w = wire_new(&wm_protocol_text, NULL, NULL);

	(void)state;
	assert_int_equal(set(w,
			     &(struct wm_limits){ .connections = 1,
				 .per_address = 2,
				 .accept_rate = 3 }),
	    0);
	assert_int_equal(wm_conn_limits(wire_conn(w))->connections, 0);
	assert_int_equal(wm_conn_limits(wire_conn(w))->per_address, 0);
	assert_int_equal(wm_conn_limits(wire_conn(w))->accept_rate, 0);
	wire_free(&w);
}

/* Nothing was timed until now, so nothing but this looks at the clock. */
static void
idle_ms_holds_at_once(void **state)
{
	struct wire *w = wire_new(&wm_protocol_text, NULL, NULL);

	(void)state;
	wire_advance(w, 300);
	assert_int_equal(set(w, &(struct wm_limits){ .idle_ms = 5000 }), 0);
	assert_true(wm_conn_closing(wire_conn(w)));
	wire_free(&w);
	w = wire_new(&wm_protocol_text, NULL, NULL);
	set(w, &(struct wm_limits){ .idle_ms = 5000 });
	wire_advance(w, 4);
	feed(w, "x\n");
	wire_advance(w, 5);
	assert_false(wire_is_closed(w));
	wire_advance(w, 2);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_TIMEOUT);
	wire_free(&w);
}

static void
hold_one(struct wm_conn *c, const struct wm_msg *m)
{
	(void)m;
	wm_conn_hold(c);
}

static void
more_room_lets_it_go_on_at_once(void **state)
{
	struct wire *w =
	    wire_new(&wm_protocol_text, &(struct wm_limits){ .pipeline = 2 },
		&(struct wm_handlers){ .on_message = hold_one });

	(void)state;
	feed(w, "1\n2\n3\n4\n5\n");
	assert_int_equal(wire_messages(w), 2);
	set(w, &(struct wm_limits){ .pipeline = 4 });
	wire_turn(w);
	assert_int_equal(wire_messages(w), 4);
	wire_free(&w);
}

static void
go_along_in_a_move(void **state)
{
	struct wire *w = wire_new(&wm_protocol_text, NULL, NULL);

	(void)state;
	set(w, &(struct wm_limits){ .undecoded = 10, .idle_ms = 3000 });
	wire_turn(w);
	assert_int_equal(wire_move(w), 0);
	assert_int_equal(wm_conn_limits(wire_conn(w))->undecoded, 10);
	assert_int_equal(wm_conn_limits(wire_conn(w))->message, 10u << 20);
	wire_turn(w);
	assert_int_equal(wire_move(w), 0); /* and once more */
	assert_int_equal(wm_conn_limits(wire_conn(w))->undecoded, 10);
	wire_advance(w, 5);
	assert_true(wire_is_closed(w));
	wire_free(&w);
	w = wire_new(&wm_protocol_text, NULL, NULL);
	assert_int_equal(wire_move(w), 0);
	assert_null(wire_conn(w)->service->shared); /* it has none */
	wire_free(&w);
}

static int set_in_close;

static void
set_when_it_ends(struct wm_conn *c, enum wm_close_reason reason)
{
	(void)reason;
	set_in_close =
	    wm_conn_set_limits(c, &(struct wm_limits){ .unsent = 1 });
}

static void
refuses_one_that_has_ended(void **state)
{
	struct wire *w = wire_new(&wm_protocol_text, NULL,
	    &(struct wm_handlers){ .on_close = set_when_it_ends });

	(void)state;
	wm_conn_destroy(wire_conn(w));
	wire_turn(w);
	assert_int_equal(set_in_close, WM_E_CLOSED);
	wire_free(&w);
}

/* ---- handshake_ms: all that comes before on_connect ---- */

static void
bounds_a_handshake_that_is_bit_by_bit(void **state)
{
	struct wire *w = wire_new(&wm_protocol_websocket,
	    &(struct wm_limits){ .handshake_ms = 4000, .header_ms = 60000 },
	    NULL);

	(void)state;
	feed(w, "GET / HTTP/1.1\r\nHost: a\r\n");
	wire_advance(w, 4);
	assert_false(wire_is_closed(w));
	feed(w, "A: b\r\n");
	wire_advance(w, 2);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_TIMEOUT);
	assert_memory_equal(wire_output(w).data, "HTTP/1.1 408 ", 13);
	assert_int_equal(wire_calls(w)->connect, 0);
	wire_free(&w);
}

/* Requests that are refused do not begin it anew. */
static void
bounds_one_that_never_asks_for_the_upgrade(void **state)
{
	struct wire *w = wire_new(&wm_protocol_websocket,
	    &(struct wm_limits){ .handshake_ms = 6000 }, NULL);

	(void)state;
	for (int i = 0; i < 3; i++) {
		feed(w, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
		wire_advance(w, 2);
	}
	wire_advance(w, 2);
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
does_not_bound_what_has_risen(void **state)
{
	struct wire *w = wire_new(&toy_rising,
	    &(struct wm_limits){ .handshake_ms = 3000 }, NULL);

	(void)state;
	wire_advance(w, 2);
	feed(w, "up\n");
	assert_int_equal(wire_calls(w)->connect, 1);
	wire_advance(w, 30);
	assert_false(wire_is_closed(w));
	wire_free(&w);
}

/* ---- docs/LIMITS.md ---- */

static char page[64 << 10];

static void
read_page(void)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/docs/LIMITS.md",
	    top != NULL ? top : ".");
	f = fopen(path, "r");
	assert_non_null(f);
	page[fread(page, 1, sizeof(page) - 1, f)] = '\0';
	fclose(f);
}

/* A default as people write it: "64 KiB", "10 s", "16,384". */
static void
write_default(char *text, size_t size, const char *field, size_t value)
{
	if (strlen(field) > 3 && strcmp(field + strlen(field) - 3, "_ms") == 0)
		snprintf(text, size, "%zu s", value / 1000);
	else if (value >= 1u << 20)
		snprintf(text, size, "%zu MiB", value >> 20);
	else if (value % 1024 == 0 && strcmp(field, "fragments") != 0)
		snprintf(text, size, "%zu KiB", value >> 10);
	else if (value >= 1000)
		snprintf(text, size, "%zu,%03zu", value / 1000, value % 1000);
	else
		snprintf(text, size, "%zu", value);
}

static void
assert_documented(const char *field, size_t initial)
{
	char start[100], text[40] = "";

	if (initial > 0)
		write_default(text, sizeof(text), field, initial);
	snprintf(start, sizeof(start), "\n| `%s` | %s%s", field, text,
	    initial > 0 ? " |" : "");
	if (strstr(page, start) == NULL)
		fail_msg("docs/LIMITS.md does not have: %s", start + 1);
}

static void
the_page_has_every_member_with_its_default(void **state)
{
	(void)state;
	read_page();
#define IS_DOCUMENTED(type, field, initial, text)                              \
	assert_documented(#field, (size_t)(initial));
	WM_LIMITS_TABLE(IS_DOCUMENTED)
#undef IS_DOCUMENTED
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    changes_those_that_are_named_for_that_connection_only),
		cmocka_unit_test(those_of_newcomers_are_not_a_connections),
		cmocka_unit_test(idle_ms_holds_at_once),
		cmocka_unit_test(more_room_lets_it_go_on_at_once),
		cmocka_unit_test(go_along_in_a_move),
		cmocka_unit_test(refuses_one_that_has_ended),
		cmocka_unit_test(bounds_a_handshake_that_is_bit_by_bit),
		cmocka_unit_test(bounds_one_that_never_asks_for_the_upgrade),
		cmocka_unit_test(does_not_bound_what_has_risen),
		cmocka_unit_test(the_page_has_every_member_with_its_default),
	};

	return UNIT_RUN(tests);
}
