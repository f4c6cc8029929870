/* SPDX-License-Identifier: MIT */
/* The end of a connection whose peer is slow: conn.c and output.c with a
   real socket, and time that passes when the test says so. */
#include <sys/socket.h>

#include <errno.h>
#include <unistd.h>

#include <workerman/protocol.h>

#include "framework/net/drain.h"
#include "framework/base/fd.h"
#include "framework/net/conn.h"
#include "tests/support/unit.h"

#define ANSWER (4u << 20) /* more than any socket takes at once */

struct peer {
	struct wm_proc proc;
	struct wm_worker row;
	struct wm__service service;
	struct wm_conn *conn;
	int fd;
	size_t got;
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
	assert_int_equal(wm__proc_init(&peer.proc, &peer.row, NULL, &error), 0);
	peer.service.proc = &peer.proc;
	peer.service.protocol = &wm_protocol_raw;
	peer.service.limits = limits;
	peer.service.handlers.on_close = on_close;
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

/* A big answer, and the connection is closed behind it. */
static void
peer_ask(void)
{
	char *answer = calloc(1, ANSWER);

	assert_non_null(answer);
	assert_true(wm_conn_send(peer.conn, answer, ANSWER) >= 0);
	free(answer);
	wm_conn_close(peer.conn);
	wm__conn_turn(&peer.proc);
}

/* Reads what is there, and the server's socket becomes writable. */
static void
peer_read(void)
{
	static char bytes[1 << 16];
	ssize_t n;

	while ((n = recv(peer.fd, bytes, sizeof(bytes), 0)) > 0)
		peer.got += (size_t)n;
	if (peer.closed)
		return;
	wm__conn_ready(-1, EV_WRITE, peer.conn);
	wm__conn_turn(&peer.proc);
}

static void
peer_wait(unsigned seconds)
{
	while (seconds-- > 0 && !peer.closed) {
		wm__proc_pass(&peer.proc, peer.proc.now + 1);
		wm__conn_turn(&peer.proc);
	}
}

static void
sends_all_to_a_peer_that_takes_it_slowly(void **state)
{
	(void)state;
	peer_ask();
	for (int i = 0; i < 100 && peer.got < ANSWER; i++) {
		peer_wait(20);
		assert_false(peer.closed && peer.got == 0);
		peer_read();
	}
	assert_int_equal(peer.got, ANSWER);
}

static void
gives_up_on_a_peer_that_takes_nothing(void **state)
{
	(void)state;
	peer_ask();
	peer_wait(28);
	assert_false(peer.closed);
	peer_wait(5);
	assert_true(peer.closed);
}

static void
ends_soon_after_the_last_byte(void **state)
{
	(void)state;
	peer_ask();
	while (peer.got < ANSWER)
		peer_read();
	peer_wait(8);
	assert_true(peer.closed);
}

static void
has_less_patience_when_the_process_leaves(void **state)
{
	(void)state;
	peer_ask();
	wm__proc_drain(&peer.proc, WM_CLOSE_SHUTDOWN, false);
	peer_wait(8);
	assert_true(peer.closed);
}

static void
has_less_patience_with_one_that_leaving_closed(void **state)
{
	char *answer = calloc(1, ANSWER);

	(void)state;
	assert_non_null(answer);
	assert_true(wm_conn_send(peer.conn, answer, ANSWER) >= 0);
	free(answer);
	wm__conn_turn(&peer.proc);
	wm__proc_drain(&peer.proc, WM_CLOSE_SHUTDOWN, false);
	peer_wait(8);
	assert_true(peer.closed);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, peer_new, peer_free)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(sends_all_to_a_peer_that_takes_it_slowly),
		CASE(gives_up_on_a_peer_that_takes_nothing),
		CASE(ends_soon_after_the_last_byte),
		CASE(has_less_patience_when_the_process_leaves),
		CASE(has_less_patience_with_one_that_leaving_closed),
	};

	return UNIT_RUN(tests);
}
