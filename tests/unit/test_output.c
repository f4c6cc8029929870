/* SPDX-License-Identifier: MIT */
/* Sending, over real sockets: what leaves when, and what waits. */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "framework/base/log.h"
#include "framework/net/conn.h"
#include "tests/support/toys.h"
#include "tests/support/unit.h"
#include "framework/kit/wire.h"

static int peer;
static size_t received;
static struct wire *wire;
static char block[100000];

static void
open_pair(int type, const struct wm_protocol *protocol,
    const struct wm_limits *limits, const struct wm_handlers *handlers)
{
	int pair[2], small = 4096;

	assert_int_equal(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, pair), 0);
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	peer = pair[1];
	received = 0;
	memset(block, 'x', sizeof(block));
	wire = wire_new_on(pair[0], protocol, limits, handlers);
}

static void
close_pair(void)
{
	wire_free(&wire);
	close(peer);
}

/* Reads what is there, at most `max` bytes. */
static size_t
peer_read(size_t max)
{
	static char data[1 << 16];
	size_t sum = 0;
	ssize_t n = 1;

	while (sum < max && n > 0) {
		size_t want =
		    max - sum < sizeof(data) ? max - sum : sizeof(data);

		n = recv(peer, data, want, 0);
		if (n > 0)
			sum += (size_t)n;
	}
	received += sum;
	return sum;
}

static bool
at_once(struct wire *w)
{
	(void)w;
	return true;
}

static bool
nothing_waits(struct wire *w)
{
	peer_read(SIZE_MAX);
	return wire_is_closed(w) || wm_conn_unsent(wire_conn(w)) == 0;
}

static bool
is_closed(struct wire *w)
{
	peer_read(SIZE_MAX);
	return wire_is_closed(w);
}

static void
sends_all_of_a_turn_in_one_call(void **state)
{
	char data[64];

	(void)state;
	open_pair(SOCK_SEQPACKET, &wm_protocol_text, NULL, NULL);
	for (int i = 0; i < 10; i++)
		assert_int_equal(wm_conn_send(wire_conn(wire), "x", 1),
		    WM_SENT);
	assert_int_equal(recv(peer, data, sizeof(data), 0), -1);
	wire_turn(wire);
	assert_int_equal(recv(peer, data, sizeof(data), 0), 20);
	assert_int_equal(recv(peer, data, sizeof(data), 0), -1);
	assert_null(wire_conn(wire)->output);
	close_pair();
}

static void
waits_for_a_slow_reader_and_goes_on(void **state)
{
	struct wm_conn *c;

	(void)state;
	open_pair(SOCK_STREAM, &wm_protocol_raw, NULL, NULL);
	c = wire_conn(wire);
	assert_int_equal(wm_conn_send(c, block, sizeof(block)), WM_QUEUED);
	assert_int_equal(c->watching, EV_READ | EV_WRITE);
	assert_true(wm_conn_unsent(c) > 0);
	assert_int_equal(wm_conn_send(c, "x", 1), WM_QUEUED);
	wire_run(wire, nothing_waits);
	peer_read(SIZE_MAX);
	assert_int_equal(received, sizeof(block) + 1);
	assert_int_equal(c->watching, EV_READ);
	assert_int_equal(c->wheel.due, 0);
	close_pair();
}

static void
refuses_messages_over_the_limit_and_says_so_once(void **state)
{
	struct wm_conn *c;
	int result = 0, accepted = 0;

	(void)state;
	open_pair(SOCK_STREAM, &wm_protocol_raw,
	    &(struct wm_limits){ .unsent = 250000 }, NULL);
	c = wire_conn(wire);
	while ((result = wm_conn_send(c, block, sizeof(block))) >= 0)
		accepted++;
	assert_int_equal(result, WM_E_FULL);
	assert_in_range(accepted, 3, 4); /* some of it the kernel took */
	assert_int_equal(wm_conn_send(c, "x", 1), WM_E_FULL);
	assert_int_equal(wire_calls(wire)->error, 0);
	wire_turn(wire);
	assert_int_equal(wire_calls(wire)->error, 1);
	assert_int_equal(wire_calls(wire)->last_error, WM_E_FULL);
	assert_int_equal(wire_calls(wire)->full, 1);
	assert_int_equal(wire_calls(wire)->drain, 0);
	wire_run(wire, nothing_waits);
	assert_int_equal(wire_calls(wire)->drain, 1);
	assert_int_equal(wire_calls(wire)->full, 1);
	assert_int_equal(wire_calls(wire)->error, 1);
	peer_read(SIZE_MAX);
	assert_int_equal(received, (size_t)accepted * sizeof(block));
	assert_int_equal(wm__counter(&wire_proc(wire)->counters->send_fail), 2);
	close_pair();
}

