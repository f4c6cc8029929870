/* SPDX-License-Identifier: MIT */
/* Leaving, with a clock of its own: who may stay, who goes when. */
#include <sys/socket.h>

#include <unistd.h>

#include <workerman/protocol.h>

#include "framework/base/clock.h"
#include "framework/base/fd.h"
#include "framework/net/conn.h"
#include "framework/net/drain.h"
#include "tests/support/unit.h"

#define CONNS 10

static struct wm_proc proc;
static struct wm_worker row = { .name = "w" };
static struct wm__service service;
static int peers[CONNS];
static struct wm_conn *conns[CONNS];
static enum wm_close_reason reasons[CONNS];
static unsigned closed;
static int64_t now; /* of the clock, in place of base/clock.c */

int64_t
wm__clock_ms(void)
{
	return now;
}

int64_t
wm__clock_real_ms(void)
{
	return 0;
}

int64_t
wm__clock_time(void)
{
	return 0;
}

int64_t
wm__clock_cpu_us(void)
{
	return 0;
}

/* ---- a protocol of bytes ---- */

static int
decode(struct wm_conn *c, void *st, struct wm_input *in, struct wm_msg *m)
{
	(void)c, (void)st;
	if (in->data[0] == 'h' && in->len < 4) /* "half" is a message */
		return WM_MORE;
	in->used = m->len = in->data[0] == 'h' ? 4 : 1;
	m->data = in->data;
	return WM_MESSAGE;
}

static const struct wm_protocol exchange = { .name = "exchange",
	.abi = WM_PROTOCOL_ABI,
	.flags = WM_P_EXCHANGE,
	.decode = decode };
static const struct wm_protocol conversation = { .name = "conversation",
	.abi = WM_PROTOCOL_ABI,
	.decode = decode };

static void
on_close(struct wm_conn *c, enum wm_close_reason reason)
{
	for (int i = 0; i < CONNS; i++)
		if (conns[i] == c) {
			reasons[closed++] = reason;
			conns[i] = NULL;
		}
}

