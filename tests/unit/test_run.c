/* SPDX-License-Identifier: MIT */
/* A worker's life: begin, serve, leave. */
#include <sys/socket.h>

#include <netinet/in.h>
#include <unistd.h>

#include <workerman/channel.h>
#include <workerman/timer.h>

#include "framework/base/log.h"
#include "framework/net/address.h"
#include "framework/net/listener.h"
#include "framework/worker/run.h"
#include "tests/support/unit.h"

static struct wm__worker worker;
static struct wm_buf story; /* one letter per callback */
static int client;
static bool graceful;
static uint32_t patience;
static const char *words; /* that the client sends at once */

static void
tell(const char *letter)
{
	wm_buf_puts(&story, letter);
}

static int
on_start(struct wm_proc *p)
{
	(void)p;
	tell("s");
	return 0;
}

static void
on_stop(struct wm_proc *p)
{
	(void)p;
	tell("S");
}

static void
on_connect(struct wm_conn *c)
{
	(void)c;
	tell("c");
}

static void
leave(struct wm_proc *p, void *arg)
{
	(void)p, (void)arg;
	tell("L");
	wm__worker_leave(&worker, graceful, patience);
}

static void
on_message(struct wm_conn *c, const struct wm_msg *m)
{
	tell("m");
	wm_conn_send(c, m->data, m->len);
	if (m->len == 5)
		wm_timer_once(wm_conn_proc(c), 0, leave, NULL);
}

static void
on_close(struct wm_conn *c, enum wm_close_reason reason)
{
	tell(reason == WM_CLOSE_SHUTDOWN ? "x" : "p");
	/* the channel is still there */
	assert_int_equal(wm_publish(wm_conn_proc(c), "t", "x", 1, 0), 0);
}

static const struct wm_worker rows[] = {
	{ .name = "w",
	    .listen = "text://127.0.0.1:0",
	    .on_worker_start = on_start,
	    .on_worker_stop = on_stop,
	    .on_connect = on_connect,
	    .on_message = on_message,
	    .on_close = on_close },
	{ .name = NULL },
};

static const struct wm_app app = { .name = "test", .workers = rows };

static void
open_listener(void)
{
	struct wm__url url;
	const char *why = "";
	char error[512];
	int fd;

	assert_int_equal(wm__url_parse(rows[0].listen, &url, &why), 0);
	assert_int_equal(wm__listen(&url, 16, 1, &fd, error, sizeof(error)), 0);
	assert_int_equal(wm__worker_listen(&worker, 0, rows[0].listen, fd, 0,
			     &why),
	    0);
	client = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(client, (struct sockaddr *)&url.address,
			     url.address_len),
	    0);
	assert_int_equal(send(client, words, strlen(words), 0), strlen(words));
}

/* Serves one client to the end; the story in letters. */
static const char *
serve(void)
{
	const char *why = "";

	wm_buf_fini(&story);
	assert_int_equal(wm__worker_init(&worker, &app, &rows[0], NULL, &why),
	    0);
	open_listener();
	assert_int_equal(wm__worker_begin(&worker), 0);
	wm__listener_accept(&worker.proc);
	wm__worker_serve(&worker);
	wm__worker_fini(&worker);
	close(client);
	wm_buf_put(&story, "", 1);
	return story.data;
}

static void
ends_idle_connections_and_then_itself(void **state)
{
	(void)state;
	words = "leave\n";
	graceful = false;
	patience = 60000;
	assert_string_equal(serve(), "scmLxS");
	wm_buf_fini(&story);
}

static void
ends_what_stays_before_its_last_callback(void **state)
{
	(void)state;
	words = "leave\nhalf a line";
	graceful = false;
	patience = 20;
	assert_string_equal(serve(), "scmLxS");
	graceful = true;
	words = "leave\n";
	assert_string_equal(serve(), "scmLxS");
	wm_buf_fini(&story);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_idle_connections_and_then_itself),
		cmocka_unit_test(ends_what_stays_before_its_last_callback),
	};

	wm__log_set_level(WM_LOG_ERROR + 1);
	return UNIT_RUN(tests);
}
