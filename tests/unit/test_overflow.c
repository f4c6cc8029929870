/* SPDX-License-Identifier: MIT */
/* What becomes of messages to a peer that does not keep up. */
#include <workerman/channel.h>
#include <workerman/overflow.h>
#include <workerman/websocket.h>

#include "framework/channel/channel.h"
#include "framework/kit/wire.h"
#include "framework/net/extra.h"
#include "tests/support/unit.h"

#define LIMIT 4000

static const struct wm_limits limits = { .unsent = LIMIT };

/* A peer that has stopped reading behind one line. */
static struct wire *
stalled(const struct wm_protocol *protocol, enum wm_overflow policy)
{
	struct wire *w = wire_new(protocol, &limits, NULL);

	assert_int_equal(wm_conn_set_overflow(wire_conn(w), policy), 0);
	wire_stall(w, true);
	assert_int_equal(wm_conn_send(wire_conn(w), "first", 5), WM_SENT);
	wire_turn(w);
	return w;
}

static int
say(struct wire *w, unsigned i)
{
	char text[101];

	snprintf(text, sizeof(text), "%0100u", i);
	return wm_conn_send(wire_conn(w), text, 100);
}

static const char *
taken(struct wire *w)
{
	static char text[2 * LIMIT];

	wire_stall(w, false);
	wire_turn(w);
	assert_true(wire_output(w).len < sizeof(text));
	memcpy(text, wire_output(w).data, wire_output(w).len);
	text[wire_output(w).len] = '\0';
	return text;
}

/* The newest messages are there, whole and in order, the others are not. */
static void
drops_the_oldest(void **state)
{
	struct wire *w = stalled(&wm_protocol_text, WM_OVERFLOW_DROP_OLDEST);
	const char *text;
	unsigned first, n = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(say(w, i), WM_QUEUED);
	assert_true(wm_conn_unsent(wire_conn(w)) < 100);
	text = taken(w);
	assert_memory_equal(text, "first\n", 6);
	first = (unsigned)strtoul(text + 6, NULL, 10);
	for (text += 6; *text != '\0'; text += 101, n++) {
		assert_int_equal(strtoul(text, NULL, 10), first + n);
		assert_int_equal(text[100], '\n');
	}
	assert_int_equal(first + n, 1000);
	assert_in_range(n, 10, LIMIT / 100);
	assert_int_equal(wm__counter(&wire_proc(w)->counters->send_fail),
	    first);
	assert_int_equal(wire_calls(w)->error, 0);
	/* and then it is as if nothing had been */
	wire_take_output(w);
	assert_int_equal(say(w, 7), WM_SENT);
	wire_turn(w);
	assert_int_equal(wire_output(w).len, 101);
	wire_free(&w);
}

static void
refuses_one_that_would_not_fit_alone(void **state)
{
	struct wire *w = stalled(&wm_protocol_text, WM_OVERFLOW_DROP_OLDEST);
	static char big[LIMIT];

	(void)state;
	say(w, 1);
	memset(big, 'b', sizeof(big));
	assert_int_equal(wm_conn_send(wire_conn(w), big, sizeof(big)),
	    WM_E_FULL);
	wire_turn(w);
	assert_int_equal(wire_calls(w)->last_error, WM_E_FULL);
	wire_free(&w);
}

static void
does_not_touch_what_is_being_sent(void **state)
{
	struct wire *w = wire_new(&wm_protocol_text, &limits, NULL);
	static char line[3 * LIMIT];

	(void)state;
	wm_conn_set_overflow(wire_conn(w), WM_OVERFLOW_DROP_OLDEST);
	wire_stall(w, true);
	memset(line, 'l', sizeof(line));
	/* more than the limit at once, as any connection may */
	assert_int_equal(wm_conn_send(wire_conn(w), line, sizeof(line)),
	    WM_SENT);
	wire_turn(w);
	assert_int_equal(say(w, 1), WM_E_FULL);
	wire_stall(w, false);
	wire_turn(w);
	assert_int_equal(wire_output(w).len, sizeof(line) + 1);
	wire_free(&w);
}

