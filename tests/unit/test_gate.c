/* SPDX-License-Identifier: MIT */
/* Newcomers: how many of one address, how many per second, and who goes to
   make room for them. */
#include <sys/resource.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include <workerman/http.h>

#include "framework/base/clock.h"
#include "framework/base/log.h"
#include "framework/kit/wire.h"
#include "framework/net/gate.h"
#include "framework/net/listener.h"
#include "tests/support/unit.h"

#define CLIENTS 40

static struct wire *wire;
static struct wm__url url;
static int clients[CLIENTS];
static bool (*until)(void);

static struct wm_proc *
proc(void)
{
	return wire_proc(wire);
}

static struct wm_limits *
limits(void)
{
	return &wire_conn(wire)->service->limits;
}

static uint64_t
closed(enum wm_close_reason reason)
{
	return wm__counter(&proc()->counters->closed[reason]);
}

static void
answer(struct wm_conn *c, const struct wm_msg *m)
{
	(void)m;
	wm_http_respond(c, &(struct wm_http_response){ .status = 204 });
}

static int
begin(const struct wm_protocol *protocol, const char *address)
{
	const char *why;
	char error[512];
	int fd;

	for (size_t i = 0; i < CLIENTS; i++)
		clients[i] = -1;
	wire = wire_new(protocol, NULL,
	    &(struct wm_handlers){ .on_message = answer });
	if (wm__url_parse(address, &url, &why) < 0 ||
	    wm__listen(&url, 4096, 1, &fd, error, sizeof(error)) < 0)
		return -1;
	return wm__listener_add(wire_conn(wire)->service, fd, 0);
}

static int
set_up(void **state)
{
	(void)state;
	return begin(&wm_protocol_http, "http://127.0.0.1:0");
}

static void
hang_up(size_t i)
{
	if (clients[i] >= 0)
		close(clients[i]);
	clients[i] = -1;
}

static int
tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < CLIENTS; i++)
		hang_up(i);
	wire_free(&wire);
	return 0;
}

static void
join_in(size_t i)
{
	clients[i] = socket(url.address.ss_family, SOCK_STREAM, 0);
	assert_true(clients[i] >= 0);
	assert_int_equal(connect(clients[i], (struct sockaddr *)&url.address,
			     url.address_len),
	    0);
}

static bool
run_until(struct wire *w)
{
	(void)w;
	return until();
}

static unsigned
run(bool (*fn)(void))
{
	until = fn;
	return wire_run(wire, run_until);
}

static size_t wanted;

static bool
there_are_enough(void)
{
	return proc()->conns.count - 1 == wanted;
}

static void
wait_for(size_t n)
{
	wanted = n;
	run(there_are_enough);
}

static bool
one_has_an_answer(void)
{
	char c;

	return recv(clients[wanted], &c, 1, MSG_DONTWAIT | MSG_PEEK) > 0;
}

static void
ask(size_t i)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	char answer_bytes[1000];

	assert_int_equal(send(clients[i], request, sizeof(request) - 1, 0),
	    sizeof(request) - 1);
	wanted = i;
	run(one_has_an_answer);
	assert_true(
	    recv(clients[i], answer_bytes, sizeof(answer_bytes), 0) > 0);
}

/* The client's connection; the wire's own is the first. */
static struct wm_conn *
conn(size_t i)
{
	return wm_conn_find(proc(),
	    (uint64_t)proc()->incarnation << 40 | (i + 2));
}

/* That it was heard of some seconds ago. */
static void
let_be_silent(size_t i, uint32_t seconds)
{
	conn(i)->last_in = proc()->now - seconds;
}

/* What a client finds: it was let in, or turned away. */
static bool
is_turned_away(size_t i)
{
	char c;

	return recv(clients[i], &c, 1, MSG_DONTWAIT) == 0;
}

/* ---- one address ---- */

static uint64_t turned_away;

static bool
enough_turned_away(void)
{
	return closed(WM_CLOSE_ADDRESS) == turned_away;
}

static void
turns_those_of_a_crowded_address_away(void **state)
{
	(void)state;
	limits()->per_address = 3;
	wm__listener_accept(proc());
	for (size_t i = 0; i < 5; i++)
		join_in(i);
	turned_away = 2;
	run(enough_turned_away);
	assert_int_equal(proc()->conns.count - 1, 3);
	assert_true(is_turned_away(3));
	assert_true(is_turned_away(4));
	assert_false(is_turned_away(2));
	hang_up(0); /* one may come in its place, and only one */
	wait_for(2);
	join_in(5);
	join_in(6);
	turned_away = 3;
	run(enough_turned_away);
	assert_false(is_turned_away(5));
	assert_true(is_turned_away(6));
	assert_int_equal(wm__counter(&proc()->counters->accepted), 4);
}

