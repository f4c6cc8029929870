/* SPDX-License-Identifier: MIT */
/* Large messages over real sockets: the kernel takes them from where they are,
   and what it has no room for is copied, in order. */
#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include <workerman/http.h>
#include <workerman/websocket.h>

#include "framework/kit/wire.h"
#include "framework/net/conn.h"
#include "tests/support/unit.h"

#define LARGE 200000

static struct wire *wire;
static int peer;
static char large[LARGE], got[2 * LARGE];
static size_t n_got;

static void
fill(void)
{
	for (size_t i = 0; i < LARGE; i++)
		large[i] = (char)(i % 251 + 1);
}

/* The kernel takes about `room` bytes. */
static void
open_pair(const struct wm_protocol *protocol, int room,
    const struct wm_handlers *handlers)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
			     pair),
	    0);
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	peer = pair[1];
	n_got = 0;
	fill();
	wire = wire_new_on(pair[0], protocol, NULL, handlers);
}

static void
close_pair(void)
{
	wire_free(&wire);
	close(peer);
}

static void
peer_read(void)
{
	ssize_t n;

	while ((n = recv(peer, got + n_got, sizeof(got) - n_got, 0)) > 0)
		n_got += (size_t)n;
}

static bool
all_sent(struct wire *w)
{
	peer_read();
	return wm_conn_unsent(wire_conn(w)) == 0;
}

/* Nobody has copied the message: no buffer grew to hold it. */
static void
assert_not_copied(void)
{
	assert_null(wire_conn(wire)->output);
	assert_non_null(wire_proc(wire)->spare);
	assert_true(wire_proc(wire)->spare->buf.cap <= 4096);
}

static void
leaves_at_once_and_is_not_copied(void **state)
{
	(void)state;
	open_pair(&wm_protocol_frame, 4 << 20, NULL);
	assert_int_equal(wm_conn_send(wire_conn(wire), large, LARGE), WM_SENT);
	assert_not_copied();
	peer_read();
	assert_int_equal(n_got, LARGE + 4);
	assert_memory_equal(got + 4, large, LARGE);
	assert_int_equal(wm_conn_bytes_out(wire_conn(wire)), LARGE + 4);
	close_pair();
}

static void
leaves_behind_what_waits_and_before_what_comes(void **state)
{
	(void)state;
	open_pair(&wm_protocol_raw, 4 << 20, NULL);
	wm_conn_send(wire_conn(wire), "before", 6);
	wm_conn_send(wire_conn(wire), large, LARGE);
	wm_conn_send(wire_conn(wire), "after", 5);
	wire_run(wire, all_sent);
	peer_read();
	assert_int_equal(n_got, LARGE + 11);
	assert_memory_equal(got, "before", 6);
	assert_memory_equal(got + 6, large, LARGE);
	assert_memory_equal(got + 6 + LARGE, "after", 5);
	close_pair();
}

static void
is_copied_as_far_as_the_kernel_has_no_room(void **state)
{
	(void)state;
	open_pair(&wm_protocol_frame, 8192, NULL);
	assert_int_equal(wm_conn_send(wire_conn(wire), large, LARGE),
	    WM_QUEUED);
	assert_in_range(wm_conn_unsent(wire_conn(wire)), 1, LARGE);
	memset(large, 0, LARGE); /* it is the sender's again */
	assert_int_equal(wm_conn_send(wire_conn(wire), "x", 1), WM_QUEUED);
	wire_run(wire, all_sent);
	peer_read();
	assert_int_equal(n_got, LARGE + 4 + 5);
	fill();
	assert_memory_equal(got + 4, large, LARGE);
	assert_memory_equal(got + 4 + LARGE, "\0\0\0\5x", 5);
	close_pair();
}

static void
fails_with_a_peer_that_is_gone(void **state)
{
	(void)state;
	open_pair(&wm_protocol_raw, 4 << 20, NULL);
	close(peer);
	wm_conn_send(wire_conn(wire), large, LARGE);
	wire_turn(wire);
	assert_true(wire_is_closed(wire));
	assert_int_equal(wire_reason(wire), WM_CLOSE_RESET);
	wire_free(&wire);
}

static void
answer(struct wm_conn *c, const struct wm_msg *m)
{
	struct wm_http_response r = { .body = large, .body_len = LARGE };

	(void)m;
	assert_int_equal(wm_http_respond(c, &r), 0);
	assert_not_copied();
}

static void
is_the_body_of_an_answer(void **state)
{
	static const char ask[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	const struct wm_handlers handlers = { .on_message = answer };
	char *body;

	(void)state;
	open_pair(&wm_protocol_http, 4 << 20, &handlers);
	for (int i = 0; i < 2; i++) {
		n_got = 0;
		assert_int_equal(send(peer, ask, sizeof(ask) - 1, 0),
		    sizeof(ask) - 1);
		wire_run(wire, all_sent);
		peer_read();
		got[n_got] = '\0';
		body = strstr(got, "\r\n\r\n");
		assert_non_null(body);
		assert_int_equal(n_got - (size_t)(body + 4 - got), LARGE);
		assert_memory_equal(body + 4, large, LARGE);
	}
	close_pair();
}

static void
is_the_payload_of_a_websocket_message(void **state)
{
	static const char ask[] =
	    "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

	(void)state;
	open_pair(&wm_protocol_websocket, 4 << 20, NULL);
	assert_int_equal(send(peer, ask, sizeof(ask) - 1, 0), sizeof(ask) - 1);
	wire_run(wire, all_sent);
	while (wire_calls(wire)->connect == 0)
		wire_run(wire, all_sent);
	peer_read();
	n_got = 0;
	assert_int_equal(wm_conn_send(wire_conn(wire), large, LARGE), WM_SENT);
	assert_not_copied();
	peer_read();
	assert_int_equal(n_got, LARGE + 10);
	assert_memory_equal(got + 10, large, LARGE);
	close_pair();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_at_once_and_is_not_copied),
		cmocka_unit_test(
		    leaves_behind_what_waits_and_before_what_comes),
		cmocka_unit_test(is_copied_as_far_as_the_kernel_has_no_room),
		cmocka_unit_test(fails_with_a_peer_that_is_gone),
		cmocka_unit_test(is_the_body_of_an_answer),
		cmocka_unit_test(is_the_payload_of_a_websocket_message),
	};

	return UNIT_RUN(tests);
}
