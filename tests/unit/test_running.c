/* SPDX-License-Identifier: MIT */
/* Every callback of a connection notes itself; afterwards nothing is noted. */
#include <workerman/channel.h>

#include "framework/base/running.h"
#include "framework/channel/channel.h"
#include "framework/net/proc.h"
#include "tests/support/unit.h"
#include "framework/kit/wire.h"

static struct wm_protocol toy;
static struct wire *wire;
static uint64_t id;                       /* of the wire's connection */
static unsigned noted[WM__RUNNING_KINDS]; /* for it */
static bool publish;

/* Inside a callback: which one, and for whom? */
static void
look(uint64_t conn)
{
	assert_in_range(wm__running->what, 0, WM__RUNNING_KINDS - 1);
	assert_int_equal(wm__running->conn, conn);
	noted[wm__running->what]++;
}

static void
assert_noted(enum wm__running_what what)
{
	if (noted[what] == 0)
		fail_msg("%s was not noted", wm__running_word(what));
	assert_int_equal(wm__running->what, WM__RUNNING_NOTHING);
	assert_int_equal(wm__running->conn, 0);
}

static int
toy_open(struct wm_conn *c, void *st)
{
	(void)st;
	id = wm_conn_id(c);
	look(id);
	return 0;
}

static int
toy_decode(struct wm_conn *c, void *st, struct wm_input *in, struct wm_msg *m)
{
	look(id);
	return wm_protocol_text.decode(c, st, in, m);
}

static int
toy_farewell(struct wm_conn *c, void *st, enum wm_close_reason reason,
    struct wm_buf *out)
{
	(void)c, (void)st, (void)reason;
	wm_buf_puts(out, "bye\n");
	look(id);
	return WM_BYE;
}

static void
toy_deadline(struct wm_conn *c, void *st, unsigned which)
{
	(void)c, (void)st, (void)which;
	look(id);
}

static void
toy_close(struct wm_conn *c, void *st, enum wm_close_reason reason)
{
	(void)c, (void)st, (void)reason;
	look(id);
}

static void
on_event(struct wm_conn *c)
{
	(void)c;
	look(id);
}

static void
on_error(struct wm_conn *c, int error)
{
	(void)c, (void)error;
	look(id);
}

static void
on_message(struct wm_conn *c, const struct wm_msg *m)
{
	(void)m;
	if (publish)
		wm_publish(wm_conn_proc(c), "topic", "x", 1, 0);
	look(id);
}

static void
on_close(struct wm_conn *c, enum wm_close_reason reason)
{
	(void)c, (void)reason;
	look(id);
}

static void
on_channel(struct wm_proc *p, const char *topic, const void *data, size_t len,
    void *arg)
{
	(void)p, (void)topic, (void)data, (void)len, (void)arg;
	look(0);
}

static int
begin(void **state)
{
	const struct wm_limits limits = { .unsent = 100 };
	const struct wm_handlers handlers = { .on_connect = on_event,
		.on_message = on_message,
		.on_close = on_close,
		.on_error = on_error,
		.on_buffer_full = on_event,
		.on_buffer_drain = on_event };

	(void)state;
	memset(noted, 0, sizeof(noted));
	publish = false;
	toy = wm_protocol_text;
	toy.open = toy_open;
	toy.decode = toy_decode;
	toy.farewell = toy_farewell;
	toy.deadline = toy_deadline;
	toy.close = toy_close;
	wire = wire_new(&toy, &limits, &handlers);
	return wm__channel_init(wire_proc(wire));
}

static int
discard(void **state)
{
	(void)state;
	wm__channel_fini(wire_proc(wire));
	wire_free(&wire);
	return 0;
}

static void
a_connection_begins(void **state)
{
	(void)state;
	assert_noted(WM__RUNNING_OPEN);
	assert_noted(WM__RUNNING_CONNECT);
	assert_int_equal(noted[WM__RUNNING_NOTHING], 0);
}

static void
a_message_comes(void **state)
{
	(void)state;
	wire_feed(wire, "one\ntwo\n", 8);
	wire_turn(wire);
	assert_noted(WM__RUNNING_DECODE);
	assert_noted(WM__RUNNING_MESSAGE);
	assert_int_equal(noted[WM__RUNNING_DECODE], 2);
	assert_int_equal(noted[WM__RUNNING_MESSAGE], 2);
}

static void
a_publish_inside_does_not_change_it(void **state)
{
	(void)state;
	publish = true;
	wm_channel_listen(wire_proc(wire), "topic", on_channel, NULL);
	wire_feed(wire, "one\n", 4);
	wire_turn(wire);
	assert_noted(WM__RUNNING_CHANNEL);
	assert_int_equal(noted[WM__RUNNING_MESSAGE], 1);
}

static void
a_deadline_passes(void **state)
{
	(void)state;
	wm_conn_set_deadline(wire_conn(wire), 1, 1000);
	wire_advance(wire, 3);
	assert_noted(WM__RUNNING_DEADLINE);
}

static void
output_fills_and_drains(void **state)
{
	const char bytes[200] = { 0 };

	(void)state;
	wire_stall(wire, true);
	wm_conn_send(wire_conn(wire), bytes, sizeof(bytes));
	wire_turn(wire);
	assert_noted(WM__RUNNING_BUFFER_FULL);
	assert_int_equal(wm_conn_send(wire_conn(wire), bytes, 1), WM_E_FULL);
	wire_turn(wire);
	assert_noted(WM__RUNNING_ERROR);
	wire_stall(wire, false);
	wire_turn(wire);
	assert_noted(WM__RUNNING_BUFFER_DRAIN);
}

static void
a_connection_ends(void **state)
{
	(void)state;
	wm_conn_close(wire_conn(wire));
	wire_turn(wire);
	wire_advance(wire, 10); /* the peer says nothing more */
	assert_noted(WM__RUNNING_FAREWELL);
	assert_noted(WM__RUNNING_CLOSE);
	assert_noted(WM__RUNNING_PROTOCOL_CLOSE);
	assert_int_equal(noted[WM__RUNNING_NOTHING], 0);
}

int
main(void)
{
#define RUNNING_TEST(f) cmocka_unit_test_setup_teardown(f, begin, discard)
	const struct CMUnitTest tests[] = {
		RUNNING_TEST(a_connection_begins),
		RUNNING_TEST(a_message_comes),
		RUNNING_TEST(a_publish_inside_does_not_change_it),
		RUNNING_TEST(a_deadline_passes),
		RUNNING_TEST(output_fills_and_drains),
		RUNNING_TEST(a_connection_ends),
	};

	return UNIT_RUN(tests);
}
