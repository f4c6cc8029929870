/* SPDX-License-Identifier: MIT */
/* The record of a connection: from one wire into another. */
#include "framework/kit/wire.h"
#include "framework/net/conn.h"
#include "framework/net/freeze.h"
#include "tests/support/toys.h"
#include "tests/support/unit.h"

#define ID 4711

static struct wire *from, *to;
static struct wm_conn *old;
static struct wm_buf record;
static const struct wm_limits limits = { .idle_ms = 60000,
	.write_ms = 30000,
	.unsent = 100 };

static int
set_up(void **state)
{
	(void)state;
	from = wire_new(&wm_protocol_text, &limits, NULL);
	to = wire_new(&wm_protocol_text, &limits, NULL);
	old = wire_conn(from);
	wm__conn_table_remove(&wire_proc(from)->conns, old);
	old->id = ID;
	assert_int_equal(wm__conn_table_add(&wire_proc(from)->conns, old), 0);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	wire_free(&from);
	wire_free(&to);
	wm_buf_fini(&record);
	return 0;
}

static int
freeze(void)
{
	struct wm_freezer f = { &record };

	return wm__conn_freeze(old, &f);
}

static struct wm_conn *
thaw_from(const char *data, size_t len)
{
	struct wm__service *service = wire_conn(to)->service;
	const struct wm__thaw how = { wire_proc(to), &service, 1, NULL, NULL };
	struct wm_thawer t = { .data = data, .len = len };
	const char *why = NULL;
	struct wm_conn *c = wm__conn_thaw(&how, -1, &t, &why);

	assert_true(c != NULL || why != NULL);
	return c;
}

/* The connection there, served. */
static struct wm_conn *
move(void)
{
	struct wm_conn *c;

	assert_int_equal(freeze(), 0);
	wm__conn_hold(old);
	c = thaw_from(record.data, record.len);
	assert_non_null(c);
	wm__conn_moved(old);
	wire_turn(from);
	wm__conn_go(c);
	return c;
}

static void
it_is_the_same_there(void **state)
{
	struct wm_conn *c;

	(void)state;
	wire_feed(from, "one\ntwo\nhalf", 12);
	wire_turn(from);
	wm_conn_send(old, "answer", 6);
	wire_turn(from);
	wire_advance(from, 7);
	wire_advance(to, 7);
	old->bytes_out = 7; /* a wire has no socket that counts */
	c = move();
	assert_int_equal(wm_conn_id(c), ID);
	assert_int_equal(wm_conn_bytes_in(c), 12);
	assert_int_equal(wm_conn_bytes_out(c), 7);
	assert_int_equal(wm_conn_messages(c), 2);
	assert_int_equal(wm_conn_age(c), 7);
	assert_int_equal(wm_conn_idle(c), 7);
	assert_int_equal(wm_conn_unread(c), 4);
	assert_true(c->announced);
	assert_true(wire_is_closed(from));
	assert_int_equal(wire_calls(from)->close, 0);
	assert_int_equal(wire_calls(to)->connect, 1); /* its own */
	wm__conn_end(c, WM_CLOSE_PEER);
	wire_turn(to);
}

static void
half_a_message_becomes_a_whole_one(void **state)
{
	char rest[] = " over\n";
	struct wm_conn *c;

	(void)state;
	wire_feed(from, "half", 4);
	wire_turn(from);
	c = move();
	wm__conn_feed(c, rest, 6);
	assert_int_equal(wire_messages(to), 1);
	assert_string_equal(wire_message(to, 0)->data, "half over");
}

static void
unsent_output_goes_along_and_its_deadline_on(void **state)
{
	struct wm_conn *c;

	(void)state;
	wire_stall(from, true);
	wm_conn_send(old, "01234567890123456789", 20);
	wire_turn(from);
	assert_true(old->stuck);
	wire_advance(from, 20);
	wire_advance(to, 20);
	c = move();
	assert_true(c->stuck);
	assert_int_equal(wm_conn_unsent(c), 21);
	assert_memory_equal(c->output->buf.data + c->output->sent,
	    "01234567890123456789\n", 21);
	assert_int_equal(c->life, WM__OPEN);
	/* the wires stay at the times they have been; it had 11 s left */
	for (unsigned i = 0; i < 10; i++)
		wm__proc_pass(wire_proc(to), wire_proc(to)->now + 1);
	assert_int_equal(c->life, WM__OPEN);
	for (unsigned i = 0; i < 2; i++)
		wm__proc_pass(wire_proc(to), wire_proc(to)->now + 1);
	assert_int_equal(c->life, WM__DEAD);
	assert_int_equal(c->reason, WM_CLOSE_WRITE_TIMEOUT);
}

