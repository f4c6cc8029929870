/* SPDX-License-Identifier: MIT */
/* The life of a connection: <workerman/conn.h>. */
#include "framework/base/log.h"
#include "framework/net/conn.h"
#include "tests/support/toys.h"
#include "tests/support/unit.h"
#include "tests/support/wire.h"

/* ---- farewell ---- */

static void
feed(struct wire *w, const char *text)
{
	wire_feed(w, text, strlen(text));
	wire_turn(w);
}

static void
waits_for_the_answer_to_its_farewell(void **state)
{
	struct wire *w = wire_new(&toy_polite, NULL, NULL);

	(void)state;
	wm_conn_close(wire_conn(w));
	wire_turn(w);
	assert_span(wire_output(w), "bye application\n");
	assert_false(wire_is_closed(w));
	feed(w, "not heard\n");
	assert_int_equal(wire_messages(w), 0);
	feed(w, "bye\n");
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_APPLICATION);
	wire_free(&w);
}

static void
reads_the_answer_although_it_was_paused(void **state)
{
	struct wire *w = wire_new(&toy_polite, NULL, NULL);

	(void)state;
	wm_conn_pause(wire_conn(w));
	wire_feed(w, "bye\n", 4);
	wire_turn(w);
	wm_conn_close(wire_conn(w));
	wire_turn(w);
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
does_not_wait_for_longer_than_close_ms(void **state)
{
	struct wire *w = wire_new(&toy_polite, NULL, NULL);

	(void)state;
	wm_conn_close_reason(wire_conn(w), WM_CLOSE_POLICY);
	wire_turn(w);
	wire_advance(w, 5);
	assert_false(wire_is_closed(w));
	wire_advance(w, 2);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_POLICY);
	wire_free(&w);
}

static void
says_no_farewell_to_a_peer_that_left(void **state)
{
	struct wire *w = wire_new(&toy_polite, NULL, NULL);

	(void)state;
	feed(w, "bye\n");
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_PEER);
	assert_span(wire_output(w), "");
	wire_free(&w);
}

static int
destroying_farewell(struct wm_conn *c, void *st, enum wm_close_reason reason,
    struct wm_buf *out)
{
	(void)st, (void)reason;
	wm_buf_puts(out, "lost");
	wm_conn_destroy(c);
	return WM_BYE_AWAIT;
}

static void
stays_dead_when_its_farewell_destroys_it(void **state)
{
	struct wm_protocol toy = wm_protocol_text;
	struct wire *w;

	(void)state;
	toy.farewell = destroying_farewell;
	w = wire_new(&toy, NULL, NULL);
	wm_conn_close(wire_conn(w));
	wire_turn(w);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_calls(w)->close, 1);
	wire_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_for_the_answer_to_its_farewell),
		cmocka_unit_test(reads_the_answer_although_it_was_paused),
		cmocka_unit_test(does_not_wait_for_longer_than_close_ms),
		cmocka_unit_test(says_no_farewell_to_a_peer_that_left),
		cmocka_unit_test(stays_dead_when_its_farewell_destroys_it),
	};

	wm__log_set_level(WM_LOG_ERROR + 1);
	return UNIT_RUN(tests);
}
