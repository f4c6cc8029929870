/* SPDX-License-Identifier: MIT */
/* Listeners that a worker opens and closes while it runs. */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include <workerman/datagram.h>
#include <workerman/listen.h>
#include <workerman/timer.h>

#include "framework/base/log.h"
#include "framework/net/listener.h"
#include "framework/worker/run.h"
#include "tests/support/unit.h"

static struct wm__worker worker;
static unsigned connects, messages;
static int number, result;
static char path[64], url_text[256];

static void
on_connect(struct wm_conn *c)
{
	(void)c;
	connects++;
}

static void
on_message(struct wm_conn *c, const struct wm_msg *m)
{
	messages++;
	wm_conn_send(c, m->data, m->len);
	wm__loop_stop(wm_conn_proc(c)->loop);
}

static void
close_in_callback(struct wm_conn *c, const struct wm_msg *m)
{
	result = wm_listen_close(wm_conn_proc(c), number);
	on_message(c, m);
}

static const struct wm_worker rows[] = {
	{ .name = "w", .on_connect = on_connect, .on_message = on_message },
	{ .name = NULL },
};

static const struct wm_app app = { .name = "test", .workers = rows };

static int
set_up(void **state)
{
	const char *why = "";

	(void)state;
	connects = messages = 0;
	if (wm__worker_init(&worker, &app, &rows[0], NULL, &why) < 0)
		return -1;
	wm__listener_accept(&worker.proc);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	wm__proc_end_conns(&worker.proc);
	wm__worker_fini(&worker);
	return 0;
}

static int
open_one(struct wm_listener l)
{
	int n = wm_listen(&worker.proc, &l);

	wm_listen_url(&worker.proc, n, url_text, sizeof(url_text));
	return n;
}

static int
connect_to(const char *text)
{
	struct wm__url url;
	const char *why;
	int fd;

	if (wm__url_parse(text, &url, &why) < 0)
		fail_msg("%s: %s", text, why);
	fd = socket(url.address.ss_family,
	    url.transport == WM__UDP ? SOCK_DGRAM : SOCK_STREAM, 0);
	assert_true(fd >= 0);
	if (connect(fd, (struct sockaddr *)&url.address, url.address_len) == 0)
		return fd;
	close(fd);
	return -1;
}

static void
too_late(struct wm_proc *p, void *arg)
{
	(void)p, (void)arg;
	fail_msg("nothing came");
}

/* Says a line and runs until it was answered. */
static void
assert_answers(int fd)
{
	uint64_t timer = wm_timer_once(&worker.proc, 20000, too_late, NULL);
	char data[8];

	assert_int_equal(send(fd, "hi\n", 3, 0), 3);
	wm__loop_run(worker.proc.loop);
	wm_timer_cancel(&worker.proc, timer);
	assert_int_equal(recv(fd, data, sizeof(data), MSG_DONTWAIT), 3);
	assert_memory_equal(data, "hi\n", 3);
}

static void
serves_until_it_is_closed(void **state)
{
	char text[256];
	int fd;

	(void)state;
	number = open_one((struct wm_listener){ .url = "text://127.0.0.1:0" });
	assert_true(number > 0);
	assert_memory_equal(url_text, "text://127.0.0.1:", 17);
	assert_string_not_equal(url_text, "text://127.0.0.1:0");
	fd = connect_to(url_text);
	assert_answers(fd);
	assert_int_equal(wm_listen_close(&worker.proc, number), 0);
	assert_int_equal(connect_to(url_text), -1);
	assert_answers(fd); /* what had connected stays */
	assert_int_equal(wm_listen_close(&worker.proc, number), WM_E_NOT_FOUND);
	assert_string_equal(wm_listen_url(&worker.proc, number, text,
				sizeof(text)),
	    "");
	close(fd);
}

static void
accepts_who_waits_when_it_is_closed(void **state)
{
	int fds[3];

	(void)state;
	number = open_one((struct wm_listener){ .url = "text://127.0.0.1:0" });
	for (int i = 0; i < 3; i++)
		fds[i] = connect_to(url_text);
	assert_int_equal(connects, 0);
	assert_int_equal(wm_listen_close(&worker.proc, number), 0);
	assert_int_equal(connects, 3);
	for (int i = 0; i < 3; i++) {
		assert_answers(fds[i]);
		close(fds[i]);
	}
}

static void
may_be_closed_by_its_own_connection(void **state)
{
	static const struct wm_handlers handlers = { .on_message =
							 close_in_callback };
	int fd;

	(void)state;
	number = open_one((struct wm_listener){ .url = "text://127.0.0.1:0",
	    .handlers = &handlers });
	fd = connect_to(url_text);
	assert_answers(fd);
	assert_int_equal(result, 0);
	assert_int_equal(connect_to(url_text), -1);
	close(fd);
}