static int
tick(struct wm_conn *c, uint64_t key, const char *value)
{
	return wm_conn_send_latest(c, key,
	    &(struct wm_msg){ .data = value, .len = strlen(value) });
}

static void
the_newest_of_each_key_goes_along(void **state)
{
	struct wm_conn *c;

	(void)state;
	old->service->limits.unsent = wire_conn(to)->service->limits.unsent =
	    1000;
	wire_stall(from, true);
	tick(old, 1, "first");
	wire_turn(from);
	assert_int_equal(tick(old, 1, "one"), WM_QUEUED);
	assert_int_equal(tick(old, 2, "two"), WM_QUEUED);
	wire_stall(to, true);
	c = move();
	assert_int_equal(tick(c, 1, "newer"), WM_QUEUED);
	assert_int_equal(wm_conn_unsent(c), 6);
	wm__conn_drop_output(c); /* the peer has read it */
	wm__conn_all_sent(c);
	wire_stall(to, false);
	wire_turn(to);
	wire_turn(to);
	assert_non_null(c->output);
	assert_memory_equal(c->output->buf.data, "newer\ntwo\n", 10);
}

static void
what_is_the_newest_on_the_way_is_sent_at_once(void **state)
{
	(void)state;
	old->service->limits.unsent = wire_conn(to)->service->limits.unsent =
	    1000;
	wire_stall(from, true);
	tick(old, 1, "first");
	wire_turn(from);
	wm__conn_hold(old);
	tick(old, 1, "one");
	assert_int_equal(wm_conn_unsent(old), 10);
	assert_null(old->extra);
	wm__conn_unhold(old);
}

static void
its_protocol_does_not_change_on_the_way(void **state)
{
	(void)state;
	wm__conn_hold(old);
	assert_int_equal(wm_conn_set_protocol(old, &wm_protocol_raw, NULL, 0),
	    WM_E_BUSY);
	wm__conn_unhold(old);
	assert_int_equal(wm_conn_set_protocol(old, &wm_protocol_raw, NULL, 0),
	    0);
}

static void
a_full_buffer_is_said_to_have_drained(void **state)
{
	char text[150];
	struct wm_conn *c;

	(void)state;
	memset(text, 'x', sizeof(text));
	wire_stall(from, true);
	wm_conn_send(old, text, sizeof(text));
	wire_turn(from);
	wire_turn(from);
	assert_int_equal(wire_calls(from)->full, 1);
	c = move();
	assert_true(c->was_full);
	wm__conn_all_sent(c);
	assert_false(c->was_full);
	assert_int_equal(wm_conn_unsent(c), 0);
}

static void
an_idle_one_has_the_time_that_was_left(void **state)
{
	struct wm_conn *c;

	(void)state;
	wire_advance(from, 40);
	wire_advance(to, 40);
	c = move();
	for (unsigned i = 0; i < 19; i++)
		wm__proc_pass(wire_proc(to), wire_proc(to)->now + 1);
	assert_int_equal(c->life, WM__OPEN);
	for (unsigned i = 0; i < 4; i++)
		wm__proc_pass(wire_proc(to), wire_proc(to)->now + 1);
	assert_int_not_equal(c->life, WM__OPEN);
}

static void
paused_stays_paused(void **state)
{
	struct wm_conn *c;

	(void)state;
	wm_conn_pause(old);
	wire_turn(from);
	c = move();
	assert_true(c->paused);
	assert_false(wm__conn_can_decode(c));
}