static void
says_full_when_one_message_is_over_the_limit(void **state)
{
	(void)state;
	open_pair(SOCK_STREAM, &wm_protocol_raw,
	    &(struct wm_limits){ .unsent = 20000 }, NULL);
	assert_int_equal(wm_conn_send(wire_conn(wire), block, sizeof(block)),
	    WM_QUEUED);
	wire_turn(wire);
	assert_int_equal(wire_calls(wire)->full, 1);
	wire_run(wire, nothing_waits);
	assert_int_equal(wire_calls(wire)->drain, 1);
	close_pair();
}

static bool
drained_once(struct wire *w)
{
	if (wire_calls(w)->drain == 0)
		peer_read(20000);
	return wire_calls(w)->drain == 1;
}

static void
says_drain_at_the_low_mark_while_some_are_left(void **state)
{
	size_t left;

	(void)state;
	open_pair(SOCK_STREAM, &wm_protocol_raw,
	    &(struct wm_limits){ .unsent = 300000, .unsent_low = 100000 },
	    NULL);
	while (wm_conn_send(wire_conn(wire), block, sizeof(block)) >= 0)
		;
	wire_turn(wire);
	assert_int_equal(wire_calls(wire)->full, 1);
	wire_run(wire, drained_once);
	left = wm_conn_unsent(wire_conn(wire));
	assert_in_range(left, 1, 100000);
	/* between the marks nothing is said; above the high one, again */
	while (wm_conn_unsent(wire_conn(wire)) < 200000)
		wm_conn_send(wire_conn(wire), block, 1000);
	wire_turn(wire);
	assert_int_equal(wire_calls(wire)->full, 1);
	while (wm_conn_send(wire_conn(wire), block, sizeof(block)) >= 0)
		;
	wire_turn(wire);
	assert_int_equal(wire_calls(wire)->full, 2);
	close_pair();
}

static void
send_again(struct wm_conn *c, int error)
{
	(void)error;
	assert_int_equal(wm_conn_send(c, "x", 1), WM_E_FULL);
}

static void
does_not_hang_when_on_error_sends(void **state)
{
	(void)state;
	open_pair(SOCK_STREAM, &wm_protocol_raw,
	    &(struct wm_limits){ .unsent = 1000 },
	    &(struct wm_handlers){ .on_error = send_again });
	while (wm_conn_send(wire_conn(wire), block, sizeof(block)) >= 0)
		;
	wire_turn(wire);
	assert_int_equal(wire_calls(wire)->error, 1);
	wire_run(wire, at_once);
	assert_int_equal(wire_calls(wire)->error, 1);
	close_pair();
}

static void
fill_again(struct wm_conn *c)
{
	if (wire_calls(wire)->drain < 3)
		while (wm_conn_send(c, block, sizeof(block)) >= 0)
			;
}

static bool
drained_thrice(struct wire *w)
{
	peer_read(SIZE_MAX);
	return wire_calls(w)->drain == 3;
}

static void
says_full_again_when_on_buffer_drain_fills_it(void **state)
{
	(void)state;
	open_pair(SOCK_STREAM, &wm_protocol_raw,
	    &(struct wm_limits){ .unsent = 300000 },
	    &(struct wm_handlers){ .on_buffer_drain = fill_again });
	fill_again(wire_conn(wire));
	wire_run(wire, drained_thrice);
	assert_int_equal(wire_calls(wire)->full, 3);
	close_pair();
}

static void
destroy_on_error(struct wm_conn *c, int error)
{
	(void)error;
	wm_conn_close(c);
}

static void
says_nothing_more_after_a_close_in_on_error(void **state)
{
	(void)state;
	open_pair(SOCK_STREAM, &wm_protocol_raw,
	    &(struct wm_limits){ .unsent = 1000 },
	    &(struct wm_handlers){ .on_error = destroy_on_error });
	while (wm_conn_send(wire_conn(wire), block, sizeof(block)) >= 0)
		;
	wire_run(wire, is_closed);
	assert_int_equal(wire_calls(wire)->error, 1);
	assert_int_equal(wire_calls(wire)->full, 0);
	assert_int_equal(wire_calls(wire)->drain, 0);
	close_pair();
}

static void
echo(struct wm_conn *c, const struct wm_msg *m)
{
	wm_conn_send(c, m->data, m->len);
}

static bool
peer_is_stuck(struct wire *w)
{
	bool stuck = false;

	while (send(peer, block, 4096, MSG_NOSIGNAL) > 0)
		received += 4096; /* so much was sent, here */
	if (errno == EAGAIN && !(wire_conn(w)->watching & EV_READ))
		stuck = true;
	return stuck;
}