static void
keeps_the_order_when_it_goes_on(void **state)
{
	struct wire *w = stalled(&wm_protocol_text, WM_OVERFLOW_DROP_OLDEST);
	struct wm_conn *c = wire_conn(w);

	(void)state;
	wm_conn_send(c, "second", 6);
	/* the kernel takes all, and somebody sends before the turn's end */
	wm_buf_consume(&c->output->buf, c->output->buf.len);
	wm__conn_all_sent(c);
	assert_int_equal(wm_conn_send(c, "third", 5), WM_SENT);
	assert_string_equal(taken(w), "second\nthird\n");
	wire_free(&w);
}

static void
says_what_it_kept_before_it_closes(void **state)
{
	struct wire *w = stalled(&wm_protocol_text, WM_OVERFLOW_DROP_OLDEST);

	(void)state;
	wm_conn_send(wire_conn(w), "bye", 3);
	wm_conn_send_latest(wire_conn(w), 1,
	    &(struct wm_msg){ .data = "price", .len = 5 });
	wm_conn_close(wire_conn(w));
	assert_string_equal(taken(w), "first\nbye\n");
	assert_true(wire_is_closed(w));
	wire_free(&w);
}

static void
keeps_the_newest(void **state)
{
	struct wire *w = stalled(&wm_protocol_text, WM_OVERFLOW_LATEST);
	struct wm_msg price = { .data = "price", .len = 5 };

	(void)state;
	assert_int_equal(wm_conn_send(wire_conn(w), "a", 1), WM_QUEUED);
	assert_int_equal(wm_conn_send_latest(wire_conn(w), 0, &price),
	    WM_QUEUED);
	assert_int_equal(wm_conn_send(wire_conn(w), "b", 1), WM_QUEUED);
	assert_string_equal(taken(w), "first\nb\nprice\n");
	wire_free(&w);
}

static void
resets_who_reads_too_slowly(void **state)
{
	struct wire *w = stalled(&wm_protocol_text, WM_OVERFLOW_CLOSE);
	int r = WM_QUEUED;
	unsigned n = 0;

	(void)state;
	while (r == WM_QUEUED)
		r = say(w, n++);
	assert_int_equal(r, WM_E_CLOSED);
	assert_in_range(n, LIMIT / 101, LIMIT / 101 + 2);
	wire_turn(w);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_SLOW);
	assert_int_equal(wm__counter(
			     &wire_proc(w)->counters->closed[WM_CLOSE_SLOW]),
	    1);
	wire_free(&w);
}

/* ---- what is published ---- */

static struct wire *
subscriber(enum wm_overflow policy)
{
	struct wire *w = wire_new(&wm_protocol_text, &limits, NULL);

	assert_int_equal(wm__channel_init(wire_proc(w)), 0);
	wm_subscribe(wire_conn(w), "gold");
	wm_subscribe(wire_conn(w), "silver");
	assert_int_equal(wm_conn_set_overflow(wire_conn(w), policy), 0);
	wire_stall(w, true);
	assert_int_equal(wm_conn_send(wire_conn(w), "first", 5), WM_SENT);
	wire_turn(w);
	return w;
}

static void
publish(struct wire *w, const char *topic, const char *text)
{
	assert_int_equal(wm_publish(wire_proc(w), topic, text, strlen(text), 0),
	    0);
}

static void
done(struct wire *w)
{
	wm__channel_fini(wire_proc(w));
	wire_free(&w);
}

static void
holds_for_what_is_published(void **state)
{
	struct wire *w = subscriber(WM_OVERFLOW_DROP_OLDEST);
	char text[101];

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "%0100u", i);
		publish(w, "gold", text);
	}
	publish(w, "silver", "end");
	assert_non_null(strstr(taken(w), "99\nend\n"));
	assert_null(strstr(taken(w), "10\n"));
	done(w);
}