static void
it_does_not_move_in_the_middle_of_something(void **state)
{
	(void)state;
	wm_conn_hold(old);
	assert_int_equal(freeze(), WM_E_BUSY);
	wm_conn_release(old);
	assert_int_equal(freeze(), WM_E_BUSY); /* it wants its turn */
	wire_turn(from);
	assert_int_equal(freeze(), 0);
	record.len = 0;
	wm_conn_send(old, "x", 1);
	assert_int_equal(freeze(), WM_E_BUSY);
	wire_turn(from);
	wm__conn_hold(old);
	assert_int_equal(freeze(), WM_E_BUSY);
	wm__conn_unhold(old);
	wire_turn(from);
	wm_conn_close(old);
	assert_int_equal(freeze(), WM_E_BUSY);
	assert_int_equal(record.len, 0);
}

static void
it_goes_on_where_it_was(void **state)
{
	(void)state;
	wm__conn_hold(old);
	wm_conn_send(old, "kept", 4);
	wm__conn_unhold(old);
	wire_turn(from);
	assert_span(wire_output(from), "kept\n");
	wire_feed(from, "on\n", 3);
	wire_turn(from);
	assert_int_equal(wire_messages(from), 1);
}

static void
handlers_without_a_name_and_state_without_freeze_stay(void **state)
{
	static const struct wm_handlers nameless = { .on_message = NULL };
	struct wire *counting;
	struct wm_freezer f = { &record };

	(void)state;
	wm_conn_set_handlers(old, &nameless);
	assert_int_equal(freeze(), WM_E_UNSUPPORTED);
	counting = wire_new(&toy_counting, NULL, NULL);
	assert_int_equal(wm__conn_freeze(wire_conn(counting), &f),
	    WM_E_UNSUPPORTED);
	wire_free(&counting);
}

static void
half_a_record_makes_no_connection(void **state)
{
	size_t count;

	(void)state;
	wire_feed(from, "half", 4);
	wire_turn(from);
	wire_stall(from, true);
	wm_conn_send(old, "out", 3);
	wire_turn(from);
	assert_int_equal(freeze(), 0);
	count = wire_proc(to)->conns.count;
	for (size_t len = 0; len < record.len; len++) {
		char *copy = malloc(len > 0 ? len : 1); /* overruns are seen */

		memcpy(copy, record.data, len);
		assert_null(thaw_from(copy, len));
		free(copy);
		assert_int_equal(wire_proc(to)->conns.count, count);
	}
	for (size_t at = 0; at < record.len; at++) {
		struct wm_conn *c;

		record.data[at] ^= 0x55;
		c = thaw_from(record.data, record.len);
		if (c != NULL) /* a number is another number */
			wm__conn_unmake(c);
		record.data[at] ^= 0x55;
		assert_int_equal(wire_proc(to)->conns.count, count);
	}
	wire_turn(to);
}

static void
an_id_that_is_taken_is_refused(void **state)
{
	(void)state;
	assert_int_equal(freeze(), 0);
	assert_non_null(thaw_from(record.data, record.len));
	assert_null(thaw_from(record.data, record.len));
}

#define FREEZE_TEST(name)                                                      \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FREEZE_TEST(it_is_the_same_there),
		FREEZE_TEST(half_a_message_becomes_a_whole_one),
		FREEZE_TEST(unsent_output_goes_along_and_its_deadline_on),
		FREEZE_TEST(the_newest_of_each_key_goes_along),
		FREEZE_TEST(what_is_the_newest_on_the_way_is_sent_at_once),
		FREEZE_TEST(its_protocol_does_not_change_on_the_way),
		FREEZE_TEST(a_full_buffer_is_said_to_have_drained),
		FREEZE_TEST(an_idle_one_has_the_time_that_was_left),
		FREEZE_TEST(paused_stays_paused),
		FREEZE_TEST(it_does_not_move_in_the_middle_of_something),
		FREEZE_TEST(it_goes_on_where_it_was),
		FREEZE_TEST(
		    handlers_without_a_name_and_state_without_freeze_stay),
		FREEZE_TEST(half_a_record_makes_no_connection),
		FREEZE_TEST(an_id_that_is_taken_is_refused),
	};

	return UNIT_RUN(tests);
}
