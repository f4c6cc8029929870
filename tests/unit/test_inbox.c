/* SPDX-License-Identifier: MIT */
/* Packets between processes: two of them here, in one. */
#include <sys/socket.h>

#include <unistd.h>

#include "framework/base/fd.h"
#include "framework/base/log.h"
#include "framework/channel/inbox.h"
#include "framework/net/proc.h"
#include "tests/support/unit.h"
#include "framework/kit/wire.h"

#define BIG ((size_t)WM__MESSAGE_MAX)

static struct wire *sender, *receiver;
static struct wm__inbox *out, *in;
static int to_inbox;
static unsigned arrived, wanted;
static struct wm_buf seen; /* "topic:data " of short records */
static size_t last_len;
static unsigned long last_sum;

static unsigned long
sum_of(const char *data, size_t len)
{
	unsigned long sum = 5381;

	for (size_t i = 0; i < len; i++)
		sum = sum * 33 + (unsigned char)data[i];
	return sum;
}

static void
arrive(void *arg, const struct wm__record *r)
{
	assert_ptr_equal(arg, receiver);
	arrived++;
	last_len = r->len;
	last_sum = sum_of(r->data, r->len);
	if (r->len < 100)
		wm_buf_printf(&seen, "%s:%.*s ", r->topic, (int)r->len,
		    r->data);
}

static void
arrive_nowhere(void *arg, const struct wm__record *r)
{
	(void)arg, (void)r;
	fail();
}

static int
set_up(void **state)
{
	int pair[2];

	(void)state;
	arrived = 0;
	sender = wire_new(&wm_protocol_text, NULL, NULL);
	receiver = wire_new(&wm_protocol_text, NULL, NULL);
	out = wm__inbox_new(wire_proc(sender), arrive_nowhere, NULL);
	in = wm__inbox_new(wire_proc(receiver), arrive, receiver);
	if (wm__fd_message_pair(pair) < 0)
		return -1;
	to_inbox = dup(pair[1]);
	return wm__inbox_read_from(in, pair[0]) +
	    wm__inbox_add_peer(out, 1, pair[1]);
}

static int
tear_down(void **state)
{
	(void)state;
	wm__inbox_free(&out);
	wm__inbox_free(&in);
	wire_free(&sender);
	wire_free(&receiver);
	wm_buf_fini(&seen);
	close(to_inbox);
	return 0;
}

static bool
once(struct wire *w)
{
	(void)w;
	return true;
}

static bool
all_arrived(struct wire *w)
{
	(void)w;
	wm__loop_again(wire_proc(sender)->loop);
	wire_run(sender, once);
	return arrived >= wanted;
}

static void
wait_for(unsigned n)
{
	wanted = n;
	wire_run(receiver, all_arrived);
	assert_int_equal(arrived, n);
}

static void
post(const char *topic, const char *data, size_t len)
{
	struct wm__record r = { topic, data, len, 0 };

	assert_int_equal(wm__inbox_post(out, &r), 0);
}

static uint64_t
lost(const struct wire *w)
{
	return wm__counter(
	    &wire_proc((struct wire *)(uintptr_t)w)->counters->publish_lost);
}

static void
send_is_one_packet_a_turn(void **state)
{
	char data[256];

	(void)state;
	post("a", "1", 1);
	post("b", "22", 2);
	post("a", "", 0);
	wm__inbox_flush(out);
	wm__inbox_flush(out);
	wait_for(3);
	wm_buf_put(&seen, "", 1);
	assert_string_equal(seen.data, "a:1 b:22 a: ");
	assert_int_equal(recv(to_inbox, data, sizeof(data), MSG_DONTWAIT), -1);
}

