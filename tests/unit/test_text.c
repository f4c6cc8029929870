/* SPDX-License-Identifier: MIT */
#include "tests/support/unit.h"
#include "tests/support/ways.h"
#include "framework/kit/wire.h"

static void
echo(struct wm_conn *c, const struct wm_msg *m)
{
	wm_conn_send(c, m->data, m->len);
}

static const struct wm_handlers echoes = { .on_message = echo };

static void
delivers_lines_without_their_ends(void **state)
{
	static const struct ways_message lines[] = { WAYS_MESSAGE("hello"),
		WAYS_MESSAGE(""), WAYS_MESSAGE("a\rb"), WAYS_MESSAGE("\r"),
		WAYS_MESSAGE("\0z"), WAYS_END };

	(void)state;
	ways_check((&(struct ways){ .protocol = &wm_protocol_text,
	    .handlers = &echoes,
	    WAYS_INPUT("hello\r\n\na\rb\n\r\r\n\0z\nrest"),
	    .messages = lines,
	    WAYS_OUTPUT("hello\n\na\rb\n\r\n\0z\n") }));
}

static void
drops_a_line_without_an_end_at_end_of_file(void **state)
{
	static const struct ways_message lines[] = { WAYS_MESSAGE("a"),
		WAYS_END };

	(void)state;
	ways_check((&(struct ways){ .protocol = &wm_protocol_text,
	    WAYS_INPUT("a\nbc"),
	    .eof = true,
	    .messages = lines,
	    WAYS_OUTPUT(""),
	    .closes = true,
	    .reason = WM_CLOSE_PEER }));
}

static void
takes_a_line_of_exactly_the_limit(void **state)
{
	static const struct ways_message lines[] = { WAYS_MESSAGE("1234567"),
		WAYS_MESSAGE("123456"), WAYS_END };

	(void)state;
	ways_check((&(struct ways){ .protocol = &wm_protocol_text,
	    .limits = &(struct wm_limits){ .undecoded = 8 },
	    WAYS_INPUT("1234567\n123456\r\n"),
	    .messages = lines }));
}

static void
refuses_a_line_over_the_limit(void **state)
{
	static const struct ways_message lines[] = { WAYS_MESSAGE("ok"),
		WAYS_END };

	(void)state;
	ways_check((&(struct ways){ .protocol = &wm_protocol_text,
	    .limits = &(struct wm_limits){ .undecoded = 8 },
	    WAYS_INPUT("ok\n12345678\nmore\n"),
	    .messages = lines,
	    .closes = true,
	    .reason = WM_CLOSE_OVERFLOW }));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delivers_lines_without_their_ends),
		cmocka_unit_test(drops_a_line_without_an_end_at_end_of_file),
		cmocka_unit_test(takes_a_line_of_exactly_the_limit),
		cmocka_unit_test(refuses_a_line_over_the_limit),
	};

	return UNIT_RUN(tests);
}
