/* SPDX-License-Identifier: MIT */
/* The life of a connection: <workerman/conn.h>. */
#include "framework/base/log.h"
#include "framework/net/conn.h"
#include "tests/support/toys.h"
#include "tests/support/unit.h"
#include "framework/kit/wire.h"

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

/* ---- pause, hold, upgrade ---- */

static void
delivers_nothing_while_it_is_paused(void **state)
{
	struct wire *w = wire_new(&wm_protocol_text, NULL, NULL);

	(void)state;
	wm_conn_pause(wire_conn(w));
	wm_conn_pause(wire_conn(w));
	feed(w, "one\ntwo\nth");
	feed(w, "ree\n");
	assert_int_equal(wire_messages(w), 0);
	wm_conn_resume(wire_conn(w));
	wm_conn_resume(wire_conn(w));
	assert_int_equal(wire_messages(w), 0); /* not inside the call */
	wire_turn(w);
	assert_int_equal(wire_messages(w), 3);
	assert_string_equal(wire_message(w, 2)->data, "three");
	assert_null(wire_conn(w)->unread);
	wire_free(&w);
}

static void
pause_in_message(struct wm_conn *c, const struct wm_msg *m)
{
	if (m->len == 1)
		wm_conn_pause(c);
	if (m->len == 2) {
		wm_conn_pause(c);
		wm_conn_resume(c);
	}
}

static void
may_be_paused_in_on_message(void **state)
{
	struct wire *w = wire_new(&wm_protocol_text, NULL,
	    &(struct wm_handlers){ .on_message = pause_in_message });

	(void)state;
	feed(w, "22\n1\n22\n");
	assert_int_equal(wire_messages(w), 2);
	wire_eof(w);
	wire_turn(w);
	assert_false(wire_is_closed(w)); /* what came before is still owed */
	wm_conn_resume(wire_conn(w));
	wire_turn(w);
	assert_int_equal(wire_messages(w), 3);
	assert_int_equal(wire_reason(w), WM_CLOSE_PEER);
	wire_free(&w);
}

static void
stops_decoding_at_the_limit_of_held_requests(void **state)
{
	struct wire *w =
	    wire_new(&toy_polite, &(struct wm_limits){ .pipeline = 3 }, NULL);
	struct wm_conn *c = wire_conn(w);

	(void)state;
	feed(w, "hold\nhold\nhold\nhold\nx\n");
	assert_int_equal(wire_messages(w), 3);
	wm_conn_release(c);
	wire_turn(w);
	assert_int_equal(wire_messages(w), 4);
	for (int i = 0; i < 5; i++) /* more than were held */
		wm_conn_release(c);
	wire_turn(w);
	assert_int_equal(wire_messages(w), 5);
	wire_free(&w);
}

static void
answers_a_peer_that_has_only_finished_speaking(void **state)
{
	struct wire *w = wire_new(&toy_polite, NULL, NULL);

	(void)state;
	feed(w, "hold\n");
	wire_eof(w);
	wire_turn(w);
	assert_false(wire_is_closed(w));
	assert_int_equal(wm_conn_send(wire_conn(w), "answer", 6), WM_SENT);
	wm_conn_release(wire_conn(w));
	wire_turn(w);
	assert_span(wire_output(w), "answer\n");
	assert_int_equal(wire_reason(w), WM_CLOSE_PEER);
	wire_free(&w);
}

static void
hands_the_same_segments_rest_to_the_next_protocol(void **state)
{
	struct wire *w = wire_new(&toy_rising, NULL, NULL);

	(void)state;
	assert_int_equal(wire_calls(w)->connect, 0);
	feed(w, "what\nup\nfirst\nsec");
	assert_span(wire_output(w), "no\n");
	assert_int_equal(wire_calls(w)->connect, 1);
	feed(w, "ond\n");
	assert_int_equal(wire_messages(w), 2);
	assert_string_equal(wire_message(w, 0)->data, "first");
	assert_string_equal(wire_message(w, 1)->data, "second");
	assert_ptr_equal(wm_conn_protocol(wire_conn(w)), &toy_polite);
	wire_free(&w);
}

static void
is_not_heard_of_when_it_never_rises(void **state)
{
	struct wire *w = wire_new(&toy_rising, NULL, NULL);

	(void)state;
	feed(w, "what\n");
	wire_eof(w);
	wire_turn(w);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_calls(w)->connect, 0);
	assert_int_equal(wire_calls(w)->close, 0);
	wire_free(&w);
}

static void
changes_protocol_after_held_requests_are_answered(void **state)
{
	struct wire *w = wire_new(&toy_rising, NULL, NULL);
	struct wm_conn *c = wire_conn(w);

	(void)state;
	wm_conn_hold(c);
	feed(w, "up\nnext\n");
	assert_ptr_equal(wm_conn_protocol(c), &wm_protocol_text);
	wm_conn_release(c);
	wire_turn(w);
	assert_ptr_equal(wm_conn_protocol(c), &toy_polite);
	assert_int_equal(wire_messages(w), 1);
	wire_free(&w);
}

