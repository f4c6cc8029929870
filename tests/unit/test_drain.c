/* SPDX-License-Identifier: MIT */
/* Which connections of a leaving process end at once, and how: drain.c with a
   real socket, and time that passes when the test says so. */
#include <sys/socket.h>

#include <errno.h>
#include <unistd.h>

#include <workerman/protocol.h>

#include "framework/base/fd.h"
#include "framework/net/conn.h"
#include "framework/net/drain.h"
#include "tests/support/unit.h"

struct peer {
	struct wm_proc proc;
	struct wm_worker row;
	struct wm__service service;
	struct wm_protocol protocol; /* raw, and what a test makes of it */
	struct wm_conn *conn;
	int fd;
	size_t got; /* by on_message */
	bool closed;
};

static struct peer peer;

static void
on_close(struct wm_conn *c, enum wm_close_reason reason)
{
	(void)c;
	(void)reason;
	peer.closed = true;
}

static void
on_message(struct wm_conn *c, const struct wm_msg *m)
{
	(void)c;
	peer.got += m->len;
}

static int
peer_new(void **state)
{
	static const struct wm_limits limits = {
#define DEFAULT(type, field, initial, text) .field = (initial),
		WM_LIMITS_TABLE(DEFAULT)
#undef DEFAULT
	};
	const char *error;
	int pair[2];

	(void)state;
	memset(&peer, 0, sizeof(peer));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(wm__fd_set_nonblock(pair[0]), 0);
	assert_int_equal(wm__fd_set_nonblock(pair[1]), 0);
	peer.fd = pair[1];
	peer.row.name = "peer";
	peer.protocol = wm_protocol_raw;
	assert_int_equal(wm__proc_init(&peer.proc, &peer.row, NULL, &error), 0);
	peer.service.proc = &peer.proc;
	peer.service.protocol = &peer.protocol;
	peer.service.limits = limits;
	peer.service.handlers.on_close = on_close;
	peer.service.handlers.on_message = on_message;
	peer.conn = wm__conn_new(&peer.service, pair[0], NULL);
	assert_non_null(peer.conn);
	return 0;
}

static int
peer_free(void **state)
{
	(void)state;
	wm__proc_fini(&peer.proc);
	close(peer.fd);
	return 0;
}

static void
leave(enum wm_close_reason reason)
{
	wm__proc_drain(&peer.proc, reason, false);
	wm__conn_turn(&peer.proc);
}

/* Seconds pass without a sign of the peer. */
static void
pass(unsigned seconds)
{
	while (seconds-- > 0 && !peer.closed) {
		wm__proc_pass(&peer.proc, peer.proc.now + 1);
		wm__drain_tick(&peer.proc);
		wm__conn_turn(&peer.proc);
	}
}

/* What the peer reads: bytes, 0 at the end, or a negative errno. */
static int
peer_reads(void)
{
	char bytes[16];
	ssize_t n = recv(peer.fd, bytes, sizeof(bytes), 0);

	return n < 0 ? -errno : (int)n;
}

static void
ends_a_conversation_at_once(void **state)
{
	(void)state;
	assert_int_equal(peer_reads(), -EAGAIN);
	leave(WM_CLOSE_RESTART);
	assert_int_equal(peer_reads(), 0);
}

static void
does_not_reset_who_writes_while_it_ends(void **state)
{
	(void)state;
	leave(WM_CLOSE_RESTART);
	assert_int_equal(send(peer.fd, "late", 4, MSG_NOSIGNAL), 4);
	wm__conn_ready(-1, EV_READ, peer.conn);
	wm__conn_turn(&peer.proc);
	assert_int_equal(peer_reads(), 0);
	assert_int_equal(peer.got, 0);
	assert_false(peer.closed);
	assert_int_equal(shutdown(peer.fd, SHUT_WR), 0);
	wm__conn_ready(-1, EV_READ, peer.conn);
	wm__conn_turn(&peer.proc);
	assert_true(peer.closed);
}

static void
waits_for_the_end_of_a_lazy_peer_but_a_moment(void **state)
{
	(void)state;
	leave(WM_CLOSE_RESTART);
	pass(3);
	assert_true(peer.closed);
}

static void
reads_what_waits_in_the_kernel_first(void **state)
{
	(void)state;
	assert_int_equal(send(peer.fd, "early", 5, MSG_NOSIGNAL), 5);
	leave(WM_CLOSE_RESTART);
	assert_int_equal(peer_reads(), -EAGAIN);
	wm__conn_ready(-1, EV_READ, peer.conn);
	wm__conn_turn(&peer.proc);
	assert_int_equal(peer.got, 5);
	pass(1);
	assert_int_equal(peer_reads(), 0);
}

static void
awaits_the_next_request_of_a_peer_just_heard_of(void **state)
{
	(void)state;
	peer.protocol.flags |= WM_P_EXCHANGE;
	leave(WM_CLOSE_RESTART);
	assert_int_equal(peer_reads(), -EAGAIN);
	pass(2);
	assert_int_equal(peer_reads(), 0);
}

static void
does_not_await_it_when_nobody_follows(void **state)
{
	(void)state;
	peer.protocol.flags |= WM_P_EXCHANGE;
	leave(WM_CLOSE_SHUTDOWN);
	assert_int_equal(peer_reads(), 0);
}

static void
leaves_conversations_alone_while_it_is_patient(void **state)
{
	(void)state;
	wm__proc_drain(&peer.proc, WM_CLOSE_RESTART, true);
	pass(3);
	assert_int_equal(peer_reads(), -EAGAIN);
	assert_false(peer.closed);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, peer_new, peer_free)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(ends_a_conversation_at_once),
		CASE(does_not_reset_who_writes_while_it_ends),
		CASE(waits_for_the_end_of_a_lazy_peer_but_a_moment),
		CASE(reads_what_waits_in_the_kernel_first),
		CASE(awaits_the_next_request_of_a_peer_just_heard_of),
		CASE(does_not_await_it_when_nobody_follows),
		CASE(leaves_conversations_alone_while_it_is_patient),
	};

	return UNIT_RUN(tests);
}