static struct wm_conn *
guest(const char *address)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	const char *why;
	struct wm__url u;
	char text[100];

	snprintf(text, sizeof(text), "text://[%s]:1", address);
	assert_int_equal(wm__url_parse(text, &u, &why), 0);
	in6 = *(struct sockaddr_in6 *)&u.address;
	if (wm__gate_is_crowded(wire_conn(wire)->service,
		(struct sockaddr *)&in6))
		return NULL;
	return wm__conn_new(wire_conn(wire)->service, -1,
	    (struct sockaddr *)&in6);
}

static void
counts_a_network_of_ipv6_as_one(void **state)
{
	struct wm_conn *first;

	(void)state;
	limits()->per_address = 2;
	first = guest("2001:db8:0:1::1");
	assert_non_null(first);
	assert_non_null(guest("2001:db8:0:1::2"));
	assert_null(guest("2001:db8:0:1:ffff::3"));
	assert_non_null(guest("2001:db8:0:2::3"));
	assert_non_null(guest("::ffff:192.0.2.1"));
	assert_non_null(guest("::ffff:192.0.2.1"));
	assert_null(guest("::ffff:192.0.2.1"));
	assert_non_null(guest("::ffff:192.0.2.2"));
	assert_int_equal(wm_conn_set_limits(first,
			     &(struct wm_limits){ .unsent = 9 }),
	    0);
	wm_conn_destroy(first);
	wire_turn(wire);
	assert_non_null(guest("2001:db8:0:1::3"));
	assert_null(guest("2001:db8:0:1::4"));
}

/* ---- per second ---- */

static void
a_rate_is_a_seconds_worth_at_once_and_then_a_trickle(void **state)
{
	struct wm__rate r = { 0, 0 };
	int64_t now = 5000;
	unsigned n = 0;

	(void)state;
	while (wm__rate_take(&r, 20, now))
		n++;
	assert_int_equal(n, 20);
	assert_int_equal(wm__rate_wait(&r, 20), 100); /* until 2 */
	assert_false(wm__rate_take(&r, 20, now + 49));
	assert_true(wm__rate_take(&r, 20, now + 50));
	assert_false(wm__rate_take(&r, 20, now + 99));
	assert_true(wm__rate_take(&r, 20, now + 100));
	/* long after, no more than a second's worth */
	for (n = 0; wm__rate_take(&r, 20, now + 100000); n++)
		;
	assert_int_equal(n, 20);
	/* ten seconds bring ten times as many */
	for (n = 0, now += 100000; now < 5000 + 110000; now++)
		n += wm__rate_take(&r, 20, now);
	assert_in_range(n, 199, 200);
}

static void
a_rate_of_one_is_one_a_second(void **state)
{
	struct wm__rate r = { 0, 0 };

	(void)state;
	assert_true(wm__rate_take(&r, 1, 1000));
	assert_false(wm__rate_take(&r, 1, 1000));
	assert_int_equal(wm__rate_wait(&r, 1), 1000);
	assert_false(wm__rate_take(&r, 1, 1999));
	assert_int_equal(wm__rate_wait(&r, 1), 1);
	assert_true(wm__rate_take(&r, 1, 2000));
	assert_true(wm__rate_take(&r, UINT32_MAX, 2000));
	/* a clock that goes back does no harm */
	assert_true(wm__rate_take(&r, 5, 1));
}

/* Ten at once, then ten more in a second: they are in the queue until then,
   and the process turns some ten times for them. */
static void
lets_newcomers_wait_without_spinning(void **state)
{
	int64_t before = wm__clock_ms();
	unsigned turns;

	(void)state;
	limits()->accept_rate = 10;
	wm__listener_accept(proc());
	for (size_t i = 0; i < 20; i++)
		join_in(i);
	wait_for(10);
	wanted = 20;
	turns = run(there_are_enough);
	assert_in_range(wm__clock_ms() - before, 900, 20000);
	assert_in_range(turns, 5, 60);
	assert_in_range(wm__counter(&proc()->counters->accept_slowed), 5, 25);
	for (size_t i = 0; i < 20; i++)
		assert_false(is_turned_away(i));
}

/* ---- room ---- */

static void
the_one_that_is_idle_for_longest_makes_room(void **state)
{
	(void)state;
	proc()->max_conns = 5; /* the wire's own is one */
	wm__listener_accept(proc());
	for (size_t i = 0; i < 4; i++) {
		join_in(i);
		wait_for(i + 1);
	}
	for (size_t i = 1; i < 4; i++)
		ask(i);
	let_be_silent(0, 100); /* has asked nothing: it is no keep-alive */
	let_be_silent(1, 20);
	let_be_silent(2, 30);
	let_be_silent(3, 10);
	join_in(4);
	ask(4); /* in the place of 2 */
	assert_true(is_turned_away(2));
	join_in(5);
	ask(5);
	assert_true(is_turned_away(1));
	assert_false(is_turned_away(0));
	assert_false(is_turned_away(3));
	assert_int_equal(closed(WM_CLOSE_LIMIT), 2);
	assert_int_equal(wm__counter(&proc()->counters->accept_paused), 0);
	assert_int_equal(proc()->conns.count, 5);
}

