/* SPDX-License-Identifier: MIT */
/*
 * Two workers of this very process, of which one gives its connections to the
 * other, a turn of one loop at a time: so that every order of events can be
 * had. For the tests of handover.c, give.c and take.c.
 */
#ifndef TESTS_SUPPORT_TWO_WORKERS_H
#define TESTS_SUPPORT_TWO_WORKERS_H

#include <sys/socket.h>

#include <netinet/in.h>
#include <unistd.h>

#include <workerman/channel.h>

#include "framework/base/fd.h"
#include "framework/base/log.h"
#include "framework/channel/channel.h"
#include "framework/net/address.h"
#include "framework/net/conn.h"
#include "framework/net/listener.h"
#include "framework/worker/handover.h"
#include "framework/worker/run.h"
#include "framework/worker/stream.h"
#include "tests/support/unit.h"

#define SOME    100 /* two batches */
#define CLIENTS 400 /* more than are unanswered at once */

static struct wm__worker old, new;
static struct wm_conn *first; /* in the old one */
static uint64_t ids[CLIENTS];
static int clients[CLIENTS];
static unsigned n_clients, closed, thawed, yielded, moved, stayed;
static bool refuses, huge;
static void (*in_freeze)(struct wm_conn *c);

/* ---- the application ---- */

static inline int
on_freeze(struct wm_conn *c, struct wm_freezer *f)
{
	wm_freeze_number(f, *(uint32_t *)wm_conn_data(c));
	if (huge) {
		char *blob = calloc(1, WM__STREAM_FRAME);

		wm_freeze_bytes(f, blob, WM__STREAM_FRAME);
		free(blob);
	}
	if (in_freeze != NULL)
		in_freeze(c);
	return 0;
}

static inline int
on_thaw(struct wm_conn *c, struct wm_thawer *t)
{
	*(uint32_t *)wm_conn_data(c) = (uint32_t)wm_thaw_number(t);
	thawed++;
	return refuses ? -1 : 0;
}

static inline void
on_moved(struct wm_conn *c, bool has_moved)
{
	assert_ptr_not_equal(wm_conn_proc(c), &new.proc);
	if (has_moved)
		moved++;
	else
		stayed++;
}

static inline void
on_close(struct wm_conn *c, enum wm_close_reason reason)
{
	(void)c, (void)reason;
	closed++;
}

static inline void
on_message(struct wm_conn *c, const struct wm_msg *m)
{
	wm_conn_send_msg(c, m);
}

static const struct wm_worker rows[] = {
	{ .name = "w",
	    .listen = "text://127.0.0.1:0",
	    .conn_data_size = sizeof(uint32_t),
	    .on_freeze = on_freeze,
	    .on_thaw = on_thaw,
	    .on_moved = on_moved,
	    .on_message = on_message,
	    .on_close = on_close },
	{ .name = NULL },
};

static const struct wm_app app = { .name = "test", .workers = rows };

/* ---- two workers ---- */

static inline void
on_yielded(void *arg)
{
	(void)arg;
	yielded++;
}

static inline void
stop(void *arg)
{
	wm__loop_stop(((struct wm__worker *)arg)->proc.loop);
}

/* One turn, which does not wait. */
static inline void
turn(struct wm__worker *w)
{
	struct wm__timer *now = wm__timer_new(w->proc.loop, stop, w);

	wm__timer_start(now, 0);
	assert_int_equal(wm__loop_run(w->proc.loop), 0);
	wm__timer_free(&now);
}

static inline void
begin(struct wm__worker *w, const char *url, int listener, uint32_t number)
{
	const char *why = "";

	assert_int_equal(wm__worker_init(w, &app, &rows[0], NULL, &why), 0);
	w->proc.incarnation = number;
	w->handover = wm__handover_new(w, on_yielded, w);
	assert_non_null(w->handover);
	assert_int_equal(wm__worker_listen(w, 0, url, dup(listener), 0, &why),
	    0);
}

static inline void
end(struct wm__worker *w)
{
	if (w->handover != NULL)
		wm__handover_settle(w->handover);
	wm__handover_free(&w->handover);
	wm__worker_fini(w);
}

static inline struct wm_conn *
visit_at(struct wm__worker *w)
{
	struct wm_conn *c;
	int pair[2];

	assert_int_equal(wm__fd_stream_pair(pair), 0);
	c = wm__conn_new(w->services[0], pair[0], NULL);
	assert_non_null(c);
	clients[n_clients] = pair[1];
	*(uint32_t *)wm_conn_data(c) = n_clients;
	ids[n_clients++] = wm_conn_id(c);
	return c;
}

static inline struct wm_conn *
visit(void)
{
	return visit_at(&old);
}

/* Both workers, and a connection in the old one that hears "t". */
static inline int
set_up(void **state)
{
	struct wm__url url;
	const char *why = "";
	char text[128];
	int fd;

	(void)state;
	n_clients = closed = thawed = yielded = moved = stayed = 0;
	refuses = huge = false;
	in_freeze = NULL;
	assert_int_equal(wm__url_parse(rows[0].listen, &url, &why), 0);
	assert_int_equal(wm__listen(&url, 16, 1, &fd, text, sizeof(text)), 0);
	wm__url_format(&url, text, sizeof(text));
	begin(&old, text, fd, 1);
	begin(&new, text, fd, 2);
	close(fd);
	first = visit();
	assert_int_equal(wm_subscribe(first, "t"), 0);
	turn(&old);
	return 0;
}

static inline int
tear_down(void **state)
{
	(void)state;
	end(&old);
	end(&new);
	for (unsigned i = 0; i < n_clients; i++)
		close(clients[i]);
	return 0;
}

/* What the master says; the old one has then given, unless it is busy. */
static inline void
link_two(struct wm__worker *from, struct wm__worker *to)
{
	const struct wm__ipc_link ipc = { .moves = 1, .waits = 1 };
	int pair[2];

	assert_int_equal(wm__fd_stream_pair(pair), 0);
	wm__handover_take(to->handover, pair[0], &ipc);
	wm__handover_accept(to->handover);
	wm__handover_give(from->handover, pair[1], &ipc);
}

static inline void
link_them(void)
{
	link_two(&old, &new);
}

static inline void
settle(void)
{
	for (int i = 0; i < 6; i++) {
		turn(&new);
		turn(&old);
	}
	turn(&new);
}

static inline void
publish(struct wm__worker *w, const char *text)
{
	assert_int_equal(wm_publish(&w->proc, "t", text, strlen(text), 0), 0);
}

static inline const char *
heard(unsigned client)
{
	static char text[4096];
	ssize_t n = recv(clients[client], text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static inline struct wm_conn *
there(unsigned client)
{
	return wm_conn_find(&new.proc, ids[client]);
}

static inline struct wm_conn *
here(unsigned client)
{
	return wm_conn_find(&old.proc, ids[client]);
}

#define HANDOVER_TEST(name)                                                    \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