static void
keeps_the_order_of_small_and_large_records(void **state)
{
	char *big = malloc(BIG);

	(void)state;
	assert_non_null(big);
	for (size_t i = 0; i < BIG; i++)
		big[i] = (char)(i * 31 / 7);
	post("a", "1", 1);
	post("a", big, 65000);
	post("a", "2", 1);
	post("a", big, WM__PACKET_MAX);
	post("a", "3", 1);
	wm__inbox_flush(out);
	wait_for(5);
	wm_buf_put(&seen, "", 1);
	assert_string_equal(seen.data, "a:1 a:2 a:3 ");
	post("a", big, BIG);
	wm__inbox_flush(out);
	wait_for(6);
	assert_int_equal(last_len, BIG);
	assert_int_equal(last_sum, sum_of(big, BIG));
	assert_int_equal(lost(sender), 0);
	free(big);
}

/* Nobody reads meanwhile: the socket fills, then the queue. */
static void
queues_for_a_slow_peer_then_counts_what_it_loses(void **state)
{
	static char data[30000];
	unsigned posted = 0;

	(void)state;
	while (lost(sender) == 0) {
		post("a", data, sizeof(data));
		wm__inbox_flush(out);
		posted++;
	}
	assert_true(posted * sizeof(data) > WM__INBOX_QUEUE);
	assert_true(posted * sizeof(data) < 2 * WM__INBOX_QUEUE);
	post("a", data, sizeof(data));
	wm__inbox_flush(out);
	assert_int_equal(lost(sender), 2);
	wait_for(posted - 1);
	post("a", "after", 5);
	wm__inbox_flush(out);
	wait_for(posted);
	assert_int_equal(lost(sender), 2);
}

static void
forgets_a_peer_whose_inbox_nobody_can_read(void **state)
{
	(void)state;
	wm__inbox_free(&in);
	for (int i = 0; i < 3; i++) {
		post("a", "1", 1);
		wm__inbox_flush(out);
	}
	assert_int_equal(lost(sender), 0); /* nobody was there to hear */
	assert_int_equal(send(to_inbox, "x", 1, MSG_NOSIGNAL), -1);
}

static void
forgets_a_peer_by_its_id(void **state)
{
	(void)state;
	wm__inbox_forget(out, 77); /* no such */
	post("a", "1", 1);
	wm__inbox_flush(out);
	wm__inbox_forget(out, 1);
	post("a", "2", 1);
	wm__inbox_flush(out);
	wait_for(1);
	assert_memory_equal(seen.data, "a:1 ", 4);
	assert_int_equal(seen.len, 4);
}

static void
survives_packets_that_are_garbage(void **state)
{
	static char huge[2 * WM__PACKET_MAX];
	int pair[2], size = 4 * WM__PACKET_MAX;

	(void)state;
	setsockopt(to_inbox, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	assert_int_equal(send(to_inbox, "garbage", 7, 0), 7);
	assert_int_equal(send(to_inbox, huge, sizeof(huge), 0), sizeof(huge));
	assert_int_equal(pipe(pair), 0); /* a descriptor that is no file */
	assert_int_equal(wm__fd_send(to_inbox, "!", 1, pair, 1), 0);
	assert_int_equal(wm__fd_send(to_inbox, "!", 1, pair, 2), 0);
	close(pair[0]);
	close(pair[1]);
	post("a", "fine", 4);
	wm__inbox_flush(out);
	wait_for(1);
	assert_int_equal(lost(receiver), 4);
}

static void
posts_nothing_without_peers(void **state)
{
	struct wm__inbox *alone =
	    wm__inbox_new(wire_proc(sender), arrive_nowhere, NULL);
	struct wm__record r = { "a", "x", 1, 0 };

	(void)state;
	assert_int_equal(wm__inbox_post(alone, &r), 0);
	wm__inbox_flush(alone);
	wm__inbox_free(&alone);
	assert_null(alone);
	wm__inbox_free(&alone);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(send_is_one_packet_a_turn),
		TEST(keeps_the_order_of_small_and_large_records),
		TEST(queues_for_a_slow_peer_then_counts_what_it_loses),
		TEST(forgets_a_peer_whose_inbox_nobody_can_read),
		TEST(forgets_a_peer_by_its_id),
		TEST(survives_packets_that_are_garbage),
		TEST(posts_nothing_without_peers),
#undef TEST
	};

	wm__log_set_level(WM_LOG_ERROR + 1);
	return UNIT_RUN(tests);
}
