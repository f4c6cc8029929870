/* SPDX-License-Identifier: MIT */
/* Joined connections: two socket pairs, with our ends joined in the middle. */
#include <sys/socket.h>

#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

#include <workerman/overflow.h>
#include <workerman/websocket.h>

#include "framework/kit/wire.h"
#include "framework/net/conn.h"
#include "framework/net/drain.h"
#include "framework/net/extra.h"
#include "framework/net/freeze.h"
#include "tests/support/unit.h"

#define LIMIT 100000

static struct wire *wire;
static struct wm_conn *a, *b;
static uint64_t ids[2];
static int left, right; /* the peers */
static unsigned messages, closes;
static enum wm_close_reason reasons[2];

/* ---- two connections ---- */

static void
heard(struct wm_conn *c, const struct wm_msg *m)
{
	(void)c, (void)m;
	messages++;
}

static void
gone(struct wm_conn *c, enum wm_close_reason reason)
{
	reasons[c == b] = reason;
	if (c == a)
		a = NULL;
	else
		b = NULL;
	closes++;
}

/* A connected pair; TCP, so that there are resets. */
static void
connect_pair(int fds[2])
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);
	int listening = socket(AF_INET, SOCK_STREAM, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listening, (struct sockaddr *)&in, len), 0);
	assert_int_equal(listen(listening, 1), 0);
	assert_int_equal(getsockname(listening, (struct sockaddr *)&in, &len),
	    0);
	fds[1] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fds[1], (struct sockaddr *)&in, len), 0);
	fds[0] = accept4(listening, NULL, NULL, SOCK_NONBLOCK);
	assert_true(fds[0] >= 0);
	close(listening);
}

static const struct wm_handlers handlers = {
	.on_message = heard,
	.on_close = gone,
};

static void
open_both(const struct wm_protocol *protocol)
{
	static const struct wm_limits limits = { .unsent = LIMIT };
	int fds[2];

	connect_pair(fds);
	left = fds[1];
	wire = wire_new_on(fds[0], protocol, &limits, &handlers);
	a = wire_conn(wire);
	connect_pair(fds);
	right = fds[1];
	b = wm__conn_new(a->service, fds[0], NULL);
	ids[0] = wm_conn_id(a);
	ids[1] = wm_conn_id(b);
	messages = closes = 0;
}

static int
set_up(void **state)
{
	(void)state;
	open_both(&wm_protocol_raw);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	wire_free(&wire);
	if (left >= 0)
		close(left);
	if (right >= 0)
		close(right);
	return 0;
}

static void
drop(int *fd, bool reset)
{
	static const struct linger now = { 1, 0 };

	if (reset)
		setsockopt(*fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(*fd);
	*fd = -1;
}

/* ---- waiting ---- */

static char got[64];
static size_t n_got;
static int from;

static bool
something_came(struct wire *w)
{
	ssize_t n = recv(from, got + n_got, sizeof(got) - n_got, MSG_DONTWAIT);

	(void)w;
	if (n > 0)
		n_got += (size_t)n;
	return n_got > 0;
}

static void
assert_comes(int fd, const char *text)
{
	from = fd;
	n_got = 0;
	while (n_got < strlen(text)) {
		size_t before = n_got;

		n_got = before;
		wire_run(wire, something_came);
		assert_true(n_got >= before);
	}
	assert_int_equal(n_got, strlen(text));
	assert_memory_equal(got, text, n_got);
}

static bool
an_end_came(struct wire *w)
{
	char c;

	(void)w;
	return recv(from, &c, 1, MSG_DONTWAIT) == 0;
}

static void
assert_ends(int fd)
{
	from = fd;
	wire_run(wire, an_end_came);
}

static bool
a_reset_came(struct wire *w)
{
	char c;

	(void)w;
	return recv(from, &c, 1, MSG_DONTWAIT) < 0 && errno == ECONNRESET;
}

static bool
both_have_gone(struct wire *w)
{
	(void)w;
	return closes == 2;
}

static void
say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL),
	    strlen(text));
}

/* ---- tests ---- */

static void
passes_on_both_ways(void **state)
{
	(void)state;
	assert_int_equal(wm_conn_pipe(a, b), 0);
	say(left, "from the left");
	assert_comes(right, "from the left");
	say(right, "from the right");
	assert_comes(left, "from the right");
	assert_int_equal(messages, 0);
}

