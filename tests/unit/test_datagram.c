/* SPDX-License-Identifier: MIT */
/* Datagrams: real sockets on loopback, one turn of the loop after another. */
#include <sys/socket.h>
#include <sys/syscall.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <workerman/datagram.h>

#include "framework/base/log.h"
#include "framework/kit/wire.h"
#include "framework/net/conn.h"
#include "framework/net/datagram.h"
#include "framework/net/listener.h"
#include "tests/support/unit.h"

#define BATCH 100

/* ---- the kernel, as the test wants it ---- */

static int full; /* so many more calls find no room */
static unsigned calls;

int
sendmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags)
{
	calls++;
	if (full > 0) {
		full--;
		errno = EAGAIN;
		return -1;
	}
	return (int)syscall(SYS_sendmmsg, fd, messages, n, flags);
}

/* ---- a protocol that shows what it is given ---- */

struct toy {
	unsigned seen;
	char fill[60]; /* more than there is room for beside it */
};

static unsigned opened, closed, said_goodbye;

static int
toy_open(struct wm_conn *c, void *state)
{
	(void)c, (void)state;
	opened++;
	return 0;
}

/* m: more; e: malformed; o: one byte is a message; else all is. */
static int
toy_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	struct toy *toy = state;

	(void)c;
	assert_true(in->flags & WM_IN_DATAGRAM);
	assert_int_equal(in->seen, 0);
	if (in->data[0] == 'x' || in->data[0] == 'y')
		assert_int_equal(toy->seen, 0);
	toy->seen++;
	if (in->data[0] == 'm')
		return WM_MORE;
	if (in->data[0] == 'e')
		return WM_E_PROTOCOL;
	msg->data = in->data;
	msg->len = in->used = in->data[0] == 'o' ? 1 : in->len;
	return WM_MESSAGE;
}

static int
toy_farewell(struct wm_conn *c, void *state, enum wm_close_reason reason,
    struct wm_buf *out)
{
	(void)c, (void)state, (void)reason;
	said_goodbye++;
	wm_buf_puts(out, "bye");
	return WM_BYE;
}

static void
toy_close(struct wm_conn *c, void *state, enum wm_close_reason reason)
{
	(void)c, (void)state, (void)reason;
	closed++;
}

static const struct wm_protocol toy_protocol = {
	.name = "toy",
	.abi = WM_PROTOCOL_ABI,
	.flags = WM_P_DATAGRAM,
	.state_size = sizeof(struct toy),
	.open = toy_open,
	.decode = toy_decode,
	.farewell = toy_farewell,
	.close = toy_close,
};

/* ---- server and client ---- */

static struct wire *wire;
static struct wm__service service;
static struct sockaddr_storage server;
static socklen_t server_len;
static int client = -1;
static unsigned connects, closes, wanted;
static uint64_t last_id;
static char peer_text[WM_ADDRESS_MAX], local_text[WM_ADDRESS_MAX];

static void
count_connect(struct wm_conn *c)
{
	(void)c;
	connects++;
}

static void
count_close(struct wm_conn *c, enum wm_close_reason reason)
{
	(void)c, (void)reason;
	closes++;
}

static void
echo(struct wm_conn *c, const struct wm_msg *m)
{
	assert_true(wm_conn_id(c) >= last_id);
	last_id = wm_conn_id(c);
	assert_ptr_equal(wm_conn_find(wm_conn_proc(c), last_id), c);
	wm_conn_peer(c, peer_text, sizeof(peer_text));
	wm_conn_local(c, local_text, sizeof(local_text));
	assert_int_equal(wm_conn_send(c, m->data, m->len), WM_SENT);
	assert_int_equal(wm_conn_unsent(c), 0);
}

