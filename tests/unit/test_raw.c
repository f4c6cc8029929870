/* SPDX-License-Identifier: MIT */
#include "tests/support/unit.h"
#include "tests/support/ways.h"
#include "framework/kit/wire.h"

static void
echo(struct wm_conn *c, const struct wm_msg *m)
{
	wm_conn_send(c, m->data, m->len);
}

static void
delivers_whatever_arrived(void **state)
{
	static const struct ways_message all[] = {
		WAYS_MESSAGE("one\0two\n\xff\xfe"), WAYS_END
	};

	(void)state;
	ways_check((&(struct ways){ .protocol = &wm_protocol_raw,
	    .handlers = &(struct wm_handlers){ .on_message = echo },
	    WAYS_INPUT("one\0two\n\xff\xfe"),
	    .messages = all,
	    .joined = true,
	    WAYS_OUTPUT("one\0two\n\xff\xfe") }));
}

static void
delivers_no_empty_message_at_end_of_file(void **state)
{
	struct wire *w = wire_new(&wm_protocol_raw, NULL, NULL);

	(void)state;
	wire_feed(w, "x", 1);
	wire_eof(w);
	wire_turn(w);
	assert_int_equal(wire_messages(w), 1);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_PEER);
	wire_free(&w);
}

static void
cuts_what_is_longer_than_a_message_may_be(void **state)
{
	static const struct ways_message parts[] = { WAYS_MESSAGE("abcdef"),
		WAYS_END };
	struct wire *w = wire_new(&wm_protocol_raw,
	    &(struct wm_limits){ .message = 4 }, NULL);

	(void)state;
	wire_feed(w, "abcdef", 6);
	assert_int_equal(wire_messages(w), 2);
	assert_string_equal(wire_message(w, 0)->data, "abcd");
	assert_string_equal(wire_message(w, 1)->data, "ef");
	wire_free(&w);
	ways_check((&(struct ways){ .protocol = &wm_protocol_raw,
	    .limits = &(struct wm_limits){ .message = 4 },
	    WAYS_INPUT("abcdef"),
	    .messages = parts,
	    .joined = true }));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delivers_whatever_arrived),
		cmocka_unit_test(cuts_what_is_longer_than_a_message_may_be),
		cmocka_unit_test(delivers_no_empty_message_at_end_of_file),
	};

	return UNIT_RUN(tests);
}