static void
serves_datagrams_too(void **state)
{
	int fd;

	(void)state;
	number =
	    open_one((struct wm_listener){ .url = "text+udp://127.0.0.1:0" });
	fd = connect_to(url_text);
	assert_answers(fd);
	assert_int_equal(wm_datagram_send(&worker.proc, (unsigned)number,
			     "127.0.0.1:9", "x", 1),
	    WM_SENT);
	assert_int_equal(wm_listen_close(&worker.proc, number), 0);
	assert_int_equal(wm_datagram_send(&worker.proc, (unsigned)number,
			     "127.0.0.1:9", "x", 1),
	    WM_E_NOT_FOUND);
	close(fd);
}

static void
removes_the_file_of_a_unix_socket(void **state)
{
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/test_opened-%d", (int)getpid());
	snprintf(url_text, sizeof(url_text), "text+unix://%s", path);
	number =
	    open_one((struct wm_listener){ .url = url_text, .mode = 0600 });
	assert_true(number > 0);
	fd = connect_to(url_text);
	assert_answers(fd);
	close(fd);
	assert_int_equal(wm_listen_close(&worker.proc, number), 0);
	assert_int_equal(access(path, F_OK), -1);
}

static void
says_why_it_cannot(void **state)
{
	static const struct wm_listener bad[] = {
		{ .url = "text://127.0.0.1" },
		{ .url = "nope://127.0.0.1:0" },
		{ .url = "http+udp://127.0.0.1:0" },
		{ .url = "text://127.0.0.1:0", .mode = 0600 },
		{ .url = "text+unix://./relative" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(open_one(bad[i]), WM_E_INVALID);
	number = open_one((struct wm_listener){ .url = "text://127.0.0.1:0" });
	assert_int_equal(wm_listen(&worker.proc,
			     &(struct wm_listener){ .url = url_text }),
	    WM_E_BUSY);
	assert_int_equal(wm_listen(&worker.proc,
			     &(struct wm_listener){
				 .url = "text://192.0.2.1:1" }),
	    WM_E_SYSTEM);
	assert_int_equal(wm_listen_close(&worker.proc, 0), WM_E_NOT_FOUND);
	assert_int_equal(wm_listen_close(&worker.proc, -1), WM_E_NOT_FOUND);
	assert_int_equal(wm_listen_close(&worker.proc, 1 << 30),
	    WM_E_NOT_FOUND);
	worker.proc.draining = true;
	assert_int_equal(open_one((struct wm_listener){
			     .url = "text://127.0.0.1:0" }),
	    WM_E_CLOSED);
}

static void
has_room_for_so_many_and_uses_it_again(void **state)
{
	static const struct wm_listener any = { .url = "text://127.0.0.1:0" };
	int numbers[WM_LISTEN_MAX];

	(void)state;
	for (int i = 0; i < WM_LISTEN_MAX; i++) {
		numbers[i] = wm_listen(&worker.proc, &any);
		assert_true(numbers[i] > 0);
	}
	assert_int_equal(wm_listen(&worker.proc, &any), WM_E_FULL);
	assert_int_equal(wm_listen_close(&worker.proc, numbers[7]), 0);
	assert_int_equal(wm_listen(&worker.proc, &any), numbers[7]);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(wm_listen_close(&worker.proc, numbers[7]), 0);
		assert_int_equal(wm_listen(&worker.proc, &any), numbers[7]);
	}
}

/* A connection that is left over holds its service's place. */
static void
keeps_the_place_of_what_is_connected(void **state)
{
	static const struct wm_listener any = { .url = "text://127.0.0.1:0" };
	int fd, other;

	(void)state;
	number = open_one(any);
	fd = connect_to(url_text);
	assert_answers(fd);
	assert_int_equal(wm_listen_close(&worker.proc, number), 0);
	for (int i = 1; i < WM_LISTEN_MAX; i++) {
		other = wm_listen(&worker.proc, &any);
		assert_true(other > 0 && other != number);
	}
	assert_int_equal(wm_listen(&worker.proc, &any), WM_E_FULL);
	assert_answers(fd);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(serves_until_it_is_closed),
		TEST(accepts_who_waits_when_it_is_closed),
		TEST(may_be_closed_by_its_own_connection),
		TEST(serves_datagrams_too),
		TEST(removes_the_file_of_a_unix_socket),
		TEST(says_why_it_cannot),
		TEST(has_room_for_so_many_and_uses_it_again),
		TEST(keeps_the_place_of_what_is_connected),
#undef TEST
	};

	wm__log_set_level(WM_LOG_ERROR + 1);
	return UNIT_RUN(tests);
}
