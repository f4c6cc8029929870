/* SPDX-License-Identifier: MIT */
/*
 * The master's side of `connections`: workers and clients are ends of
 * sockets here that the test plays itself, in the one loop.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/base/clock.h"
#include "framework/base/fd.h"
#include "framework/base/log.h"
#include "framework/ipc/ipc.h"
#include "framework/master/connections.h"
#include "framework/master/control_server.h"
#include "framework/master/rundir.h"
#include "framework/net/loop.h"
#include "tests/support/capture.h"
#include "tests/support/unit.h"

#define WORKERS 3
#define CLIENTS 12

static struct wm__loop *loop;
static struct wm__rundir dir;
static struct wm__control_server *server;
static struct wm__connections *connections;
static char base[64];

/* A worker: its end of the ipc socket, and the stream it was asked by. */
static struct worker {
	int master_end, sock, stream;
	bool starting;
	struct wm__ipc question;
} workers[WORKERS];

static struct client {
	int fd;
	bool closed;
	struct wm_buf got;
} clients[CLIENTS];

static bool
next_worker(void *arg, size_t i, struct wm__listed *listed_r)
{
	(void)arg;
	if (i >= WORKERS)
		return false;
	*listed_r = (struct wm__listed){
		.sock = workers[i].starting ? -1 : workers[i].master_end,
		.pid = 100 + (pid_t)i,
		.incarnation = (uint32_t)i + 1,
		.worker = i < 2 ? "echo" : "chat",
		.slot = i < 2 ? (uint32_t)i : 0,
	};
	return true;
}

static void
on_connections(struct wm__request *request, const char *line, void *arg)
{
	(void)arg;
	wm__connections_run(connections, request, line);
}

static const struct wm__control_command commands[] = {
	{ "connections", on_connections },
	{ NULL, NULL },
};

static void
on_turn(void *arg)
{
	wm__loop_stop(arg);
}

static int
set_up(void **state)
{
	const char *why;
	char error[512] = "";

	(void)state;
	snprintf(base, sizeof(base), "/tmp/wm-connections-XXXXXX");
	assert_non_null(mkdtemp(base));
	wm__rundir_names(&dir, base, "app", error, sizeof(error));
	wm__rundir_open(&dir, error, sizeof(error));
	assert_int_equal(wm__loop_new(&loop, NULL, &why), 0);
	wm__loop_set_hook(loop, on_turn, loop);
	assert_int_equal(wm__control_server_new(&server, loop, &dir, error,
			     sizeof(error)),
	    0);
	wm__control_server_set_commands(server, commands, NULL);
	wm__connections_new(&connections, loop, next_worker, NULL);
	for (int i = 0; i < WORKERS; i++) {
		int pair[2];

		wm__fd_message_pair(pair);
		workers[i] = (struct worker){ .master_end = pair[0],
			.sock = pair[1],
			.stream = -1 };
		wm__fd_set_nonblock(pair[0]);
		wm__fd_set_nonblock(pair[1]);
	}
	for (int i = 0; i < CLIENTS; i++)
		clients[i] = (struct client){ .fd = -1 };
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	wm__control_server_free(&server);
	wm__connections_free(&connections);
	wm__loop_free(&loop);
	for (int i = 0; i < WORKERS; i++) {
		wm__fd_close(&workers[i].master_end);
		wm__fd_close(&workers[i].sock);
		wm__fd_close(&workers[i].stream);
	}
	for (int i = 0; i < CLIENTS; i++) {
		wm__fd_close(&clients[i].fd);
		wm_buf_fini(&clients[i].got);
	}
	wm__rundir_close(&dir);
	return rmdir(base);
}

/* Some turns of the loop that do not wait: what can happen has happened. */
static void
turn(void)
{
	for (int i = 0; i < 20; i++) {
		wm__loop_again(loop);
		wm__loop_run(loop);
	}
}