static void
passes_an_end_on_and_goes_on_the_other_way(void **state)
{
	(void)state;
	wm_conn_pipe(a, b);
	say(left, "question");
	assert_int_equal(shutdown(left, SHUT_WR), 0);
	assert_comes(right, "question");
	assert_ends(right);
	say(right, "answer");
	assert_comes(left, "answer");
	say(right, ", more");
	assert_comes(left, ", more");
	assert_int_equal(closes, 0);
	assert_int_equal(shutdown(right, SHUT_WR), 0);
	assert_ends(left);
	wire_run(wire, both_have_gone);
	assert_int_equal(reasons[0], WM_CLOSE_PEER);
	assert_int_equal(reasons[1], WM_CLOSE_PEER);
}

static bool
a_is_paused(struct wire *w)
{
	static char block[50000];

	(void)w;
	while (
	    send(left, block, sizeof(block), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
	return a->paused;
}

static uint64_t passed;

static bool
all_has_passed(struct wire *w)
{
	static char block[50000];
	ssize_t n;

	(void)w;
	while ((n = recv(right, block, sizeof(block), MSG_DONTWAIT)) > 0)
		passed += (uint64_t)n;
	return n == 0;
}

/* Nobody reads on the right: what waits is bounded; then everything comes, and
   the end behind it. */
static void
is_as_slow_as_the_slower_one(void **state)
{
	(void)state;
	wm_conn_pipe(a, b);
	wire_run(wire, a_is_paused);
	assert_in_range(wm_conn_unsent(b), LIMIT, LIMIT + (256 << 10));
	assert_int_equal(wire_calls(wire)->error, 0);
	assert_int_equal(shutdown(left, SHUT_WR), 0);
	passed = 0;
	wire_run(wire, all_has_passed);
	assert_false(a->paused);
	assert_int_equal(passed, wm_conn_bytes_in(a));
	assert_int_equal(passed, wm_conn_bytes_out(b));
}

static void
one_that_closes_takes_the_other_along(void **state)
{
	(void)state;
	wm_conn_pipe(a, b);
	say(left, "last words");
	assert_comes(right, "last words");
	wm_conn_close(a);
	assert_ends(right);
	drop(&left, false);
	drop(&right, false);
	wire_run(wire, both_have_gone);
	assert_int_equal(reasons[0], WM_CLOSE_APPLICATION);
	assert_int_equal(reasons[1], WM_CLOSE_APPLICATION);
}

static void
a_reset_is_passed_on(void **state)
{
	(void)state;
	wm_conn_pipe(a, b);
	say(left, "x");
	assert_comes(right, "x");
	drop(&left, true);
	from = right;
	wire_run(wire, a_reset_came);
	wire_run(wire, both_have_gone);
	assert_int_equal(reasons[0], WM_CLOSE_RESET);
	assert_int_equal(reasons[1], WM_CLOSE_RESET);
}

static bool
a_message_was_heard(struct wire *w)
{
	(void)w;
	return messages > 0;
}

static void
can_be_undone(void **state)
{
	(void)state;
	wm_conn_pipe(a, b);
	wire_run(wire, a_is_paused);
	assert_int_equal(wm_conn_unpipe(b), 0);
	assert_int_equal(wm_conn_unpipe(b), WM_E_NOT_FOUND);
	assert_int_equal(wm_conn_unpipe(a), WM_E_NOT_FOUND);
	assert_null(a->extra);
	assert_null(b->extra);
	wire_run(wire, a_message_was_heard); /* it is not paused any more */
	messages = 0;
	say(right, "hello");
	wire_run(wire, a_message_was_heard);
	wm_conn_destroy(a);
	wire_turn(wire);
	assert_int_equal(closes, 1);
	assert_false(wm_conn_closing(b));
}

static void
a_side_that_had_ended_closes_when_undone(void **state)
{
	(void)state;
	wm_conn_pipe(a, b);
	shutdown(left, SHUT_WR);
	assert_ends(right);
	wm_conn_unpipe(a);
	wire_turn(wire);
	assert_int_equal(closes, 1);
	assert_int_equal(reasons[0], WM_CLOSE_PEER);
	assert_false(wm_conn_closing(b));
}

static void
other_handlers_wait_for_their_turn(void **state)
{
	static const struct wm_handlers none;
	const struct wm_handlers *mine = a->handlers;

	(void)state;
	wm_conn_pipe(a, b);
	wm_conn_set_handlers(a, &none);
	wm_conn_set_handlers(b, mine);
	say(left, "still joined");
	assert_comes(right, "still joined");
	wm_conn_unpipe(a);
	assert_ptr_equal(a->handlers, &none);
	assert_ptr_equal(b->handlers, mine);
}

/* What came before the pipe, and ends that came before it, too. */
static void
begins_with_what_is_there(void **state)
{
	(void)state;
	wm_conn_pause(a);
	wire_feed(wire, "early", 5);
	wire_turn(wire);
	assert_int_equal(wm_conn_unread(a), 5);
	assert_int_equal(wm_conn_pipe(a, b), 0);
	wm_conn_resume(a);
	assert_comes(right, "early");
	assert_int_equal(messages, 0);
}

static void
is_not_idle_while_the_other_is_not(void **state)
{
	(void)state;
	wm_conn_set_limits(a, &(struct wm_limits){ .idle_ms = 5000 });
	wm_conn_set_limits(b, &(struct wm_limits){ .idle_ms = 5000 });
	wm_conn_pipe(a, b);
	for (int i = 0; i < 5; i++) {
		wire_advance(wire, 2);
		say(left, "x");
		assert_comes(right, "x");
	}
	assert_int_equal(closes, 0);
	wire_advance(wire, 7);
	assert_true(a == NULL || wm_conn_closing(a));
	assert_true(b == NULL || wm_conn_closing(b));
}

static void
stays_while_the_process_leaves_and_does_not_move(void **state)
{
	struct wm_buf record = WM_BUF_INIT;
	struct wm_freezer f = { &record };

	(void)state;
	wire_turn(wire);
	wm_conn_pipe(a, b);
	wire_turn(wire);
	assert_int_equal(wm__conn_freeze(a, &f), WM_E_UNSUPPORTED);
	wm__proc_drain(wire_proc(wire), WM_CLOSE_SHUTDOWN, false);
	wire_advance(wire, 3);
	assert_false(wm_conn_closing(a));
	assert_false(wm_conn_closing(b));
	wm_conn_unpipe(a);
	wire_advance(wire, 3);
	assert_true(a == NULL || wm_conn_closing(a));
	wm_buf_fini(&record);
}

static void
joins_only_what_can_be_joined(void **state)
{
	struct wm_conn *c = wire_open(wire);

	(void)state;
	assert_int_equal(wm_conn_pipe(a, a), WM_E_INVALID);
	assert_int_equal(wm_conn_pipe(a, b), 0);
	assert_int_equal(wm_conn_pipe(a, c), WM_E_BUSY);
	assert_int_equal(wm_conn_pipe(c, b), WM_E_BUSY);
	wm_conn_close(c);
	assert_int_equal(wm_conn_pipe(c, a), WM_E_CLOSED);
	wm_conn_unpipe(a);
	wm_conn_set_protocol(a, &wm_protocol_http, NULL, 0);
	assert_int_equal(wm_conn_pipe(a, b), WM_E_UNSUPPORTED);
	wm_conn_set_protocol(a, &wm_protocol_raw, NULL, 0);
	assert_int_equal(wm_conn_pipe(a, b), 0);
	wire_turn(wire);
	say(left, "x");
	assert_comes(right, "x");
}

/* Lines on one side, bytes on the other: each protocol frames its own. */
static void
joins_different_protocols(void **state)
{
	(void)state;
	tear_down(NULL);
	open_both(&wm_protocol_text);
	wm_conn_set_protocol(b, &wm_protocol_frame, NULL, 0);
	wire_turn(wire);
	wm_conn_pipe(a, b);
	say(left, "line\n");
	from = right;
	n_got = 0;
	wire_run(wire, something_came);
	assert_int_equal(n_got, 8);
	assert_memory_equal(got, "\0\0\0\010line", 8);
	assert_int_equal(send(right, "\0\0\0\006ab", 6, 0), 6);
	assert_comes(left, "ab\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(passes_on_both_ways),
		TEST(passes_an_end_on_and_goes_on_the_other_way),
		TEST(is_as_slow_as_the_slower_one),
		TEST(one_that_closes_takes_the_other_along),
		TEST(a_reset_is_passed_on),
		TEST(can_be_undone),
		TEST(a_side_that_had_ended_closes_when_undone),
		TEST(other_handlers_wait_for_their_turn),
		TEST(begins_with_what_is_there),
		TEST(is_not_idle_while_the_other_is_not),
		TEST(stays_while_the_process_leaves_and_does_not_move),
		TEST(joins_only_what_can_be_joined),
		TEST(joins_different_protocols),
#undef TEST
	};

	return UNIT_RUN(tests);
}