struct carried {
	char word[200]; /* more than a connection keeps inside */
};

static int
carried_open(struct wm_conn *c, void *st)
{
	struct carried *carried = st;

	assert_int_equal(carried->word[5], '\0');
	wm_conn_write(c, carried->word, strlen(carried->word));
	return *carried->word == 'n' ? WM_E_DATA : 0;
}

static unsigned carried_closed;

static void
carried_close(struct wm_conn *c, void *st, enum wm_close_reason reason)
{
	(void)c, (void)st, (void)reason;
	carried_closed++;
}

static struct wm_protocol
carried_protocol(void)
{
	struct wm_protocol toy = wm_protocol_text;

	toy.name = "carried";
	toy.state_size = sizeof(struct carried);
	toy.open = carried_open;
	toy.close = carried_close;
	carried_closed = 0;
	return toy;
}

static void
carries_bytes_into_the_next_protocols_state(void **state)
{
	struct wm_protocol toy = carried_protocol();
	struct wire *w = wire_new(&wm_protocol_text, NULL, NULL);
	struct wm_conn *c = wire_conn(w);

	(void)state;
	assert_int_equal(wm_conn_set_protocol(c, &toy, "x", 201), WM_E_INVALID);
	assert_int_equal(wm_conn_set_protocol(c, &toy, "first", 5), 0);
	assert_int_equal(wm_conn_set_protocol(c, &toy, "later", 5), 0);
	wire_turn(w);
	assert_span(wire_output(w), "later");
	assert_string_equal(wm_conn_state(c, &toy), "later");
	assert_null(wm_conn_state(c, &wm_protocol_text));
	wm_conn_set_protocol(c, &toy, "again", 5);
	wire_turn(w);
	assert_int_equal(carried_closed, 1);
	wire_free(&w);
	assert_int_equal(carried_closed, 2);
}

static void
says_what_was_sent_when_the_next_protocol_refuses(void **state)
{
	struct wm_protocol toy = carried_protocol();
	struct wire *w = wire_new(&wm_protocol_text, NULL, NULL);

	(void)state;
	wm_conn_set_protocol(wire_conn(w), &toy, "never", 5);
	wire_turn(w);
	assert_span(wire_output(w), "never");
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_DATA);
	assert_int_equal(carried_closed, 0);
	wire_free(&w);
}

/* ---- identity and time ---- */

static void
has_an_id_by_which_it_is_found(void **state)
{
	struct wire *w = wire_new(&wm_protocol_text, NULL, NULL);
	struct wm_conn *c = wire_conn(w), *d = wire_open(w);
	uint64_t id = wm_conn_id(c);

	(void)state;
	assert_int_not_equal(id, 0);
	assert_int_not_equal(id, wm_conn_id(d));
	assert_ptr_equal(wm_conn_find(wire_proc(w), id), c);
	assert_ptr_equal(wm_conn_find(wire_proc(w), wm_conn_id(d)), d);
	assert_null(wm_conn_find(wire_proc(w), 0));
	wm_conn_destroy(c);
	assert_null(wm_conn_find(wire_proc(w), id));
	wire_turn(w);
	assert_null(wm_conn_find(wire_proc(w), id));
	assert_ptr_equal(wm_conn_find(wire_proc(w), wm_conn_id(d)), d);
	wire_free(&w);
}

/* The id of one that has gone is never another's: no crash, an error. */
static void
is_sent_to_by_its_id_while_it_lives(void **state)
{
	struct wire *w = wire_new(&wm_protocol_text, NULL, NULL);
	struct wm_proc *p = wire_proc(w);
	uint64_t id = wm_conn_id(wire_conn(w));

	(void)state;
	assert_int_equal(wm_conn_send_to(p, id, "hi", 2), WM_SENT);
	wire_turn(w);
	assert_span(wire_output(w), "hi\n");
	wm_conn_close(wire_conn(w));
	assert_int_equal(wm_conn_send_to(p, id, "hi", 2), WM_E_CLOSED);
	wm_conn_destroy(wire_conn(w)); /* on_close is still to come */
	assert_int_equal(wm_conn_send_to(p, id, "hi", 2), WM_E_NOT_FOUND);
	wire_turn(w);
	assert_int_equal(wm_conn_send_to(p, id, "hi", 2), WM_E_NOT_FOUND);
	assert_int_equal(wm_conn_send_to(p, 0, "hi", 2), WM_E_NOT_FOUND);
	assert_int_equal(wm_conn_send_to(p, UINT64_MAX, "hi", 2),
	    WM_E_NOT_FOUND);
	for (int i = 0; i < 200; i++) {
		struct wm_conn *c = wire_open(w);

		assert_int_not_equal(wm_conn_id(c), id);
		wm_conn_destroy(c);
		wire_turn(w);
	}
	assert_int_equal(wm_conn_send_to(p, id, "hi", 2), WM_E_NOT_FOUND);
	wire_free(&w);
}