/* Fed by the peer as fast as it can, which reads nothing of the echo. */
static void
stops_reading_from_a_peer_that_does_not_read(void **state)
{
	static const size_t limit = 200000;
	struct wm_conn *c;

	(void)state;
	open_pair(SOCK_STREAM, &wm_protocol_raw,
	    &(struct wm_limits){ .unsent = limit },
	    &(struct wm_handlers){ .on_message = echo });
	c = wire_conn(wire);
	wire_run(wire, peer_is_stuck);
	assert_int_equal(c->watching, EV_WRITE);
	assert_true(wm_conn_unsent(c) >= limit / 2);
	assert_true(wm_conn_unsent(c) <= limit + WM__RECV_SIZE);
	assert_true(c->unread == NULL || c->unread->cap <= WM__RECV_SIZE);
	assert_int_equal(wire_calls(wire)->error, 0);
	close_pair();
}

static void
gives_up_on_a_peer_that_reads_nothing(void **state)
{
	(void)state;
	open_pair(SOCK_STREAM, &wm_protocol_raw,
	    &(struct wm_limits){ .write_ms = 3000 }, NULL);
	wm_conn_send(wire_conn(wire), block, sizeof(block));
	wire_turn(wire);
	wire_advance(wire, 3);
	assert_false(wire_is_closed(wire));
	wire_advance(wire, 2);
	assert_true(wire_is_closed(wire));
	assert_int_equal(wire_reason(wire), WM_CLOSE_WRITE_TIMEOUT);
	close_pair();
}

/* Reads a little, lets the connection send, and so on for `seconds`. */
static void
read_slowly(unsigned seconds)
{
	while (seconds-- > 0 && !wire_is_closed(wire)) {
		peer_read(4096);
		wire_run(wire, at_once);
		wire_advance(wire, 1);
	}
}

static void
waits_for_a_peer_that_reads_slowly(void **state)
{
	(void)state;
	open_pair(SOCK_STREAM, &wm_protocol_raw,
	    &(struct wm_limits){ .write_ms = 3000 }, NULL);
	wm_conn_send(wire_conn(wire), block, sizeof(block));
	wire_turn(wire);
	read_slowly(12);
	assert_false(wire_is_closed(wire));
	close_pair();
}

static void
sends_everything_before_it_closes(void **state)
{
	(void)state;
	open_pair(SOCK_STREAM, &wm_protocol_raw,
	    &(struct wm_limits){ .write_ms = 3000 }, NULL);
	wm_conn_send(wire_conn(wire), block, sizeof(block));
	wm_conn_close(wire_conn(wire));
	wire_turn(wire);
	read_slowly(12);
	assert_false(wire_is_closed(wire));
	wire_run(wire, is_closed);
	assert_int_equal(received, sizeof(block));
	assert_int_equal(wire_reason(wire), WM_CLOSE_APPLICATION);
	close_pair();
}

static void
gives_up_closing_when_the_peer_reads_nothing(void **state)
{
	(void)state;
	open_pair(SOCK_STREAM, &wm_protocol_raw,
	    &(struct wm_limits){ .write_ms = 3000 }, NULL);
	wm_conn_send(wire_conn(wire), block, sizeof(block));
	wm_conn_close(wire_conn(wire));
	wire_turn(wire);
	wire_advance(wire, 5);
	assert_true(wire_is_closed(wire));
	close_pair();
}

static void
sends_a_big_message_whole(void **state)
{
	static char big[5 << 20];

	(void)state;
	open_pair(SOCK_STREAM, &wm_protocol_frame, NULL, NULL);
	assert_true(wm_conn_send(wire_conn(wire), big, sizeof(big)) >= 0);
	assert_int_equal(wm_conn_send(wire_conn(wire), "x", 1), WM_E_FULL);
	wire_run(wire, nothing_waits);
	peer_read(SIZE_MAX);
	assert_int_equal(received, sizeof(big) + 4);
	assert_null(wire_conn(wire)->output);
	close_pair();
}

/* Writes past the encoder, more than is kept back, then what it should. */
static int
talkative_encode(struct wm_conn *c, void *st, const struct wm_msg *m,
    struct wm_buf *out)
{
	(void)st;
	for (int i = 0; i < 3; i++)
		wm_conn_write(c, block, sizeof(block));
	wm_buf_put(out, m->data, m->len);
	return 0;
}

