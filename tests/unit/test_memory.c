/* SPDX-License-Identifier: MIT */
/*
 * Memory that runs out, at every allocation that there is: whoever asked loses
 * its connection or is told so, nobody else. The linker sends our calls of
 * malloc and its kind through here.
 */
#include <sys/socket.h>

#include <netinet/in.h>
#include <unistd.h>

#include <workerman/channel.h>
#include <workerman/http.h>
#include <workerman/overflow.h>
#include <workerman/timer.h>

#include "framework/base/log.h"
#include "framework/channel/channel.h"
#include "framework/kit/wire.h"
#include "framework/net/conn.h"
#include "framework/net/listener.h"
#include "tests/support/unit.h"

/* Counts down; the call that finds 1 fails, or all from there on. */
static unsigned long countdown;
static bool for_good, has_failed;

static bool
fails(void)
{
	if (countdown == 0 || --countdown > 0)
		return false;
	has_failed = true;
	if (for_good)
		countdown = 1;
	return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

/* ---- one connection among others ---- */

static struct wm_conn *self, *other;
static unsigned connects, closes;

static void
on_connect(struct wm_conn *c)
{
	connects++;
	if (self == NULL)
		self = c;
	else if (other == NULL)
		other = c;
}

static void
on_close(struct wm_conn *c, enum wm_close_reason reason)
{
	(void)reason;
	closes++;
	if (c == self)
		self = NULL;
	if (c == other)
		other = NULL;
}

static void
never(struct wm_proc *p, void *arg)
{
	(void)p, (void)arg;
}

static void
feed_in_two(struct wire *w, size_t len)
{
	static char big[200000];

	memset(big, 'x', sizeof(big));
	if (wire_conn(w) != NULL)
		wm__conn_feed(wire_conn(w), big, len / 2);
	if (wire_conn(w) != NULL)
		wm__conn_feed(wire_conn(w), big, len / 2);
	wire_turn(w);
}

/* Everything of a connection that takes memory. */
static void
use(struct wire *w)
{
	static char data[3000];
	struct wm_msg m = { .data = data, .len = sizeof(data) };
	struct wm_proc *p = wire_proc(w);

	wm_timer_once(p, 100000, never, NULL);
	wm_timer_cron(p, "* * * * *", never, NULL);
	wire_open(w); /* `other`, or nobody */
	if (self != NULL) {
		wm_subscribe(self, "topic");
		wm_conn_set_limits(self,
		    &(struct wm_limits){ .unsent = 20000 });
		wm_conn_set_overflow(self, WM_OVERFLOW_DROP_OLDEST);
	}
	wire_stall(w, true);
	for (int i = 0; i < 5 && self != NULL; i++) {
		wm_conn_send_msg(self, &m);
		wm_conn_send_latest(self, (uint64_t)i, &m);
		wm_publish(p, "topic", data, 100, 0);
		wire_turn(w);
	}
	feed_in_two(w, 20000);
	feed_in_two(w, 200000);
	wire_stall(w, false);
	wire_turn(w);
	if (self != NULL && other != NULL)
		wm_conn_pipe(self, other);
	feed_in_two(w, 1000);
	if (self != NULL) {
		wm_conn_unpipe(self);
		wm_conn_set_protocol(self, &wm_protocol_http, NULL, 0);
	}
	wire_turn(w);
}

/* What the worker still does for somebody else, with memory again. */
static void
assert_serves(struct wire *w)
{
	unsigned before = connects;
	struct wm_conn *c = wire_open(w);

	assert_non_null(c);
	assert_int_equal(connects, before + 1);
	assert_int_equal(wm_conn_send(c, "hello", 5), WM_SENT);
	wm_conn_destroy(c);
	wire_turn(w);
}

/* Whether there was a call that failed. */
static bool
without_memory(unsigned long from, bool lasting)
{
	struct wire *w;

	self = other = NULL;
	connects = closes = 0;
	w = wire_new(&wm_protocol_text,
	    &(struct wm_limits){ .undecoded = 1u << 20 },
	    &(struct wm_handlers){ .on_connect = on_connect,
		.on_close = on_close });
	assert_int_equal(wm__channel_init(wire_proc(w)), 0);
	has_failed = false;
	for_good = lasting;
	countdown = from;
	use(w);
	countdown = 0;
	assert_serves(w);
	wm__proc_end_conns(wire_proc(w));
	assert_int_equal(connects, closes);
	wm__channel_fini(wire_proc(w));
	wire_free(&w);
	return has_failed;
}

static void
one_that_fails_costs_one_connection_at_most(void **state)
{
	unsigned long n = 1;

	(void)state;
	while (without_memory(n, false))
		n++;
	assert_in_range(n, 20, 500); /* there were so many */
}

static void
so_do_all_that_follow(void **state)
{
	unsigned long n = 1;

	(void)state;
	while (without_memory(n, true))
		n++;
	assert_in_range(n, 10, 500);
}

/* ---- newcomers ---- */

static struct wire *wire;
static uint64_t wanted;

static bool
enough_were_refused(struct wire *w)
{
	return wm__counter(&wire_proc(w)->counters->closed[WM_CLOSE_MEMORY]) ==
	    wanted;
}

static bool
one_came(struct wire *w)
{
	(void)w;
	return connects == 2;
}

static int
knock(const struct wm__url *url)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)&url->address,
			     url->address_len),
	    0);
	return fd;
}

static void
a_newcomer_without_memory_is_counted(void **state)
{
	struct wm__url url;
	const char *why;
	char error[512], c;
	int fd, client;

	(void)state;
	self = other = NULL;
	connects = closes = 0;
	wire = wire_new(&wm_protocol_text, NULL,
	    &(struct wm_handlers){ .on_connect = on_connect });
	assert_int_equal(wm__url_parse("text://127.0.0.1:0", &url, &why), 0);
	assert_int_equal(wm__listen(&url, 16, 1, &fd, error, sizeof(error)), 0);
	assert_int_equal(wm__listener_add(wire_conn(wire)->service, fd, 0), 0);
	wm__listener_accept(wire_proc(wire));
	client = knock(&url);
	for_good = true;
	countdown = 1;
	wanted = 1;
	wire_run(wire, enough_were_refused);
	countdown = 0;
	assert_int_equal(recv(client, &c, 1, 0), 0);
	close(client);
	client = knock(&url);
	wire_run(wire, one_came);
	close(client);
	wire_free(&wire);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_fails_costs_one_connection_at_most),
		cmocka_unit_test(so_do_all_that_follow),
		cmocka_unit_test(a_newcomer_without_memory_is_counted),
	};

	wm__log_set_level(WM_LOG_ERROR + 1);
	return UNIT_RUN(tests);
}