static void
keeps_the_newest_of_each_topic(void **state)
{
	struct wire *w = subscriber(WM_OVERFLOW_LATEST);

	(void)state;
	publish(w, "gold", "1");
	publish(w, "silver", "2");
	publish(w, "gold", "3");
	wm_conn_send(wire_conn(w), "4", 1);
	publish(w, "silver", "5");
	assert_string_equal(taken(w), "first\n3\n5\n4\n");
	done(w);
}

static void
a_subscriber_that_is_too_slow_goes(void **state)
{
	struct wire *w = subscriber(WM_OVERFLOW_CLOSE);
	struct wm_conn *other = wire_open(w);
	char text[101];

	(void)state;
	wm_subscribe(other, "gold");
	memset(text, 'x', 100);
	text[100] = '\0';
	for (unsigned i = 0; i < 100; i++)
		publish(w, "gold", text);
	wire_turn(w);
	assert_int_equal(wire_calls(w)->close, 1);
	assert_int_equal(wm__counter(
			     &wire_proc(w)->counters->closed[WM_CLOSE_SLOW]),
	    1);
	assert_false(wm_conn_closing(other));
	done(w);
}

/* ---- where it may be ---- */

static void
requests_must_be_answered(void **state)
{
	struct wire *w = wire_new(&wm_protocol_http, NULL, NULL);
	struct wm_conn *c = wire_conn(w);

	(void)state;
	assert_int_equal(wm_conn_set_overflow(c, WM_OVERFLOW_DROP_OLDEST),
	    WM_E_INVALID);
	assert_int_equal(wm_conn_set_overflow(c, WM_OVERFLOW_LATEST),
	    WM_E_INVALID);
	assert_int_equal(wm_conn_set_overflow(c, WM_OVERFLOW_CLOSE), 0);
	assert_int_equal(wm_conn_set_overflow(c, (enum wm_overflow)9),
	    WM_E_INVALID);
	assert_int_equal(wm_conn_set_overflow(c, WM_OVERFLOW_REFUSE), 0);
	assert_null(c->extra); /* it costs nothing any more */
	wm_conn_close(c);
	assert_int_equal(wm_conn_set_overflow(c, WM_OVERFLOW_CLOSE),
	    WM_E_CLOSED);
	wire_free(&w);
}

/* Parts of a message are never torn out of it. */
static void
parts_are_not_kept_back(void **state)
{
	struct wire *w = stalled(&wm_protocol_text, WM_OVERFLOW_DROP_OLDEST);
	struct wm_msg m = { .data = "part", .len = 4, .flags = WM_MSG_PART };

	(void)state;
	assert_int_equal(WM_WEBSOCKET_PART, WM_MSG_PART);
	wm_conn_send_msg(wire_conn(w), &m);
	assert_int_equal(wm_conn_unsent(wire_conn(w)), 11);
	wire_free(&w);
}

static void
moves_with_its_policy_and_what_it_kept(void **state)
{
	struct wire *w = stalled(&wm_protocol_text, WM_OVERFLOW_DROP_OLDEST);

	(void)state;
	wm_conn_send(wire_conn(w), "kept", 4);
	wire_turn(w);
	assert_int_equal(wire_move(w), 0);
	assert_int_equal(wire_conn(w)->extra->overflow,
	    WM_OVERFLOW_DROP_OLDEST);
	assert_string_equal(taken(w), "first\nkept\n");
	wire_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drops_the_oldest),
		cmocka_unit_test(refuses_one_that_would_not_fit_alone),
		cmocka_unit_test(does_not_touch_what_is_being_sent),
		cmocka_unit_test(keeps_the_order_when_it_goes_on),
		cmocka_unit_test(says_what_it_kept_before_it_closes),
		cmocka_unit_test(keeps_the_newest),
		cmocka_unit_test(resets_who_reads_too_slowly),
		cmocka_unit_test(holds_for_what_is_published),
		cmocka_unit_test(keeps_the_newest_of_each_topic),
		cmocka_unit_test(a_subscriber_that_is_too_slow_goes),
		cmocka_unit_test(requests_must_be_answered),
		cmocka_unit_test(parts_are_not_kept_back),
		cmocka_unit_test(moves_with_its_policy_and_what_it_kept),
	};

	return UNIT_RUN(tests);
}