static void
keeps_data_for_the_application(void **state)
{
	struct wire *w = wire_new(&wm_protocol_text, NULL, NULL);
	char zero[WIRE_DATA_SIZE] = "";
	char *data = wm_conn_data(wire_conn(w));

	(void)state;
	assert_int_equal((uintptr_t)data % _Alignof(max_align_t), 0);
	assert_memory_equal(data, zero, WIRE_DATA_SIZE);
	memset(data, 'x', WIRE_DATA_SIZE);
	wire_free(&w);
}

static void
calls_the_protocols_deadline_once(void **state)
{
	struct wire *w = wire_new(&toy_polite, NULL, NULL);

	(void)state;
	feed(w, "slow\n");
	wire_advance(w, 3);
	assert_span(wire_output(w), "");
	wire_advance(w, 1);
	assert_span(wire_output(w), "late\n");
	wire_advance(w, 300);
	assert_span(wire_output(w), "late\n");
	assert_false(wire_is_closed(w));
	wire_free(&w);
}

static void
replaces_moves_and_removes_the_deadline(void **state)
{
	struct wire *w = wire_new(&wm_protocol_text, NULL, NULL);
	struct wm_conn *c = wire_conn(w);

	(void)state;
	wm_conn_set_deadline(c, 1, 2000);
	wm_conn_set_deadline(c, 1, 400000); /* more than the wheel holds */
	wire_advance(w, 400);
	wm_conn_set_deadline(c, 1, 0);
	wire_advance(w, 300);
	wm_conn_set_deadline(c, 1, UINT32_MAX);
	wire_advance(w, 300);
	assert_false(wire_is_closed(w));
	wm_conn_set_deadline(c, 1, 1);
	wire_advance(w, 2);
	assert_int_equal(wire_reason(w), WM_CLOSE_TIMEOUT);
	wire_free(&w);
}

static void
closes_when_idle_but_not_while_it_waits_for_us(void **state)
{
	static const struct wm_limits limits = { .idle_ms = 5000 };
	struct wire *w = wire_new(&toy_polite, &limits, NULL);

	(void)state;
	for (int i = 0; i < 5; i++) {
		wire_advance(w, 4);
		feed(w, "x");
	}
	assert_false(wire_is_closed(w));
	wm_conn_pause(wire_conn(w));
	wire_advance(w, 30);
	assert_false(wire_is_closed(w));
	wm_conn_resume(wire_conn(w));
	feed(w, "\nhold\n");
	wire_advance(w, 30);
	assert_false(wire_is_closed(w));
	wm_conn_release(wire_conn(w));
	wire_turn(w);
	wire_advance(w, 7);
	assert_span(wire_output(w), "bye timeout\n");
	wire_free(&w);
}

static void
formats_addresses_that_it_does_not_know(void **state)
{
	struct wire *w = wire_new(&wm_protocol_text, NULL, NULL);
	char text[WM_ADDRESS_MAX];

	(void)state;
	assert_string_equal(wm_conn_peer(wire_conn(w), text, sizeof(text)),
	    "unix:");
	assert_string_equal(wm_conn_local(wire_conn(w), text, sizeof(text)),
	    "?");
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
		cmocka_unit_test(delivers_nothing_while_it_is_paused),
		cmocka_unit_test(may_be_paused_in_on_message),
		cmocka_unit_test(stops_decoding_at_the_limit_of_held_requests),
		cmocka_unit_test(
		    answers_a_peer_that_has_only_finished_speaking),
		cmocka_unit_test(
		    hands_the_same_segments_rest_to_the_next_protocol),
		cmocka_unit_test(is_not_heard_of_when_it_never_rises),
		cmocka_unit_test(
		    changes_protocol_after_held_requests_are_answered),
		cmocka_unit_test(carries_bytes_into_the_next_protocols_state),
		cmocka_unit_test(
		    says_what_was_sent_when_the_next_protocol_refuses),
		cmocka_unit_test(has_an_id_by_which_it_is_found),
		cmocka_unit_test(is_sent_to_by_its_id_while_it_lives),
		cmocka_unit_test(keeps_data_for_the_application),
		cmocka_unit_test(calls_the_protocols_deadline_once),
		cmocka_unit_test(replaces_moves_and_removes_the_deadline),
		cmocka_unit_test(
		    closes_when_idle_but_not_while_it_waits_for_us),
		cmocka_unit_test(formats_addresses_that_it_does_not_know),
	};

	wm__log_set_level(WM_LOG_ERROR + 1);
	return UNIT_RUN(tests);
}
