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
delivers_frames_without_their_heads(void **state)
{
	static const struct ways_message frames[] = { WAYS_MESSAGE("hello"),
		WAYS_MESSAGE(""), WAYS_MESSAGE("\0\0\0\4"), WAYS_END };

	(void)state;
	ways_check((&(struct ways){ .protocol = &wm_protocol_frame,
	    .handlers = &(struct wm_handlers){ .on_message = echo },
	    WAYS_INPUT("\0\0\0\11hello\0\0\0\4\0\0\0\10\0\0\0\4\0\0\1\0rest"),
	    .messages = frames,
	    WAYS_OUTPUT("\0\0\0\11hello\0\0\0\4\0\0\0\10\0\0\0\4") }));
}

static void
refuses_a_length_that_does_not_count_itself(void **state)
{
	static const struct ways_message frames[] = { WAYS_MESSAGE("x"),
		WAYS_END };

	(void)state;
	ways_check((&(struct ways){ .protocol = &wm_protocol_frame,
	    WAYS_INPUT("\0\0\0\5x\0\0\0\3abc"),
	    .messages = frames,
	    .closes = true,
	    .reason = WM_CLOSE_PROTOCOL }));
}

static void
takes_a_frame_of_exactly_the_limit(void **state)
{
	static const struct ways_message frames[] = { WAYS_MESSAGE("12345678"),
		WAYS_END };

	(void)state;
	ways_check((&(struct ways){ .protocol = &wm_protocol_frame,
	    .limits = &(struct wm_limits){ .message = 8 },
	    WAYS_INPUT("\0\0\0\14"
		       "12345678"),
	    .messages = frames }));
}

static void
refuses_a_frame_over_the_limit(void **state)
{
	(void)state;
	ways_check((&(struct ways){ .protocol = &wm_protocol_frame,
	    .limits = &(struct wm_limits){ .message = 8 },
	    WAYS_INPUT("\0\0\0\15"
		       "123456789"),
	    .closes = true,
	    .reason = WM_CLOSE_TOO_BIG }));
}

static void
takes_a_long_frame_without_a_limit(void **state)
{
	struct wire *w = wire_new(&wm_protocol_frame,
	    &(struct wm_limits){ .message = SIZE_MAX }, NULL);
	static char body[300000];

	(void)state;
	wire_feed(w, "\0\4\223\344", 4);
	wire_turn(w);
	wire_feed(w, body, sizeof(body));
	wire_turn(w);
	assert_int_equal(wire_messages(w), 1);
	assert_int_equal(wire_message(w, 0)->len, sizeof(body));
	wire_free(&w);
}

static void
refuses_the_longest_length_before_it_arrives(void **state)
{
	(void)state;
	ways_check((&(struct ways){ .protocol = &wm_protocol_frame,
	    WAYS_INPUT("\xff\xff\xff\xff"),
	    .closes = true,
	    .reason = WM_CLOSE_TOO_BIG }));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delivers_frames_without_their_heads),
		cmocka_unit_test(refuses_a_length_that_does_not_count_itself),
		cmocka_unit_test(takes_a_frame_of_exactly_the_limit),
		cmocka_unit_test(refuses_a_frame_over_the_limit),
		cmocka_unit_test(takes_a_long_frame_without_a_limit),
		cmocka_unit_test(refuses_the_longest_length_before_it_arrives),
	};

	return UNIT_RUN(tests);
}
