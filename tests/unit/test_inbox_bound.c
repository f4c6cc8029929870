/* SPDX-License-Identifier: MIT */
#include <sys/socket.h>
#include <sys/stat.h>

#include <unistd.h>

#include "framework/base/counters.h"
#include "framework/base/fd.h"
#include "framework/channel/inbox.h"
#include "framework/net/proc.h"
#include "tests/support/unit.h"

#define BIG  (1u << 20)
#define MOST (64u << 20) /* bytes that may lie in an inbox nobody reads */

struct pair {
	struct wm_proc proc;
	struct wm_worker row;
	struct wm__inbox *writer, *reader;
	int fds[2]; /* what is written to [1] arrives at [0] */
	size_t arrived;
	char first;
};

static struct pair pair;

static void
on_record(void *arg, const struct wm__record *r)
{
	(void)arg;
	pair.arrived++;
	pair.first = r->len > 0 ? r->data[0] : '\0';
}

static void
one_turn(void *loop)
{
	wm__loop_stop(loop);
}

static int
pair_new(void **state)
{
	const char *error;

	(void)state;
	memset(&pair, 0, sizeof(pair));
	pair.row.name = "pair";
	assert_int_equal(wm__proc_init(&pair.proc, &pair.row, NULL, &error), 0);
	wm__loop_set_hook(pair.proc.loop, one_turn, pair.proc.loop);
	assert_int_equal(wm__fd_message_pair(pair.fds), 0);
	assert_int_equal(wm__fd_set_nonblock(pair.fds[0]), 0);
	assert_int_equal(wm__fd_set_nonblock(pair.fds[1]), 0);
	pair.writer = wm__inbox_new(&pair.proc, on_record, NULL);
	pair.reader = wm__inbox_new(&pair.proc, on_record, NULL);
	assert_non_null(pair.writer);
	assert_non_null(pair.reader);
	assert_int_equal(wm__inbox_add_peer(pair.writer, 1, pair.fds[1]), 0);
	return 0;
}

static int
pair_free(void **state)
{
	(void)state;
	wm__inbox_free(&pair.writer);
	wm__inbox_free(&pair.reader);
	wm__proc_fini(&pair.proc);
	return 0;
}

static void
publish(char *bytes, size_t len)
{
	struct wm__record r = { "topic", bytes, len, 0 };

	assert_int_equal(wm__inbox_post(pair.writer, &r), 0);
	wm__inbox_flush(pair.writer);
}

static uint64_t
lost(void)
{
	return wm__counter(&pair.proc.counters->publish_lost);
}

/* Turns until so much has arrived, or nothing more does. */
static void
deliver(size_t want)
{
	size_t before;

	for (int idle = 0; idle < 4 && pair.arrived < want; idle++) {
		before = pair.arrived;
		wm__loop_again(pair.proc.loop);
		wm__loop_run(pair.proc.loop);
		if (pair.arrived > before)
			idle = 0;
	}
}

static void
reads_small_and_big_packets_in_order(void **state)
{
	char *bytes = calloc(1, BIG);

	(void)state;
	assert_non_null(bytes);
	assert_int_equal(wm__inbox_read_from(pair.reader, pair.fds[0]), 0);
	for (size_t i = 0; i < 8; i++) {
		bytes[0] = (char)('a' + i);
		publish(bytes, i % 2 == 0 ? 3 : BIG);
		deliver(i + 1);
		assert_int_equal(pair.arrived, i + 1);
		assert_int_equal(pair.first, 'a' + (int)i);
	}
	assert_int_equal(lost(), 0);
	free(bytes);
}

/* Bytes of the memory files that wait in the socket. */
static size_t
waiting_in_kernel(void)
{
	static char bytes[WM__PACKET_MAX];
	size_t total = 0, n;
	struct stat st;
	int fd;

	while (wm__fd_recv(pair.fds[0], bytes, sizeof(bytes), &fd, 1, &n) > 0) {
		if (n == 0)
			continue;
		assert_int_equal(fstat(fd, &st), 0);
		total += (size_t)st.st_size;
		close(fd);
	}
	return total;
}

static void
bounds_what_waits_for_a_reader_that_sleeps(void **state)
{
	static const size_t sizes[] = { WM__PACKET_MAX + 1, BIG, 8 * BIG };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		char *bytes = calloc(1, sizes[i]);
		uint64_t before = lost();

		assert_non_null(bytes);
		for (int k = 0; k < 1000 && lost() == before; k++)
			publish(bytes, sizes[i]);
		assert_true(lost() > before);
		assert_in_range(waiting_in_kernel(), 1, MOST);
		do
			deliver(SIZE_MAX); /* what waits in the queue */
		while (waiting_in_kernel() > 0);
		free(bytes);
	}
	close(pair.fds[0]);
}

/* Of the packets until the first loss, one waited outside the kernel. */
static void
lets_a_big_packet_wait_alone(void **state)
{
	char *bytes = calloc(1, 8 * BIG);
	size_t n = 0;

	(void)state;
	assert_non_null(bytes);
	for (; n < 1000 && lost() == 0; n++)
		publish(bytes, 8 * BIG);
	assert_int_equal(waiting_in_kernel() / (8 * BIG), n - 2);
	assert_int_equal(wm__inbox_read_from(pair.reader, pair.fds[0]), 0);
	deliver(SIZE_MAX);
	assert_int_equal(pair.arrived, 1);
	free(bytes);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, pair_new, pair_free)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(reads_small_and_big_packets_in_order),
		CASE(bounds_what_waits_for_a_reader_that_sleeps),
		CASE(lets_a_big_packet_wait_alone),
	};

	return UNIT_RUN(tests);
}