static void
keeps_the_buffer_that_a_protocol_writes_into(void **state)
{
	struct wm_protocol talkative = wm_protocol_raw;
	int large = 1 << 20;

	(void)state;
	talkative.encode = talkative_encode;
	open_pair(SOCK_STREAM, &talkative, NULL, NULL);
	setsockopt((int)event_get_fd(&wire_conn(wire)->ev), SOL_SOCKET,
	    SO_SNDBUF, &large, sizeof(large));
	assert_true(wm_conn_send(wire_conn(wire), "end", 3) >= 0);
	wire_run(wire, nothing_waits);
	peer_read(SIZE_MAX);
	assert_int_equal(received, 3 * sizeof(block) + 3);
	close_pair();
}

static int
failing_encode(struct wm_conn *c, void *st, const struct wm_msg *m,
    struct wm_buf *out)
{
	(void)c, (void)st;
	wm_buf_puts(out, "half");
	if (m->len == 0)
		return WM_E_DATA;
	wm_buf_reserve(out, m->len == 1 ? SIZE_MAX : 1);
	return 0;
}

static void
sends_nothing_of_a_message_that_cannot_be_encoded(void **state)
{
	struct wm_protocol toy = wm_protocol_text;
	struct wire *w;

	(void)state;
	toy.encode = failing_encode;
	w = wire_new(&toy, NULL, NULL);
	wm_conn_write(wire_conn(w), "before ", 7);
	assert_int_equal(wm_conn_send(wire_conn(w), "", 0), WM_E_DATA);
	assert_int_equal(wm_conn_send(wire_conn(w), "1", 1), WM_E_NOMEM);
	wm_conn_write(wire_conn(w), "after", 5);
	wire_turn(w);
	assert_span(wire_output(w), "before after");
	assert_int_equal(wm_conn_send(wire_conn(w), "", 0), WM_E_DATA);
	assert_null(wire_conn(w)->output);
	wire_free(&w);
}

static int
silent_encode(struct wm_conn *c, void *st, const struct wm_msg *m,
    struct wm_buf *out)
{
	(void)c, (void)st, (void)m, (void)out;
	return 0;
}

static void
sends_nothing_when_nothing_is_encoded(void **state)
{
	struct wm_protocol toy = wm_protocol_text;
	struct wire *w;

	(void)state;
	toy.encode = silent_encode;
	w = wire_new(&toy, NULL, NULL);
	assert_int_equal(wm_conn_send(wire_conn(w), "x", 1), WM_SENT);
	assert_null(wire_conn(w)->output);
	wire_turn(w);
	assert_span(wire_output(w), "");
	assert_false(wire_is_closed(w));
	wire_free(&w);
}

static bool
hundred_answers(struct wire *w)
{
	struct event_base *base = wm__loop_base(wire_proc(w)->loop);
	char data[16];

	/* the connection and the tick: nothing asks for an empty turn */
	assert_int_equal(event_base_get_num_events(base,
			     EVENT_BASE_COUNT_ADDED),
	    2);
	if (recv(peer, data, sizeof(data), 0) == 2) {
		received++;
		assert_int_equal(send(peer, "x\n", 2, 0), 2);
	}
	return received == 100;
}

static void
takes_one_turn_for_one_answer(void **state)
{
	(void)state;
	open_pair(SOCK_STREAM, &wm_protocol_text, NULL,
	    &(struct wm_handlers){ .on_message = echo });
	assert_int_equal(send(peer, "x\n", 2, 0), 2);
	wire_run(wire, hundred_answers);
	close_pair();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_all_of_a_turn_in_one_call),
		cmocka_unit_test(waits_for_a_slow_reader_and_goes_on),
		cmocka_unit_test(
		    refuses_messages_over_the_limit_and_says_so_once),
		cmocka_unit_test(says_full_when_one_message_is_over_the_limit),
		cmocka_unit_test(
		    says_drain_at_the_low_mark_while_some_are_left),
		cmocka_unit_test(does_not_hang_when_on_error_sends),
		cmocka_unit_test(says_full_again_when_on_buffer_drain_fills_it),
		cmocka_unit_test(says_nothing_more_after_a_close_in_on_error),
		cmocka_unit_test(stops_reading_from_a_peer_that_does_not_read),
		cmocka_unit_test(gives_up_on_a_peer_that_reads_nothing),
		cmocka_unit_test(waits_for_a_peer_that_reads_slowly),
		cmocka_unit_test(sends_everything_before_it_closes),
		cmocka_unit_test(gives_up_closing_when_the_peer_reads_nothing),
		cmocka_unit_test(sends_a_big_message_whole),
		cmocka_unit_test(keeps_the_buffer_that_a_protocol_writes_into),
		cmocka_unit_test(
		    sends_nothing_of_a_message_that_cannot_be_encoded),
		cmocka_unit_test(sends_nothing_when_nothing_is_encoded),
		cmocka_unit_test(takes_one_turn_for_one_answer),
	};

	wm__log_set_level(WM_LOG_ERROR + 1);
	return UNIT_RUN(tests);
}