static void
serve(const char *text, const struct wm_protocol *protocol,
    void (*on_message)(struct wm_conn *, const struct wm_msg *))
{
	const char *why;
	char error[512];
	int fd;

	wire = wire_new(&wm_protocol_text, NULL, NULL);
	service = *wire_conn(wire)->service;
	service.protocol = protocol;
	service.in_flags = WM_IN_DATAGRAM;
	service.index = 3;
	service.handlers = (struct wm_handlers){ .on_connect = count_connect,
		.on_close = count_close,
		.on_message = on_message };
	if (wm__url_parse(text, &service.url, &why) < 0)
		fail_msg("%s: %s", text, why);
	if (wm__listen(&service.url, 0, 1, &fd, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	server = service.url.address;
	server_len = service.url.address_len;
	assert_int_equal(wm__listener_add(&service, fd, 0), 0);
	wm__listener_accept(wire_proc(wire));
	client = socket(server.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(client >= 0);
	connects = closes = opened = closed = said_goodbye = calls = 0;
	last_id = 0;
	full = 0;
}

static int
tear_down(void **state)
{
	(void)state;
	if (client >= 0)
		close(client);
	client = -1;
	wire_free(&wire);
	return 0;
}

static struct wm__counters *
counters(void)
{
	return wire_proc(wire)->counters;
}

static void
send_some(const void *data, size_t len)
{
	assert_int_equal(sendto(client, data, len, 0,
			     (struct sockaddr *)&server, server_len),
	    len);
}

static void
say(const char *text)
{
	send_some(text, strlen(text));
}

static bool
has_come(struct wire *w)
{
	(void)w;
	return wm__counter(&counters()->datagrams_in) >= wanted;
}

/* Turns the loop until so many have come in all. */
static void
wait_for(unsigned n)
{
	wanted = n;
	wire_run(wire, has_come);
	assert_int_equal(wm__counter(&counters()->datagrams_in), n);
}

static void
assert_hears(const char *text)
{
	struct pollfd ready = { .fd = client, .events = POLLIN };
	char data[256];
	ssize_t n;

	assert_int_equal(poll(&ready, 1, 10000), 1);
	n = recv(client, data, sizeof(data), MSG_DONTWAIT);
	assert_int_equal(n, strlen(text));
	assert_memory_equal(data, text, n);
}

/* On loopback what was sent is there when the call returns. */
static void
assert_hears_nothing(void)
{
	char byte;

	assert_int_equal(recv(client, &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
}

static void
assert_counts(unsigned in, unsigned out, unsigned dropped)
{
	assert_int_equal(wm__counter(&counters()->datagrams_in), in);
	assert_int_equal(wm__counter(&counters()->datagrams_out), out);
	assert_int_equal(wm__counter(&counters()->datagrams_dropped), dropped);
}

/* ---- tests ---- */

static void
answers_the_sender_of_each_datagram(void **state)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	char want[WM_ADDRESS_MAX];

	(void)state;
	serve("udp://127.0.0.1:0", &wm_protocol_raw, echo);
	say("one");
	say("two");
	wait_for(2);
	assert_hears("one");
	assert_hears("two");
	getsockname(client, (struct sockaddr *)&in, &len);
	snprintf(want, sizeof(want), "127.0.0.1:%u", ntohs(in.sin_port));
	assert_string_equal(peer_text, want);
	wm__address_format((struct sockaddr *)&server, server_len, want,
	    sizeof(want));
	assert_string_equal(local_text, want);
	assert_counts(2, 2, 0);
	assert_int_equal(wm__counter(&counters()->bytes_in), 6);
	assert_int_equal(wm__counter(&counters()->bytes_out), 6);
	assert_int_equal(wm__counter(&counters()->requests), 2);
}

static void
is_no_connection_to_anybody(void **state)
{
	uint64_t before;

	(void)state;
	serve("udp://127.0.0.1:0", &wm_protocol_raw, echo);
	before = wm__counter(&counters()->closed[WM_CLOSE_APPLICATION]);
	say("one");
	wait_for(1);
	assert_null(wm_conn_find(wire_proc(wire), last_id));
	assert_int_equal(wire_proc(wire)->conns.count, 1);
	assert_int_equal(connects, 0);
	assert_int_equal(closes, 0);
	assert_int_equal(wm__counter(&counters()->accepted), 0);
	assert_int_equal(wm__counter(&counters()->closed[WM_CLOSE_APPLICATION]),
	    before);
}

static void
begins_every_datagram_with_zeroed_state(void **state)
{
	(void)state;
	serve("udp://127.0.0.1:0", &toy_protocol, echo);
	say("x");
	say("more"); /* is not kept for the next one */
	say("y");
	wait_for(3);
	assert_hears("x");
	assert_hears("y");
	assert_hears_nothing();
	assert_counts(3, 2, 1);
	assert_int_equal(opened, 3);
	assert_int_equal(closed, 3);
}

static void
delivers_all_messages_of_a_datagram(void **state)
{
	(void)state;
	serve("udp://127.0.0.1:0", &toy_protocol, echo);
	say("ooo");
	say("oom");
	wait_for(2);
	for (int i = 0; i < 5; i++)
		assert_hears("o");
	assert_counts(2, 5, 1);
}

static void
drops_what_makes_no_sense_without_a_word(void **state)
{
	(void)state;
	serve("udp://127.0.0.1:0", &toy_protocol, echo);
	say("evil");
	say("");
	wait_for(2);
	assert_hears_nothing();
	assert_int_equal(said_goodbye, 0);
	assert_counts(2, 0, 2);
}

static void
drops_what_is_over_the_limit(void **state)
{
	(void)state;
	serve("udp://127.0.0.1:0", &wm_protocol_raw, echo);
	service.limits.message = 4;
	say("1234");
	say("12345");
	wait_for(2);
	assert_hears("1234");
	assert_hears_nothing();
	assert_counts(2, 1, 1);
}

static void
takes_the_largest_there_is(void **state)
{
	static char data[65507], back[65508];

	(void)state;
	serve("udp://127.0.0.1:0", &wm_protocol_raw, echo);
	memset(data, 'x', sizeof(data));
	send_some(data, sizeof(data));
	wait_for(1);
	assert_int_equal(recv(client, back, sizeof(back), 0), sizeof(data));
	assert_memory_equal(back, data, sizeof(data));
}

static void
refuses_to_send_a_larger_one(struct wm_conn *c, const struct wm_msg *m)
{
	static char data[65508];

	assert_int_equal(wm_conn_send(c, data, sizeof(data)), WM_E_TOO_BIG);
	assert_int_equal(wm_conn_send(c, m->data, m->len), WM_SENT);
	assert_int_equal(wm_conn_bytes_out(c), m->len);
}

static void
sends_none_that_no_network_carries(void **state)
{
	(void)state;
	serve("udp://127.0.0.1:0", &wm_protocol_raw,
	    refuses_to_send_a_larger_one);
	say("hm");
	wait_for(1);
	assert_hears("hm");
	assert_hears_nothing();
}

static void
sends_thrice(struct wm_conn *c, const struct wm_msg *m)
{
	(void)m;
	assert_int_equal(wm_conn_send(c, "a", 1), WM_SENT);
	assert_int_equal(wm_conn_send(c, "", 0), WM_SENT);
	assert_int_equal(wm_conn_write(c, "c", 1), WM_SENT);
}

static void
makes_every_send_a_datagram(void **state)
{
	(void)state;
	serve("text+udp://127.0.0.1:0", &wm_protocol_text, sends_thrice);
	say("go");
	wait_for(1);
	assert_hears("a\n");
	assert_hears("\n");
	assert_hears("c");
	assert_int_equal(calls, 1);
}

static void
ends_a_line_where_the_datagram_ends(void **state)
{
	(void)state;
	serve("text+udp://127.0.0.1:0", &wm_protocol_text, echo);
	say("one\r\ntwo");
	wait_for(1);
	assert_hears("one\n");
	assert_hears("two\n");
	assert_counts(1, 2, 0);
}

static void
takes_few_calls_for_many(void **state)
{
	char text[16];

	(void)state;
	serve("udp://127.0.0.1:0", &wm_protocol_raw, echo);
	for (int i = 0; i < BATCH; i++) {
		snprintf(text, sizeof(text), "%d", i);
		say(text);
	}
	wait_for(BATCH);
	for (int i = 0; i < BATCH; i++) {
		snprintf(text, sizeof(text), "%d", i);
		assert_hears(text);
	}
	assert_in_range(calls, 1, 2);
	assert_counts(BATCH, BATCH, 0);
}

static void
loses_and_counts_what_the_kernel_has_no_room_for(void **state)
{
	(void)state;
	serve("udp://127.0.0.1:0", &wm_protocol_raw, echo);
	full = 1;
	say("one");
	say("two");
	wait_for(2);
	assert_hears_nothing();
	assert_counts(2, 0, 2);
	assert_int_equal(calls, 1);
	say("three");
	wait_for(3);
	assert_hears("three");
	assert_counts(3, 1, 2);
}

static void
answers_from_the_address_that_was_asked(void **state)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&server;

	(void)state;
	serve("udp://*:0", &wm_protocol_raw, echo);
	inet_pton(AF_INET, "127.1.2.3", &in->sin_addr);
	/* a connected socket hears nobody else */
	assert_int_equal(connect(client, (struct sockaddr *)&server,
			     server_len),
	    0);
	assert_int_equal(send(client, "from where?", 11, 0), 11);
	wait_for(1);
	assert_hears("from where?");
	assert_memory_equal(local_text, "127.1.2.3:", 10);
}

static bool
has_ipv6(void)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	bool has =
	    fd >= 0 && bind(fd, (struct sockaddr *)&in6, sizeof(in6)) == 0;

	if (fd >= 0)
		close(fd);
	return has;
}

static void
answers_over_ipv6(void **state)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&server;

	(void)state;
	if (!has_ipv6()) {
		serve("udp://127.0.0.1:0", &wm_protocol_raw, echo);
		return;
	}
	serve("udp://[::]:0", &wm_protocol_raw, echo);
	in6->sin6_addr = in6addr_loopback;
	assert_int_equal(connect(client, (struct sockaddr *)&server,
			     server_len),
	    0);
	assert_int_equal(send(client, "six", 3, 0), 3);
	wait_for(1);
	assert_hears("six");
	assert_memory_equal(peer_text, "[::1]:", 6);
	assert_memory_equal(local_text, "[::1]:", 6);
}

/* ---- what a callback may do ---- */

static void (*end)(struct wm_conn *);

static void
sends_and_ends(struct wm_conn *c, const struct wm_msg *m)
{
	wm_conn_send(c, m->data, m->len);
	end(c);
	if (end != wm_conn_pause)
		assert_int_equal(wm_conn_send(c, "late", 4), WM_E_CLOSED);
	assert_int_equal(wm_conn_set_protocol(c, &wm_protocol_raw, NULL, 0),
	    end != wm_conn_pause ? WM_E_CLOSED : WM_E_UNSUPPORTED);
}

static void
may_be_ended_in_its_callback(void **state)
{
	static void (*const ends[])(struct wm_conn *) = { wm_conn_close,
		wm_conn_destroy, wm_conn_pause };

	(void)state;
	serve("udp://127.0.0.1:0", &toy_protocol, sends_and_ends);
	for (unsigned i = 0; i < 3; i++) {
		end = ends[i];
		say("oooo");
		wait_for(i + 1);
		assert_hears("o");
		assert_hears_nothing();
	}
	assert_int_equal(said_goodbye, 0);
	assert_int_equal(wire_proc(wire)->conns.count, 1);
	assert_counts(3, 3, 1); /* the paused one's rest */
}

static void
closes_the_listeners(struct wm_conn *c, const struct wm_msg *m)
{
	wm_conn_send(c, m->data, m->len);
	wm__listener_close_all(wm_conn_proc(c));
	assert_int_equal(wm_datagram_send(wm_conn_proc(c), 3, peer_text, "x",
			     1),
	    WM_E_NOT_FOUND);
}

static void
may_lose_its_socket_in_a_callback(void **state)
{
	(void)state;
	serve("udp://127.0.0.1:0", &wm_protocol_raw, closes_the_listeners);
	say("one");
	wait_for(1);
	assert_hears("one");
}

static void
is_sent_later_to_who_asked(void **state)
{
	struct wm_proc *p;

	(void)state;
	serve("text+udp://127.0.0.1:0", &wm_protocol_text, echo);
	p = wire_proc(wire);
	say("now");
	wait_for(1);
	assert_hears("now\n");
	assert_int_equal(wm_datagram_send(p, 3, peer_text, "later", 5),
	    WM_SENT);
	assert_hears_nothing();
	wire_run(wire, has_come);
	assert_hears("later\n");
	assert_int_equal(p->conns.count, 1);
	assert_int_equal(wm_datagram_send(p, 2, peer_text, "x", 1),
	    WM_E_NOT_FOUND);
	assert_int_equal(wm_datagram_send(p, 3, "[::1]:1", "x", 1),
	    WM_E_INVALID);
	assert_int_equal(wm_datagram_send(p, 3, "127.0.0.1:0", "x", 1),
	    WM_E_INVALID);
	assert_int_equal(wm_datagram_send(p, 3, "*:1", "x", 1), WM_E_INVALID);
	assert_int_equal(wm_datagram_send(p, 3, "nobody", "x", 1),
	    WM_E_INVALID);
}

/* A broadcast that nobody allowed is refused by the kernel. */
static void
goes_on_behind_one_that_the_kernel_refuses(void **state)
{
	struct wm_proc *p;

	(void)state;
	serve("udp://127.0.0.1:0", &wm_protocol_raw, echo);
	p = wire_proc(wire);
	say("a");
	wait_for(1);
	assert_hears("a");
	wm_datagram_send(p, 3, peer_text, "b", 1);
	wm_datagram_send(p, 3, "255.255.255.255:9", "x", 1);
	wm_datagram_send(p, 3, peer_text, "c", 1);
	wire_run(wire, has_come);
	assert_hears("b");
	assert_hears("c");
	assert_counts(1, 3, 1);
}

static void
refuses_a_port_in_use(void **state)
{
	struct wm__url again;
	char error[512], text[WM__URL_MAX + 32];
	int fds[2];

	(void)state;
	serve("udp://127.0.0.1:0", &wm_protocol_raw, echo);
	again = service.url;
	assert_int_equal(wm__listen(&again, 0, 2, fds, error, sizeof(error)),
	    WM_E_BUSY);
	assert_non_null(
	    strstr(error, wm__url_format(&again, text, sizeof(text))));
	assert_int_equal(wm__listen_probe(&again), EADDRINUSE);
	wm__listener_close_all(wire_proc(wire));
	assert_int_equal(wm__listen(&again, 0, 2, fds, error, sizeof(error)),
	    0);
	close(fds[0]);
	close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, tear_down)
		TEST(answers_the_sender_of_each_datagram),
		TEST(is_no_connection_to_anybody),
		TEST(begins_every_datagram_with_zeroed_state),
		TEST(delivers_all_messages_of_a_datagram),
		TEST(drops_what_makes_no_sense_without_a_word),
		TEST(drops_what_is_over_the_limit),
		TEST(takes_the_largest_there_is),
		TEST(sends_none_that_no_network_carries),
		TEST(makes_every_send_a_datagram),
		TEST(ends_a_line_where_the_datagram_ends),
		TEST(takes_few_calls_for_many),
		TEST(loses_and_counts_what_the_kernel_has_no_room_for),
		TEST(answers_from_the_address_that_was_asked),
		TEST(answers_over_ipv6),
		TEST(may_be_ended_in_its_callback),
		TEST(may_lose_its_socket_in_a_callback),
		TEST(is_sent_later_to_who_asked),
		TEST(goes_on_behind_one_that_the_kernel_refuses),
		TEST(refuses_a_port_in_use),
#undef TEST
	};

	wm__log_set_level(WM_LOG_ERROR + 1);
	return UNIT_RUN(tests);
}
