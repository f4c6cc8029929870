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

/* ---- the end ---- */

enum act {
	ACT_NONE,
	ACT_CLOSE,
	ACT_DESTROY,
	ACT_PAUSE_DESTROY,
	ACT_CLOSE_DESTROY,
	ACT_SWITCH_CLOSE,
	ACTS
};

enum place { IN_CONNECT, IN_MESSAGE, IN_UPGRADE, IN_DEADLINE, PLACES };

static struct {
	enum act act;
	enum place place;
	unsigned closing; /* on_close calls that are running */
} plan;

static void
act(struct wm_conn *c, enum place place)
{
	if (plan.place != place)
		return;
	switch (plan.act) {
	case ACT_CLOSE_DESTROY:
		wm_conn_close(c);
		/* FALLTHROUGH */
	case ACT_DESTROY:
		wm_conn_destroy(c);
		break;
	case ACT_PAUSE_DESTROY:
		wm_conn_pause(c);
		wm_conn_hold(c);
		wm_conn_destroy(c);
		break;
	case ACT_SWITCH_CLOSE:
		wm_conn_set_protocol(c, &toy_counting, NULL, 0);
		/* FALLTHROUGH */
	case ACT_CLOSE:
		wm_conn_close(c);
		wm_conn_close(c);
		break;
	default:
		break;
	}
	if (plan.act != ACT_NONE) {
		assert_true(wm_conn_closing(c));
		assert_int_equal(wm_conn_send(c, "x", 1), WM_E_CLOSED);
		assert_int_equal(wm_conn_set_protocol(c, &toy_counting, NULL,
				     0),
		    WM_E_CLOSED);
	}
}

static void
act_on_connect(struct wm_conn *c)
{
	act(c, IN_CONNECT);
}

static void
act_on_message(struct wm_conn *c, const struct wm_msg *m)
{
	(void)m;
	act(c, IN_MESSAGE);
}

/* Everything that the connection still answers to. */
static void
try_all_on_close(struct wm_conn *c, enum wm_close_reason reason)
{
	char text[WM_ADDRESS_MAX];

	(void)reason;
	assert_int_equal(plan.closing++, 0);
	assert_ptr_equal(wm_conn_find(wm_conn_proc(c), wm_conn_id(c)), NULL);
	assert_int_equal(wm_conn_send(c, "x", 1), WM_E_CLOSED);
	assert_int_equal(wm_conn_write(c, "x", 1), WM_E_CLOSED);
	wm_conn_peer(c, text, sizeof(text));
	wm_conn_local(c, text, sizeof(text));
	wm_conn_pause(c);
	wm_conn_resume(c);
	wm_conn_hold(c);
	wm_conn_release(c);
	wm_conn_release(c);
	wm_conn_close(c);
	wm_conn_destroy(c);
	wm_conn_set_deadline(c, 1, 1000);
	assert_non_null(wm_conn_data(c));
	plan.closing--;
}

static void
act_in_deadline(struct wm_conn *c, void *st, unsigned which)
{
	(void)st, (void)which;
	act(c, IN_DEADLINE);
}

static void
act_in_upgrade(struct wm_conn *c, const struct wm_msg *m)
{
	(void)m;
	wm_conn_set_protocol(c, &toy_counting, NULL, 0);
	act(c, IN_UPGRADE);
}

static const struct wm_handlers acting = {
	.on_connect = act_on_connect,
	.on_message = act_on_message,
	.on_close = try_all_on_close,
};

static void
play(enum place place, enum act what)
{
	struct wm_protocol toy = wm_protocol_text;
	struct wire *w;

	plan.place = place;
	plan.act = what;
	toy.deadline = act_in_deadline;
	if (place == IN_UPGRADE) {
		toy.begins_as = &wm_protocol_text;
		toy.upgrade = act_in_upgrade;
	}
	w = wire_new(&toy, NULL, &acting);
	if (place == IN_DEADLINE) {
		wm_conn_set_deadline(wire_conn(w), 1, 1000);
		wire_advance(w, 3);
	}
	feed(w, "one\ntwo\n");
	assert_int_equal(wire_is_closed(w), what != ACT_NONE);
	if (what != ACT_NONE)
		assert_int_equal(wire_reason(w), WM_CLOSE_APPLICATION);
	if (place == IN_MESSAGE && what != ACT_NONE)
		assert_int_equal(wire_messages(w), 1);
	assert_int_equal(wire_calls(w)->close,
	    what != ACT_NONE && place != IN_UPGRADE);
	wire_free(&w);
}

static void
may_be_ended_in_every_callback(void **state)
{
	(void)state;
	for (enum place place = 0; place < PLACES; place++)
		for (enum act what = 0; what < ACTS; what++)
			play(place, what);
}

static struct wm_conn *first, *second;

static void
end_the_other(struct wm_conn *c, enum wm_close_reason reason)
{
	(void)reason;
	assert_int_equal(plan.closing++, 0);
	if (c == first && second != NULL)
		wm_conn_destroy(second);
	if (c == second && first != NULL)
		wm_conn_destroy(first);
	if (c == first)
		first = NULL;
	else
		second = NULL;
	plan.closing--;
}

static void
may_end_another_connection_in_on_close(void **state)
{
	static const struct wm_handlers ending = { .on_close = end_the_other };
	struct wire *w = wire_new(&wm_protocol_text, NULL, NULL);
	struct wm_conn *ends[2];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		ends[0] = first = wire_open(w);
		ends[1] = second = wire_open(w);
		wm_conn_set_handlers(first, &ending);
		wm_conn_set_handlers(second, &ending);
		if (i & 2) /* both are in the turn's list */
			wm_conn_release(ends[!(i & 1)]);
		wm_conn_destroy(ends[i & 1]);
		wire_turn(w);
		assert_null(first);
		assert_null(second);
	}
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
		cmocka_unit_test(may_be_ended_in_every_callback),
		cmocka_unit_test(may_end_another_connection_in_on_close),
	};

	wm__log_set_level(WM_LOG_ERROR + 1);
	return UNIT_RUN(tests);
}
