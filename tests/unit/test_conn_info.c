/* SPDX-License-Identifier: MIT */
/* What a connection says of itself. */
#include "framework/kit/wire.h"
#include "framework/net/conn.h"
#include "tests/support/toys.h"
#include "tests/support/unit.h"

static void
feed(struct wire *w, const char *text)
{
	wire_feed(w, text, strlen(text));
	wire_turn(w);
}

static void
counts_bytes_and_messages(void **state)
{
	struct wire *w = wire_new(&wm_protocol_text, NULL, NULL);
	struct wm_conn *c = wire_conn(w);

	(void)state;
	assert_int_equal(wm_conn_bytes_in(c), 0);
	assert_int_equal(wm_conn_messages(c), 0);
	feed(w, "one\ntwo\nthr");
	assert_int_equal(wm_conn_bytes_in(c), 11);
	assert_int_equal(wm_conn_messages(c), 2);
	assert_int_equal(wm_conn_unread(c), 3);
	feed(w, "ee\n");
	assert_int_equal(wm_conn_messages(c), 3);
	assert_int_equal(wm_conn_unread(c), 0);
	wire_free(&w);
}

static void
counts_seconds(void **state)
{
	struct wire *w = wire_new(&wm_protocol_text, NULL, NULL);
	struct wm_conn *c = wire_conn(w);

	(void)state;
	wire_advance(w, 7);
	assert_int_equal(wm_conn_age(c), 7);
	assert_int_equal(wm_conn_idle(c), 7);
	feed(w, "x");
	assert_int_equal(wm_conn_idle(c), 0);
	wire_advance(w, 2);
	assert_int_equal(wm_conn_age(c), 9);
	assert_int_equal(wm_conn_idle(c), 2);
	wire_free(&w);
}

static void
is_open_paused_or_stuck(void **state)
{
	struct wire *w = wire_new(&wm_protocol_text, NULL, NULL);
	struct wm_conn *c = wire_conn(w);

	(void)state;
	assert_int_equal(wm__conn_stage(c), WM__STAGE_OPEN);
	wire_stall(w, true);
	wm_conn_send(c, "x", 1);
	wire_turn(w);
	assert_int_equal(wm__conn_stage(c), WM__STAGE_STUCK);
	wm_conn_pause(c);
	assert_int_equal(wm__conn_stage(c), WM__STAGE_PAUSED);
	wm_conn_resume(c);
	wire_stall(w, false);
	wire_turn(w);
	assert_int_equal(wm__conn_stage(c), WM__STAGE_OPEN);
	wire_free(&w);
}

static void
is_answering_while_a_request_is_held(void **state)
{
	struct wire *w = wire_new(&toy_polite, NULL, NULL);
	struct wm_conn *c = wire_conn(w);

	(void)state;
	feed(w, "hold\n");
	assert_int_equal(wm__conn_stage(c), WM__STAGE_ANSWERING);
	feed(w, "go\n");
	assert_int_equal(wm__conn_stage(c), WM__STAGE_OPEN);
	wm_conn_close(c);
	wire_turn(w);
	assert_int_equal(wm__conn_stage(c), WM__STAGE_ENDING);
	wire_free(&w);
}

static void
is_in_its_handshake_until_it_has_risen(void **state)
{
	struct wire *w = wire_new(&toy_rising, NULL, NULL);

	(void)state;
	assert_int_equal(wm__conn_stage(wire_conn(w)), WM__STAGE_HANDSHAKE);
	feed(w, "up\n");
	assert_int_equal(wm__conn_stage(wire_conn(w)), WM__STAGE_OPEN);
	wire_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_bytes_and_messages),
		cmocka_unit_test(counts_seconds),
		cmocka_unit_test(is_open_paused_or_stuck),
		cmocka_unit_test(is_answering_while_a_request_is_held),
		cmocka_unit_test(is_in_its_handshake_until_it_has_risen),
	};

	return UNIT_RUN(tests);
}