static void
client_read(struct client *c)
{
	char bytes[1 << 16];
	ssize_t n;

	while ((n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		wm_buf_put(&c->got, bytes, (size_t)n);
	c->closed = n == 0 || errno == ECONNRESET;
}

/* Everything that client was told so far. */
static const char *
told(struct client *c)
{
	turn();
	client_read(c);
	wm_buf_put(&c->got, "", 1);
	c->got.len--;
	return c->got.data;
}

static void
client_ask(struct client *c, const char *line)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char request[512];

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", dir.sock_path);
	snprintf(request, sizeof(request), "workerman/1 %s\n", line);
	c->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(c->fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(write(c->fd, request, strlen(request)),
	    strlen(request));
	turn();
}

/* The worker reads its question. False when there is none. */
static bool
takes(struct worker *w)
{
	wm__fd_close(&w->stream);
	if (wm__ipc_recv(w->sock, &w->question) != 1)
		return false;
	assert_int_equal(w->question.type, WM__IPC_CONNECTIONS);
	w->stream = w->question.fd;
	return true;
}

/* Whether the master will still hear it. */
static bool
says(struct worker *w, const char *text)
{
	ssize_t n = send(w->stream, text, strlen(text), MSG_NOSIGNAL);

	turn();
	return n == (ssize_t)strlen(text);
}

static void
all_take(void)
{
	for (int i = 0; i < WORKERS; i++)
		assert_true(takes(&workers[i]));
}

#define ROW(pid, worker, slot)                                                 \
	"ROW connection pid=" pid " worker=" worker " slot=" slot
#define MISSING(pid, worker, slot, why)                                        \
	"ROW missing pid=" pid " worker=" worker " slot=" slot " why=" why "\n"

static void
passes_on_what_all_say(void **state)
{
	(void)state;
	client_ask(&clients[0], "connections");
	assert_string_equal(told(&clients[0]), "PROGRESS asking\n");
	all_take();
	says(&workers[0], " id=1\n");
	assert_string_equal(told(&clients[0]),
	    "PROGRESS asking\n" ROW("100", "echo", "0") " id=1\n");
	says(&workers[2], " id=2\n.\n");
	says(&workers[1], ".\n");
	assert_false(clients[0].closed);
	says(&workers[0], " id=3\n.\n");
	assert_string_equal(told(&clients[0]),
	    "PROGRESS asking\n" ROW("100", "echo", "0") " id=1\n" ROW("102",
		"chat", "0") " id=2\n" ROW("100", "echo", "0") " id=3\n"
							       "END 0 \n");
	assert_true(clients[0].closed);
}

static void
asks_only_those_that_the_filter_means(void **state)
{
	(void)state;
	client_ask(&clients[0],
	    "connections filter=worker%3Dchat%0Astate%3Dopen%0A");
	assert_false(takes(&workers[0]));
	assert_false(takes(&workers[1]));
	assert_true(takes(&workers[2]));
	assert_string_equal(workers[2].question.text,
	    "worker=chat\nstate=open\n");
	assert_int_equal(workers[2].question.u.connections.close, 0);
	says(&workers[2], ".\n");
	assert_string_equal(told(&clients[0]), "PROGRESS asking\nEND 0 \n");
}

static void
refuses_a_bad_filter(void **state)
{
	(void)state;
	client_ask(&clients[0], "connections filter=colour%3Dred");
	assert_string_equal(told(&clients[0]),
	    "END 2 not a filter (worker= protocol= state= address=): "
	    "colour=red\n");
	assert_false(takes(&workers[0]));
	client_ask(&clients[1], "connections filter=worker%3Dnobody");
	assert_string_equal(told(&clients[1]),
	    "PROGRESS asking\nEND 1 no process of such a worker\n");
}

static void
who_has_not_begun_has_no_connections(void **state)
{
	(void)state;
	for (int i = 0; i < WORKERS; i++)
		workers[i].starting = true;
	client_ask(&clients[0], "connections");
	assert_string_equal(told(&clients[0]), "PROGRESS asking\nEND 0 \n");
}

static void
a_close_must_find_its_connection(void **state)
{
	(void)state;
	client_ask(&clients[0], "connections close=77");
	all_take();
	assert_int_equal(workers[1].question.u.connections.close, 77);
	for (int i = 0; i < WORKERS; i++)
		says(&workers[i], ".\n");
	assert_string_equal(told(&clients[0]),
	    "PROGRESS asking\nEND 1 no connection 77\n");
	client_ask(&clients[1], "connections close=78");
	all_take();
	for (int i = 0; i < WORKERS; i++)
		says(&workers[i], i == 1 ? " id=78\n.\n" : ".\n");
	assert_string_equal(told(&clients[1]),
	    "PROGRESS asking\n" ROW("101", "echo", "1") " id=78\nEND 0 \n");
}

static void
names_who_talks_nonsense_or_breaks_off(void **state)
{
	(void)state;
	capture_begin();
	client_ask(&clients[0], "connections");
	all_take();
	says(&workers[0], " id=1\nEND 0 forged\n");
	says(&workers[1], " id=2\n");
	wm__fd_close(&workers[1].stream);
	wm__fd_close(&workers[2].stream);
	assert_string_equal(told(&clients[0]),
	    "PROGRESS asking\n" ROW("100", "echo", "0") " id=1\n" MISSING("100",
		"echo", "0", "sent%20nonsense")
		ROW("101", "echo", "1") " id=2\n" MISSING("101", "echo", "1",
		    "ended%20in%20the%20middle") MISSING("102", "chat", "0",
		    "ended%20in%20the%20middle") "END 0 \n");
	assert_non_null(strstr(capture_stop(),
	    "pid=100 worker=echo slot=0: nonsense in its connections"));
	assert_false(says(&workers[0], " id=4\n"));
}

static void
a_message_that_cannot_be_sent_is_no_answer(void **state)
{
	(void)state;
	wm__fd_close(&workers[0].sock);
	while (wm__ipc_send(workers[1].master_end, WM__IPC_BEGIN, NULL, NULL,
		   -1) == 0)
		;
	client_ask(&clients[0], "connections");
	assert_true(takes(&workers[2]));
	says(&workers[2], ".\n");
	assert_non_null(
	    strstr(told(&clients[0]), "ROW missing pid=100 worker=echo"));
	assert_non_null(strstr(clients[0].got.data,
	    MISSING("101", "echo", "1", "does%20not%20answer")));
	assert_non_null(strstr(clients[0].got.data, "END 0 \n"));
}

/* Runs the loop until the client's answer has ended. */
static void
wait_for_end(struct client *c)
{
	int64_t until = wm__clock_ms() + 20000;

	while (strstr(told(c), "\nEND ") == NULL)
		assert_true(wm__clock_ms() < until);
}

static void
names_the_silent_after_a_second_and_asks_them_no_more(void **state)
{
	int64_t began = wm__clock_ms();

	(void)state;
	client_ask(&clients[0], "connections close=5");
	assert_true(takes(&workers[1]));
	says(&workers[1], ".\n");
	assert_true(takes(&workers[2]));
	says(&workers[2], " id=5\n"); /* and no more */
	wait_for_end(&clients[0]);
	assert_true(wm__clock_ms() - began >= WM__LISTING_MS - 50);
	assert_non_null(strstr(clients[0].got.data,
	    MISSING("100", "echo", "0", "does%20not%20answer")));
	assert_non_null(strstr(clients[0].got.data,
	    MISSING("102", "chat", "0", "stopped%20in%20the%20middle")));

	/* Now it is known to be deaf: no time is lost, nothing piles up. */
	began = wm__clock_ms();
	client_ask(&clients[1], "connections");
	for (int i = 1; i < WORKERS; i++) {
		assert_true(takes(&workers[i]));
		says(&workers[i], ".\n");
	}
	wait_for_end(&clients[1]);
	assert_string_equal(told(&clients[1]),
	    "PROGRESS asking\n" MISSING("100", "echo", "0",
		"does%20not%20answer") "END 0 \n");
	assert_true(wm__clock_ms() - began < WM__LISTING_MS);

	/* It wakes up, and finds that the question was given up. */
	assert_true(takes(&workers[0]));
	assert_int_equal(workers[0].question.u.connections.close, 5);
	assert_int_equal(recv(workers[0].stream, &(char){ 0 }, 1, MSG_DONTWAIT),
	    0);
	wm__fd_close(&workers[0].stream);
	assert_false(takes(&workers[0]));
	turn();
	client_ask(&clients[2], "connections");
	all_take();
}

static void
a_client_that_leaves_ends_it(void **state)
{
	(void)state;
	client_ask(&clients[0], "connections");
	assert_true(takes(&workers[0]));
	assert_true(says(&workers[0], " id=1\n"));
	wm__fd_close(&clients[0].fd);
	turn();
	assert_false(says(&workers[0], " id=2\n"));

	/* who had not come to the question finds that it was given up, and is
	   asked by the next one all the same */
	client_ask(&clients[1], "connections");
	for (int i = 1; i < WORKERS; i++) {
		assert_true(takes(&workers[i]));
		assert_int_equal(recv(workers[i].stream, &(char){ 0 }, 1,
				     MSG_DONTWAIT),
		    0);
	}
	for (int i = 0; i < WORKERS; i++) {
		assert_true(takes(&workers[i]));
		says(&workers[i], ".\n");
	}
	assert_string_equal(told(&clients[1]), "PROGRESS asking\nEND 0 \n");
}

static void
many_that_leave_do_not_pile_up(void **state)
{
	size_t questions = 0;

	(void)state;
	for (int i = 0; i < 50; i++) {
		client_ask(&clients[0], "connections filter=worker%3Dchat");
		wm__fd_close(&clients[0].fd);
		turn();
	}
	client_ask(&clients[0], "connections filter=worker%3Dchat");
	assert_string_equal(told(&clients[0]),
	    "PROGRESS asking\n" MISSING("102", "chat", "0",
		"does%20not%20answer") "END 0 \n");
	while (takes(&workers[2]))
		questions++;
	assert_int_equal(questions, 8);
}

static void
a_slow_client_holds_the_workers_back(void **state)
{
	static char row[1500];
	size_t sent = 0, got;

	(void)state;
	memset(row, 'a', sizeof(row) - 1);
	row[0] = ' ';
	row[sizeof(row) - 2] = '\n';
	client_ask(&clients[0], "connections filter=worker%3Dchat");
	assert_true(takes(&workers[2]));
	wm__fd_set_nonblock(workers[2].stream);
	while (sent < (64u << 20) && says(&workers[2], row))
		sent += sizeof(row) - 1;
	/* what sockets hold, 256 KiB and a little more */
	assert_true(sent > (100u << 10) && sent < (4u << 20));
	client_read(&clients[0]);
	assert_true(clients[0].got.len > 0 && !clients[0].closed);
	while (!says(&workers[2], ".\n"))
		client_read(&clients[0]);
	wait_for_end(&clients[0]);
	got = clients[0].got.len;
	assert_true(
	    got > sent && strstr(clients[0].got.data, "missing") == NULL);
}

static void
several_ask_at_once_but_not_too_many(void **state)
{
	int refused = 0;

	(void)state;
	for (int i = 0; i < CLIENTS; i++)
		client_ask(&clients[i], "connections filter=worker%3Dchat");
	for (int i = 0; i < CLIENTS; i++)
		refused += strcmp(told(&clients[i]),
			       "END 1 too many ask for connections at "
			       "once\n") == 0;
	assert_int_equal(refused, CLIENTS - 8);
	for (int i = 0; i < CLIENTS - refused; i++) {
		assert_true(takes(&workers[2]));
		says(&workers[2], " id=1\n.\n");
	}
	for (int i = 0; i < CLIENTS; i++)
		if (clients[i].got.data[0] == 'P')
			assert_string_equal(told(&clients[i]),
			    "PROGRESS asking\n" ROW("102", "chat",
				"0") " id=1\nEND 0 \n");
	/* there is room again */
	wm__fd_close(&clients[0].fd);
	clients[0].got.len = 0;
	client_ask(&clients[0], "connections");
	assert_string_equal(told(&clients[0]), "PROGRESS asking\n");
}

static void
the_end_of_the_master_ends_it(void **state)
{
	(void)state;
	client_ask(&clients[0], "connections");
	assert_true(takes(&workers[0]));
	says(&workers[0], " id=1\n");
	/* tear_down() frees the server first */
}

#define MASTER_TEST(name)                                                      \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MASTER_TEST(passes_on_what_all_say),
		MASTER_TEST(asks_only_those_that_the_filter_means),
		MASTER_TEST(refuses_a_bad_filter),
		MASTER_TEST(who_has_not_begun_has_no_connections),
		MASTER_TEST(a_close_must_find_its_connection),
		MASTER_TEST(names_who_talks_nonsense_or_breaks_off),
		MASTER_TEST(a_message_that_cannot_be_sent_is_no_answer),
		MASTER_TEST(
		    names_the_silent_after_a_second_and_asks_them_no_more),
		MASTER_TEST(a_client_that_leaves_ends_it),
		MASTER_TEST(many_that_leave_do_not_pile_up),
		MASTER_TEST(a_slow_client_holds_the_workers_back),
		MASTER_TEST(several_ask_at_once_but_not_too_many),
		MASTER_TEST(the_end_of_the_master_ends_it),
	};

	return UNIT_RUN(tests);
}
