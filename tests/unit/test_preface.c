/* SPDX-License-Identifier: MIT */
/* The PROXY header on real sockets, before there is a connection. */
#include <sys/socket.h>

#include <errno.h>
#include <unistd.h>

#include "framework/base/log.h"
#include "framework/kit/wire.h"
#include "framework/net/conn.h"
#include "framework/net/listener.h"
#include "framework/net/preface.h"
#include "tests/support/unit.h"

#define HEADER "PROXY TCP4 192.0.2.7 192.0.2.1 12345 443\r\n"

static const char *const loopback[] = { "127.0.0.0/8", NULL };
static const char *const elsewhere[] = { "192.0.2.0/24", "unix", NULL };

static struct wire *wire;
static struct wm__url url;
static int client = -1;
static unsigned connects, wanted;
static char peer[WM_ADDRESS_MAX], heard[64];

static void
on_connect(struct wm_conn *c)
{
	connects++;
	wm_conn_peer(c, peer, sizeof(peer));
}

static void
on_message(struct wm_conn *c, const struct wm_msg *m)
{
	(void)c;
	snprintf(heard, sizeof(heard), "%.*s", (int)m->len, m->data);
}

static struct wm_proc *
proc(void)
{
	return wire_proc(wire);
}

static struct wm__service *
service(void)
{
	return wire_conn(wire)->service;
}

static int
set_up(void **state)
{
	const char *why;
	char error[512];
	int fd;

	(void)state;
	connects = 0;
	peer[0] = heard[0] = '\0';
	wire = wire_new(&wm_protocol_text, NULL, NULL);
	service()->proxies = loopback;
	service()->handlers = (struct wm_handlers){ .on_connect = on_connect,
		.on_message = on_message };
	if (wm__url_parse("text://127.0.0.1:0", &url, &why) < 0 ||
	    wm__listen(&url, 16, 1, &fd, error, sizeof(error)) < 0)
		return -1;
	if (wm__listener_add(service(), fd, 0) < 0)
		return -1;
	wm__listener_accept(proc());
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return client < 0 ?
	    -1 :
	    connect(client, (struct sockaddr *)&url.address, url.address_len);
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

static uint64_t
closed(enum wm_close_reason reason)
{
	return wm__counter(&proc()->counters->closed[reason]);
}

static void
say(const char *text)
{
	assert_int_equal(send(client, text, strlen(text), MSG_NOSIGNAL),
	    strlen(text));
}

static bool
has_begun(struct wire *w)
{
	(void)w;
	return connects == 1;
}

static bool
has_heard(struct wire *w)
{
	(void)w;
	return heard[0] != '\0';
}

static bool
was_accepted(struct wire *w)
{
	return wm__counter(&wire_proc(w)->counters->accepted) == 1;
}

static bool
is_paused(struct wire *w)
{
	return wire_proc(w)->accept_paused;
}

static bool
was_closed(struct wire *w)
{
	(void)w;
	return closed((enum wm_close_reason)wanted) == 1;
}

static bool
at_once(struct wire *w)
{
	(void)w;
	return true;
}

static void
assert_hung_up(void)
{
	char byte;
	ssize_t n = recv(client, &byte, 1, 0);

	assert_true(n == 0 || (n < 0 && errno == ECONNRESET));
}

static void
begins_with_the_address_that_the_proxy_says(void **state)
{
	(void)state;
	say(HEADER "hello\n");
	wire_run(wire, has_heard);
	assert_string_equal(peer, "192.0.2.7:12345");
	assert_string_equal(heard, "hello");
	assert_int_equal(wm__prefaces(proc()), 0);
}

static void
waits_for_a_header_that_comes_bit_by_bit(void **state)
{
	static const char header[] = HEADER;
	char byte[2] = "";

	(void)state;
	wire_run(wire, was_accepted);
	for (size_t i = 0; i < sizeof(header) - 1; i++) {
		assert_int_equal(wm__prefaces(proc()), 1);
		byte[0] = header[i];
		say(byte);
		/* one turn for it, and none that spins */
		assert_in_range(wire_run(wire, at_once), 1, 2);
	}
	say("hello\n");
	wire_run(wire, has_heard);
	assert_string_equal(peer, "192.0.2.7:12345");
	assert_string_equal(heard, "hello");
}

static void
keeps_the_proxys_own_address_for_its_own(void **state)
{
	(void)state;
	say("PROXY UNKNOWN\r\n");
	wire_run(wire, has_begun);
	assert_memory_equal(peer, "127.0.0.1:", 10);
}

static void
refuses_whom_it_does_not_trust(void **state)
{
	(void)state;
	service()->proxies = elsewhere;
	say(HEADER);
	wanted = WM_CLOSE_POLICY;
	wire_run(wire, was_closed);
	assert_hung_up();
	assert_int_equal(connects, 0);
}

static void
refuses_what_is_no_header(void **state)
{
	(void)state;
	say("GET / HTTP/1.1\r\n\r\n");
	wanted = WM_CLOSE_PROTOCOL;
	wire_run(wire, was_closed);
	assert_hung_up();
	assert_int_equal(connects, 0);
}

static void
hears_of_a_proxy_that_gave_up(void **state)
{
	(void)state;
	say("PROXY TC");
	shutdown(client, SHUT_WR);
	wanted = WM_CLOSE_PEER;
	wire_run(wire, was_closed);
	assert_int_equal(wm__prefaces(proc()), 0);
}

static void
gives_a_header_only_so_much_time(void **state)
{
	(void)state;
	say("PROXY TC");
	wire_run(wire, was_accepted);
	wire_advance(wire, 10);
	assert_int_equal(wm__prefaces(proc()), 1);
	wire_advance(wire, 2);
	assert_int_equal(wm__prefaces(proc()), 0);
	assert_int_equal(closed(WM_CLOSE_TIMEOUT), 1);
	assert_hung_up();
}

static void
counts_them_among_the_connections(void **state)
{
	int second = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	proc()->max_conns = 2; /* the wire's own is one */
	assert_int_equal(connect(second, (struct sockaddr *)&url.address,
			     url.address_len),
	    0);
	wire_run(wire, is_paused);
	assert_int_equal(wm__counter(&proc()->counters->accepted), 1);
	close(second);
	say("x");
	wanted = WM_CLOSE_PROTOCOL;
	wire_run(wire, was_closed);
	assert_false(proc()->accept_paused);
}

static void
ends_them_with_the_process(void **state)
{
	(void)state;
	say("PROXY");
	wire_run(wire, was_accepted);
	wm__preface_end(proc(), NULL);
	assert_int_equal(closed(WM_CLOSE_SHUTDOWN), 1);
	assert_hung_up();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(begins_with_the_address_that_the_proxy_says),
		TEST(waits_for_a_header_that_comes_bit_by_bit),
		TEST(keeps_the_proxys_own_address_for_its_own),
		TEST(refuses_whom_it_does_not_trust),
		TEST(refuses_what_is_no_header),
		TEST(hears_of_a_proxy_that_gave_up),
		TEST(gives_a_header_only_so_much_time),
		TEST(counts_them_among_the_connections),
		TEST(ends_them_with_the_process),
#undef TEST
	};

	wm__log_set_level(WM_LOG_ERROR + 1);
	return UNIT_RUN(tests);
}
