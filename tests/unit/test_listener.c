/* SPDX-License-Identifier: MIT */
/* Accepting: real listening sockets on loopback, and clients in bulk. */
#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "framework/base/log.h"
#include "framework/net/conn.h"
#include "framework/net/listener.h"
#include "tests/support/unit.h"
#include "framework/kit/wire.h"

#define CLIENTS 200

static struct wire *wire;
static struct wm__url url;
static int clients[CLIENTS];
static unsigned turns, most_in_a_turn, wanted;
static uint64_t before;

static struct wm_proc *
proc(void)
{
	return wire_proc(wire);
}

static uint64_t
accepted(void)
{
	return wm__counter(&proc()->counters->accepted);
}

static int
set_up(void **state)
{
	const char *why;
	char error[512];
	int fd;

	(void)state;
	turns = most_in_a_turn = 0;
	before = 0;
	for (size_t i = 0; i < CLIENTS; i++)
		clients[i] = -1;
	wire = wire_new(&wm_protocol_text, NULL, NULL);
	if (wm__url_parse("text://127.0.0.1:0", &url, &why) < 0 ||
	    wm__listen(&url, 4096, 1, &fd, error, sizeof(error)) < 0)
		return -1;
	return wm__listener_add(wire_conn(wire)->service, fd, 0);
}

static void
hang_up(size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (clients[i] >= 0) {
			close(clients[i]);
			clients[i] = -1;
		}
}

static int
tear_down(void **state)
{
	(void)state;
	hang_up(0, CLIENTS);
	wire_free(&wire);
	return 0;
}

/* The handshake is the kernel's: nobody needs to accept for it. */
static void
connect_clients(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_true(clients[i] >= 0);
		assert_int_equal(connect(clients[i],
				     (struct sockaddr *)&url.address,
				     url.address_len),
		    0);
	}
}

static bool
enough(struct wire *w)
{
	unsigned now = (unsigned)(accepted() - before);

	(void)w;
	turns++;
	before = accepted();
	if (now > most_in_a_turn)
		most_in_a_turn = now;
	return before >= wanted;
}

static void
wait_for_accepted(unsigned n)
{
	wanted = n;
	wire_run(wire, enough);
	assert_int_equal(accepted(), n);
}

static void
accepts_in_batches_that_leave_others_their_turn(void **state)
{
	(void)state;
	connect_clients(CLIENTS);
	wm__listener_accept(proc());
	wait_for_accepted(CLIENTS);
	assert_in_range(most_in_a_turn, 2, 64);
	assert_int_equal(proc()->conns.count, CLIENTS + 1);
}

static bool
tick_came(struct wire *w)
{
	return wire_proc(w)->now > before;
}

static void
accepts_nothing_until_it_is_told(void **state)
{
	(void)state;
	connect_clients(1);
	before = proc()->now;
	assert_in_range(wire_run(wire, tick_came), 1, 2);
	assert_int_equal(accepted(), 0);
	before = 0;
	wm__listener_accept(proc());
	wait_for_accepted(1);
}

static bool
has_paused(struct wire *w)
{
	return wire_proc(w)->accept_paused;
}

static void
pauses_at_the_most_connections_and_resumes(void **state)
{
	(void)state;
	proc()->max_conns = 11; /* the wire's own is one */
	connect_clients(30);
	wm__listener_accept(proc());
	wait_for_accepted(10);
	wire_run(wire, has_paused);
	before = proc()->now;
	assert_in_range(wire_run(wire, tick_came), 1, 3); /* no spinning */
	assert_int_equal(accepted(), 10);
	before = 10;
	hang_up(0, 5);
	wait_for_accepted(15);
	hang_up(5, 30);
	wait_for_accepted(30);
	assert_int_equal(wm__counter(&proc()->counters->accept_paused) > 0, 1);
}

static int fillers[70000];
static size_t n_fillers;

/* Takes all descriptors that are left. */
static void
take_descriptors(void)
{
	int fd;

	n_fillers = 0;
	while (n_fillers < sizeof(fillers) / sizeof(*fillers) &&
	    (fd = open("/dev/null", O_RDONLY)) >= 0)
		fillers[n_fillers++] = fd;
	assert_int_equal(errno, EMFILE);
}