static void
open_all(const struct wm_protocol *protocol, unsigned n)
{
	static const struct wm_limits limits = {
#define DEFAULT(type, field, initial, text) .field = (initial),
		WM_LIMITS_TABLE(DEFAULT)
#undef DEFAULT
	};
	const char *error;

	now = 1000;
	closed = 0;
	assert_int_equal(wm__proc_init(&proc, &row, NULL, &error), 0);
	service = (struct wm__service){ .proc = &proc,
		.protocol = protocol,
		.limits = limits };
	service.handlers.on_close = on_close;
	for (unsigned i = 0; i < n; i++) {
		int pair[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		assert_int_equal(wm__fd_set_nonblock(pair[0]), 0);
		peers[i] = pair[1];
		conns[i] = wm__conn_new(&service, pair[0], NULL);
		assert_non_null(conns[i]);
	}
}

static void
close_all(unsigned n)
{
	wm__proc_fini(&proc);
	memset(conns, 0, sizeof(conns));
	for (unsigned i = 0; i < n; i++)
		close(peers[i]);
}

/* The client sends, and its bytes are read. */
static void
hear(unsigned i, const char *text)
{
	assert_int_equal(send(peers[i], text, strlen(text), 0), strlen(text));
	wm__conn_ready(-1, EV_READ, conns[i]);
	wm__conn_turn(&proc);
}

static void
pass(unsigned seconds)
{
	while (seconds-- > 0) {
		wm__proc_pass(&proc, proc.now + 1);
		wm__drain_tick(&proc);
		wm__conn_turn(&proc);
	}
}

static void
stop(void *arg)
{
	wm__loop_stop(arg);
}

/* Lets the timer of the drain go off: it waits for 20 real milliseconds. */
static void
step(void)
{
	struct wm__timer *timer = wm__timer_new(proc.loop, stop, proc.loop);

	wm__timer_start(timer, 40);
	assert_int_equal(wm__loop_run(proc.loop), 0);
	wm__timer_free(&timer);
	wm__conn_turn(&proc);
}

/* How many have ended, or wait only for their peer to do so, too. */
static unsigned
gone(void)
{
	unsigned n = 0;

	for (int i = 0; i < CONNS; i++)
		n += conns[i] != NULL && wm_conn_closing(conns[i]);
	return n + closed;
}

/* ---- who may stay ---- */

static void
who_has_asked_and_owes_nothing_goes_at_once(void **state)
{
	(void)state;
	open_all(&exchange, 2);
	hear(0, "x");
	hear(1, "x");
	wm__proc_drain(&proc, WM_CLOSE_SHUTDOWN, false);
	wm__conn_turn(&proc);
	assert_int_equal(gone(), 2);
	assert_int_equal(closed, 2);
	assert_int_equal(reasons[0], WM_CLOSE_SHUTDOWN);
	close_all(2);
}

static void
who_has_just_come_may_ask(void **state)
{
	(void)state;
	open_all(&exchange, 1);
	wm__proc_drain(&proc, WM_CLOSE_RESTART, false);
	wm__conn_turn(&proc);
	pass(1);
	assert_int_equal(gone(), 0);
	pass(1);
	assert_int_equal(gone(), 1);
	close_all(1);
}

static void
who_came_long_ago_and_never_asked_goes(void **state)
{
	(void)state;
	open_all(&exchange, 1);
	pass(3);
	wm__proc_drain(&proc, WM_CLOSE_RESTART, false);
	wm__conn_turn(&proc);
	assert_int_equal(gone(), 1);
	close_all(1);
}

static void
a_request_that_lies_in_the_kernel_is_in_flight(void **state)
{
	(void)state;
	open_all(&exchange, 2);
	hear(0, "x");
	hear(1, "x");
	pass(10);
	assert_int_equal(send(peers[1], "x", 1, 0), 1);
	wm__proc_drain(&proc, WM_CLOSE_RESTART, false);
	wm__conn_turn(&proc);
	assert_int_equal(gone(), 1);
	assert_false(wm_conn_closing(conns[1]));
	close_all(2);
}

static void
a_request_that_is_arriving_is_in_flight_for_a_while(void **state)
{
	(void)state;
	open_all(&exchange, 1);
	hear(0, "hal");
	wm__proc_drain(&proc, WM_CLOSE_RESTART, false);
	wm__conn_turn(&proc);
	pass(1);
	assert_int_equal(conns[0]->life, WM__OPEN);
	pass(1);
	assert_int_not_equal(conns[0]->life, WM__OPEN);
	close_all(1);
}

/* Patient: exchanges go, conversations stay. */
static void
patience_is_for_conversations(void **state)
{
	(void)state;
	open_all(&conversation, 3);
	for (unsigned i = 0; i < 3; i++)
		hear(i, "x");
	pass(10);
	wm__proc_drain(&proc, WM_CLOSE_SHUTDOWN, true);
	pass(10);
	assert_int_equal(gone(), 0);
	wm__proc_drain(&proc, WM_CLOSE_SHUTDOWN, false);
	wm__conn_turn(&proc);
	assert_int_equal(gone(), 3);
	close_all(3);
	open_all(&exchange, 1);
	hear(0, "x");
	wm__proc_drain(&proc, WM_CLOSE_SHUTDOWN, true);
	wm__conn_turn(&proc);
	assert_int_equal(gone(), 1);
	close_all(1);
}

/* ---- spread over time ---- */

static void
conversations_end_spread_over_the_time(void **state)
{
	(void)state;
	open_all(&conversation, CONNS);
	for (unsigned i = 0; i < CONNS; i++)
		hear(i, "x");
	wm__proc_drain_over(&proc, WM_CLOSE_RESTART, 1000);
	wm__conn_turn(&proc);
	assert_int_equal(gone(), 0);
	for (unsigned tenth = 1; tenth <= CONNS; tenth++) {
		now += 100;
		step();
		assert_int_equal(gone(), tenth);
	}
	close_all(CONNS);
}

static void
no_time_is_at_once(void **state)
{
	(void)state;
	open_all(&conversation, CONNS);
	for (unsigned i = 0; i < CONNS; i++)
		hear(i, "x");
	wm__proc_drain_over(&proc, WM_CLOSE_RESTART, 0);
	wm__conn_turn(&proc);
	assert_int_equal(gone(), CONNS);
	close_all(CONNS);
}

static void
a_late_step_makes_up_for_it(void **state)
{
	(void)state;
	open_all(&conversation, CONNS);
	for (unsigned i = 0; i < CONNS; i++)
		hear(i, "x");
	wm__proc_drain_over(&proc, WM_CLOSE_RESTART, 1000);
	now += 750;
	step();
	assert_int_equal(gone(), 7);
	now += 100000;
	step();
	assert_int_equal(gone(), CONNS);
	close_all(CONNS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_has_asked_and_owes_nothing_goes_at_once),
		cmocka_unit_test(who_has_just_come_may_ask),
		cmocka_unit_test(who_came_long_ago_and_never_asked_goes),
		cmocka_unit_test(
		    a_request_that_lies_in_the_kernel_is_in_flight),
		cmocka_unit_test(
		    a_request_that_is_arriving_is_in_flight_for_a_while),
		cmocka_unit_test(patience_is_for_conversations),
		cmocka_unit_test(conversations_end_spread_over_the_time),
		cmocka_unit_test(no_time_is_at_once),
		cmocka_unit_test(a_late_step_makes_up_for_it),
	};

	return UNIT_RUN(tests);
}