static void
one_that_was_used_again_is_not_idle(void **state)
{
	(void)state;
	proc()->max_conns = 4;
	wm__listener_accept(proc());
	for (size_t i = 0; i < 3; i++) {
		join_in(i);
		ask(i);
	}
	for (size_t i = 0; i < 3; i++)
		let_be_silent(i, 30 - (uint32_t)i);
	join_in(3);
	ask(3); /* 0 went; 1 and 2 are remembered as the next */
	assert_true(is_turned_away(0));
	ask(1);
	join_in(4);
	ask(4);
	assert_true(is_turned_away(2));
	assert_false(is_turned_away(1));
}

static bool
accepting_has_paused(void)
{
	return proc()->accept_paused;
}

static bool
the_last_has_come(void)
{
	return proc()->next_conn == wanted;
}

/* Nobody was idle when the newcomer came, but soon somebody is. */
static void
who_becomes_idle_later_makes_room_then(void **state)
{
	(void)state;
	proc()->max_conns = 3;
	wm__listener_accept(proc());
	join_in(0);
	join_in(1);
	wait_for(2);
	join_in(2);
	run(accepting_has_paused);
	ask(0);
	wanted = 4;
	run(the_last_has_come);
	assert_true(is_turned_away(0));
	assert_false(is_turned_away(1));
}

static void
who_is_in_the_middle_of_something_stays(void **state)
{
	struct wm_conn *c = wire_conn(wire);

	(void)state;
	assert_false(wm__gate_make_room(proc())); /* asked nothing yet */
	c->messages = 1;
	proc()->now++;
	wm_conn_hold(c);
	assert_false(wm__gate_make_room(proc()));
	wm_conn_release(c);
	proc()->now++;
	wm_conn_pause(c);
	assert_false(wm__gate_make_room(proc()));
	wm_conn_resume(c);
	assert_false(wm__gate_make_room(proc())); /* once a second */
	proc()->now++;
	assert_true(wm__gate_make_room(proc()));
	assert_false(wm__gate_make_room(proc()));
	wire_turn(wire);
	assert_true(wire_is_closed(wire));
	assert_int_equal(wire_reason(wire), WM_CLOSE_LIMIT);
}

/* A conversation is not idle, however long it is silent. */
static void
conversations_stay(void **state)
{
	(void)state;
	tear_down(NULL);
	assert_int_equal(begin(&wm_protocol_text, "text://127.0.0.1:0"), 0);
	wire_feed(wire, "hello\n", 6);
	wire_conn(wire)->held = 0;
	proc()->now += 1000;
	assert_false(wm__gate_make_room(proc()));
}

static int filler[4096];

/* The descriptor of an idle one serves the newcomer at once. */
static void
makes_room_when_descriptors_run_out(void **state)
{
	struct rlimit old, low;
	size_t n = 0;

	(void)state;
	wm__listener_accept(proc());
	join_in(0);
	ask(0);
	clients[1] = socket(url.address.ss_family, SOCK_STREAM, 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = old;
	low.rlim_cur = (rlim_t)clients[1] + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	while (n < 4096 && (filler[n] = open("/dev/null", O_RDONLY)) >= 0)
		n++;
	assert_int_equal(connect(clients[1], (struct sockaddr *)&url.address,
			     url.address_len),
	    0);
	wanted = 3;
	run(the_last_has_come);
	assert_true(is_turned_away(0));
	assert_int_equal(wm__counter(&proc()->counters->accept_paused), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	while (n > 0)
		close(filler[--n]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(turns_those_of_a_crowded_address_away),
		TEST(counts_a_network_of_ipv6_as_one),
		TEST(a_rate_is_a_seconds_worth_at_once_and_then_a_trickle),
		TEST(a_rate_of_one_is_one_a_second),
		TEST(lets_newcomers_wait_without_spinning),
		TEST(the_one_that_is_idle_for_longest_makes_room),
		TEST(one_that_was_used_again_is_not_idle),
		TEST(who_becomes_idle_later_makes_room_then),
		TEST(who_is_in_the_middle_of_something_stays),
		TEST(conversations_stay),
		TEST(makes_room_when_descriptors_run_out),
#undef TEST
	};

	wm__log_set_level(WM_LOG_ERROR + 1);
	return UNIT_RUN(tests);
}