/* A turn or two a second: the tick, and an attempt that fails. */
static void
pauses_without_spinning_when_descriptors_run_out(void **state)
{
	struct rlimit old, low;

	(void)state;
	connect_clients(3);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = old;
	low.rlim_cur = (rlim_t)clients[2] + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	take_descriptors();
	wm__listener_accept(proc());
	before = proc()->now + 1;
	assert_in_range(wire_run(wire, tick_came), 1, 8);
	assert_int_equal(accepted(), 0);
	assert_in_range(wm__counter(&proc()->counters->accept_paused), 1, 4);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	while (n_fillers > 0)
		close(fillers[--n_fillers]);
	hang_up(0, 3); /* valgrind has taken these from the queue */
	connect_clients(3);
	before = 0;
	wanted = 3;
	wire_run(wire, enough);
}

static void
close_the_listeners(struct wm_conn *c)
{
	wm__listener_close_all(wm_conn_proc(c));
}

static void
may_be_closed_while_it_accepts(void **state)
{
	(void)state;
	wire_conn(wire)->service->handlers.on_connect = close_the_listeners;
	connect_clients(3);
	wm__listener_accept(proc());
	wait_for_accepted(1);
	assert_null(proc()->listeners);
}

static void
gives_up_the_listeners_of_one_slot(void **state)
{
	struct wm__url lent = url;
	char error[512];
	int fd;

	(void)state;
	((struct sockaddr_in *)&lent.address)->sin_port = 0;
	assert_int_equal(wm__listen(&lent, 16, 1, &fd, error, sizeof(error)),
	    0);
	assert_int_equal(wm__listener_add(wire_conn(wire)->service, fd, 7), 0);
	wm__listener_accept(proc());
	wm__listener_return(wire_conn(wire)->service, 7);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	connect_clients(1);
	wait_for_accepted(1);
}

static void
says_who_the_peer_is(struct wm_conn *c)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	char text[WM_ADDRESS_MAX], want[WM_ADDRESS_MAX];

	getsockname(clients[0], (struct sockaddr *)&in, &len);
	snprintf(want, sizeof(want), "127.0.0.1:%u", ntohs(in.sin_port));
	assert_string_equal(wm_conn_peer(c, text, sizeof(text)), want);
	wm__address_format((struct sockaddr *)&url.address, url.address_len,
	    want, sizeof(want));
	assert_string_equal(wm_conn_local(c, text, sizeof(text)), want);
}

static void
says_so_at_the_end_too(struct wm_conn *c, enum wm_close_reason reason)
{
	assert_int_equal(reason, WM_CLOSE_PEER);
	says_who_the_peer_is(c);
	wanted = 0;
}

static bool
has_ended(struct wire *w)
{
	(void)w;
	return wanted == 0;
}

static void
knows_both_addresses_until_on_close(void **state)
{
	struct wm_handlers *h = &wire_conn(wire)->service->handlers;

	(void)state;
	h->on_connect = says_who_the_peer_is;
	h->on_close = says_so_at_the_end_too;
	connect_clients(1);
	wm__listener_accept(proc());
	wait_for_accepted(1);
	assert_int_equal(shutdown(clients[0], SHUT_WR), 0);
	wire_run(wire, has_ended);
	h->on_close = NULL;
}

static void
closes_with_a_word(struct wm_conn *c, const struct wm_msg *m)
{
	(void)m;
	wm_conn_send(c, "bye", 3);
	wm_conn_close(c);
}

/* More input than was read lies in the kernel: a plain close would reset. */
static void
lets_the_peer_read_the_last_words(void **state)
{
	static char junk[100000];
	char data[16];

	(void)state;
	wire_conn(wire)->service->handlers.on_message = closes_with_a_word;
	wire_conn(wire)->service->limits.undecoded = 1000;
	connect_clients(1);
	assert_true(send(clients[0], "x\n", 2, 0) == 2);
	assert_true(send(clients[0], junk, sizeof(junk),
			MSG_DONTWAIT | MSG_NOSIGNAL) > 0);
	wm__listener_accept(proc());
	wait_for_accepted(1);
	wanted = 1;
	before = proc()->now;
	wire_run(wire, tick_came);
	assert_int_equal(recv(clients[0], data, sizeof(data), 0), 4);
	assert_int_equal(recv(clients[0], data, sizeof(data), 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(accepts_in_batches_that_leave_others_their_turn),
		TEST(accepts_nothing_until_it_is_told),
		TEST(pauses_at_the_most_connections_and_resumes),
		TEST(pauses_without_spinning_when_descriptors_run_out),
		TEST(may_be_closed_while_it_accepts),
		TEST(gives_up_the_listeners_of_one_slot),
		TEST(knows_both_addresses_until_on_close),
		TEST(lets_the_peer_read_the_last_words),
#undef TEST
	};

	wm__log_set_level(WM_LOG_ERROR + 1);
	return UNIT_RUN(tests);
}
