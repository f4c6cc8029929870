/* SPDX-License-Identifier: MIT */
/*
 * Giving and taking between two workers of this very process, a turn of one
 * loop at a time: so that every order of events can be had. handover.c,
 * give.c and take.c.
 */
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
#include "tests/support/unit.h"

#define CLIENTS 100 /* two batches */

static struct wm__worker old, new;
static struct wm_conn *first; /* in the old one */
static uint64_t ids[CLIENTS];
static int clients[CLIENTS];
static unsigned n_clients, closed, thawed, yielded, moved, stayed;
static bool refuses;
static void (*in_freeze)(struct wm_conn *c);

/* ---- the application ---- */

static int
on_freeze(struct wm_conn *c, struct wm_freezer *f)
{
	wm_freeze_number(f, *(uint32_t *)wm_conn_data(c));
	if (in_freeze != NULL)
		in_freeze(c);
	return 0;
}

static int
on_thaw(struct wm_conn *c, struct wm_thawer *t)
{
	*(uint32_t *)wm_conn_data(c) = (uint32_t)wm_thaw_number(t);
	thawed++;
	return refuses ? -1 : 0;
}

static void
on_moved(struct wm_conn *c, bool has_moved)
{
	assert_ptr_equal(wm_conn_proc(c), &old.proc);
	if (has_moved)
		moved++;
	else
		stayed++;
}

static void
on_close(struct wm_conn *c, enum wm_close_reason reason)
{
	(void)c, (void)reason;
	closed++;
}

static void
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

static void
on_yielded(void *arg)
{
	(void)arg;
	yielded++;
}

static void
stop(void *arg)
{
	wm__loop_stop(((struct wm__worker *)arg)->proc.loop);
}

/* One turn, which does not wait. */
static void
turn(struct wm__worker *w)
{
	struct wm__timer *now = wm__timer_new(w->proc.loop, stop, w);

	wm__timer_start(now, 0);
	assert_int_equal(wm__loop_run(w->proc.loop), 0);
	wm__timer_free(&now);
}

static void
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

static void
end(struct wm__worker *w)
{
	if (w->handover != NULL)
		wm__handover_settle(w->handover);
	wm__handover_free(&w->handover);
	wm__worker_fini(w);
}

static struct wm_conn *
visit(void)
{
	struct wm_conn *c;
	int pair[2];

	assert_int_equal(wm__fd_stream_pair(pair), 0);
	c = wm__conn_new(old.services[0], pair[0], NULL);
	assert_non_null(c);
	clients[n_clients] = pair[1];
	*(uint32_t *)wm_conn_data(c) = n_clients;
	ids[n_clients++] = wm_conn_id(c);
	return c;
}

/* Both workers, and a connection in the old one that hears "t". */
static int
set_up(void **state)
{
	struct wm__url url;
	const char *why = "";
	char text[128];
	int fd;

	(void)state;
	n_clients = closed = thawed = yielded = moved = stayed = 0;
	refuses = false;
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

static int
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
static void
link_them(void)
{
	const struct wm__ipc_link ipc = { .moves = 1, .waits = 1 };
	int pair[2];

	assert_int_equal(wm__fd_stream_pair(pair), 0);
	wm__handover_take(new.handover, pair[0], &ipc);
	wm__handover_accept(new.handover);
	wm__handover_give(old.handover, pair[1], &ipc);
}

static void
settle(void)
{
	for (int i = 0; i < 6; i++) {
		turn(&new);
		turn(&old);
	}
	turn(&new);
}

static void
publish(struct wm__worker *w, const char *text)
{
	assert_int_equal(wm_publish(&w->proc, "t", text, strlen(text), 0), 0);
}

static const char *
heard(unsigned client)
{
	static char text[4096];
	ssize_t n = recv(clients[client], text, sizeof(text) - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static struct wm_conn *
there(unsigned client)
{
	return wm_conn_find(&new.proc, ids[client]);
}

static struct wm_conn *
here(unsigned client)
{
	return wm_conn_find(&old.proc, ids[client]);
}

/* ---- tests ---- */

static void
all_move_with_what_they_are(void **state)
{
	(void)state;
	while (n_clients < CLIENTS)
		visit();
	turn(&old);
	link_them();
	settle();
	assert_int_equal(old.proc.conns.count, 0);
	assert_int_equal(new.proc.conns.count, CLIENTS);
	assert_int_equal(thawed, CLIENTS);
	for (unsigned i = 0; i < CLIENTS; i++) {
		assert_non_null(there(i));
		assert_int_equal(*(uint32_t *)wm_conn_data(there(i)), i);
	}
	assert_int_equal(closed, 0);
	assert_int_equal(moved, CLIENTS);
	assert_int_equal(stayed, 0);
	assert_int_equal(yielded, 1);
	assert_int_equal(send(clients[CLIENTS - 1], "hi\n", 3, 0), 3);
	turn(&new);
	turn(&new);
	assert_string_equal(heard(CLIENTS - 1), "hi\n");
}

static void
what_the_giver_says_on_the_way_is_heard_once_and_in_order(void **state)
{
	(void)state;
	publish(&old, "1");
	turn(&old);
	link_them();
	wm_conn_send(first, "2", 1);
	publish(&old, "3");
	wm_conn_send(first, "4", 1);
	settle();
	publish(&new, "5");
	publish(&old, "6");
	settle();
	assert_string_equal(heard(0), "1\n2\n3\n4\n5\n6\n");
}

static void
tell(struct wm_conn *c, void *text)
{
	if (!wm_conn_moving(c))
		wm_conn_send(c, text, strlen(text));
}

static void
on_news(struct wm_proc *p, const char *topic, const void *data, size_t len,
    void *arg)
{
	char text[8];

	(void)topic, (void)arg;
	snprintf(text, sizeof(text), "%.*s", (int)len, (const char *)data);
	wm_proc_each_conn(p, tell, text);
}

static void
what_both_tell_their_connections_is_told_where_it_is(void **state)
{
	(void)state;
	wm_unsubscribe(first, "t");
	wm_channel_listen(&old.proc, "t", on_news, NULL);
	wm_channel_listen(&new.proc, "t", on_news, NULL);
	publish(&old, "1");
	turn(&old);
	assert_false(wm_conn_moving(first));
	link_them();
	assert_true(wm_conn_moving(first));
	publish(&old, "2");
	turn(&new);
	assert_non_null(there(0));
	assert_false(wm_conn_moving(there(0)));
	publish(&old, "3");
	settle();
	publish(&new, "4");
	settle();
	assert_string_equal(heard(0), "1\n2\n3\n4\n");
}

static void
what_the_taker_says_is_heard_once(void **state)
{
	const struct wm__ipc_link ipc = { .moves = 1, .waits = 1 };
	int pair[2];

	(void)state;
	assert_int_equal(wm__fd_stream_pair(pair), 0);
	wm__handover_take(new.handover, pair[0], &ipc);
	publish(&new, "1");
	turn(&new); /* it is in the stream, and the old one will not look */
	wm__handover_give(old.handover, pair[1], &ipc);
	publish(&new, "2");
	turn(&new); /* the connection is there, and missed both */
	publish(&new, "3");
	turn(&new);
	turn(&old);
	settle();
	assert_non_null(there(0));
	assert_string_equal(heard(0), "1\n2\n3\n");
}

static void
one_that_comes_late_has_heard_the_taker_through_the_giver(void **state)
{
	(void)state;
	wm_conn_hold(first); /* it owes an answer */
	turn(&old);
	link_them();
	settle();
	assert_non_null(here(0));
	publish(&new, "1");
	turn(&new);
	turn(&old);
	publish(&new, "2");
	turn(&new);
	wm_conn_release(first);
	for (int i = 0; i < 10000 && there(0) == NULL; i++) {
		turn(&old);
		turn(&new);
		usleep(100); /* it is looked at every 20 ms */
	}
	publish(&new, "3");
	settle();
	assert_non_null(there(0));
	assert_string_equal(heard(0), "1\n2\n3\n");
}

static void
a_refused_one_has_missed_nothing(void **state)
{
	(void)state;
	refuses = true;
	link_them();
	publish(&old, "1");
	wm_conn_send(first, "2", 1);
	publish(&old, "3");
	settle();
	publish(&old, "4");
	publish(&new, "5");
	settle();
	assert_null(there(0));
	assert_ptr_equal(here(0), first);
	assert_true(first->stays);
	assert_string_equal(heard(0), "1\n2\n3\n4\n5\n");
	assert_int_equal(closed, 0);
	assert_int_equal(moved, 0);
	assert_int_equal(stayed, 1);
}

static void
the_death_of_the_taker_loses_nothing_it_had_not_answered(void **state)
{
	(void)state;
	link_them();
	publish(&old, "1");
	wm_conn_send(first, "2", 1);
	wm__handover_free(&new.handover); /* as its end closes the stream */
	turn(&old);
	turn(&old);
	assert_ptr_equal(here(0), first);
	assert_true(old.proc.handing); /* another taker will come */
	assert_int_equal(moved, 0);
	assert_int_equal(stayed, 1);
	assert_string_equal(heard(0), "1\n2\n");
	assert_int_equal(send(clients[0], "on\n", 3, 0), 3);
	turn(&old);
	turn(&old);
	assert_string_equal(heard(0), "on\n");
}

static void
the_death_of_the_giver_loses_nothing_that_was_sent(void **state)
{
	(void)state;
	publish(&old, "1");
	turn(&old);
	link_them();
	/* its descriptors end with it, and nobody is told */
	first->announced = false;
	wm__handover_free(&old.handover);
	wm__proc_end_conns(&old.proc);
	settle();
	assert_non_null(there(0));
	publish(&new, "2");
	settle();
	assert_string_equal(heard(0), "1\n2\n");
	assert_int_equal(closed, 0);
}

static void
what_is_done_to_it_on_the_way_is_done_there(void **state)
{
	(void)state;
	link_them();
	assert_int_equal(wm_subscribe(first, "u"), 0);
	assert_int_equal(wm_unsubscribe(first, "t"), 0);
	wm_conn_pause(first);
	settle();
	assert_non_null(there(0));
	assert_true(there(0)->paused);
	assert_int_equal(wm_channel_count(&new.proc, "u"), 1);
	assert_int_equal(wm_channel_count(&new.proc, "t"), 0);
	assert_int_equal(wm_channel_count(&old.proc, "u"), 0);
}

static void
one_closed_on_the_way_says_its_last_words_and_closes_there(void **state)
{
	char byte;

	(void)state;
	link_them();
	wm_conn_send(first, "bye", 3);
	wm_conn_close(first);
	settle();
	assert_null(here(0));
	assert_string_equal(heard(0), "bye\n");
	assert_int_equal(recv(clients[0], &byte, 1, MSG_DONTWAIT), 0);
	assert_int_equal(shutdown(clients[0], SHUT_WR), 0);
	settle();
	assert_null(there(0));
	assert_int_equal(closed, 1);
}

static void
one_closed_on_the_way_closes_here_when_it_stays(void **state)
{
	(void)state;
	refuses = true;
	link_them();
	wm_conn_close(first);
	settle();
	assert_int_equal(closed, 1);
	assert_null(here(0));
}

/* What another one's on_freeze does to the first, frozen before or not. */
static void
send_to_first(struct wm_conn *c)
{
	if (c != first)
		wm_conn_send(first, "psst", 4);
}

static void
what_another_ones_freezing_sends_is_not_lost(void **state)
{
	(void)state;
	visit();
	turn(&old);
	in_freeze = send_to_first;
	link_them();
	for (int i = 0; i < 1000 && old.proc.conns.count > 0; i++) {
		settle();
		usleep(1000); /* it may have to be looked at again */
	}
	assert_non_null(there(0));
	assert_string_equal(heard(0), "psst\n");
}

static void
close_it(struct wm_conn *c)
{
	wm_conn_close(c);
}

static void
one_that_its_own_freezing_closes_does_not_move(void **state)
{
	(void)state;
	in_freeze = close_it;
	link_them();
	settle();
	assert_int_equal(thawed, 0);
	assert_int_equal(stayed, 1); /* as it was frozen */
	assert_int_equal(closed, 1);
}

static void
a_worker_that_stops_moves_no_more(void **state)
{
	(void)state;
	wm_conn_hold(first);
	turn(&old);
	link_them();
	wm__worker_leave(&old, false, 10000);
	assert_false(old.proc.handing);
	wm_conn_release(first);
	settle();
	assert_null(there(0));
	assert_int_equal(thawed, 0);
}

#define HANDOVER_TEST(name)                                                    \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HANDOVER_TEST(all_move_with_what_they_are),
		HANDOVER_TEST(
		    what_the_giver_says_on_the_way_is_heard_once_and_in_order),
		HANDOVER_TEST(
		    what_both_tell_their_connections_is_told_where_it_is),
		HANDOVER_TEST(what_the_taker_says_is_heard_once),
		HANDOVER_TEST(
		    one_that_comes_late_has_heard_the_taker_through_the_giver),
		HANDOVER_TEST(a_refused_one_has_missed_nothing),
		HANDOVER_TEST(
		    the_death_of_the_taker_loses_nothing_it_had_not_answered),
		HANDOVER_TEST(
		    the_death_of_the_giver_loses_nothing_that_was_sent),
		HANDOVER_TEST(what_is_done_to_it_on_the_way_is_done_there),
		HANDOVER_TEST(
		    one_closed_on_the_way_says_its_last_words_and_closes_there),
		HANDOVER_TEST(one_closed_on_the_way_closes_here_when_it_stays),
		HANDOVER_TEST(what_another_ones_freezing_sends_is_not_lost),
		HANDOVER_TEST(one_that_its_own_freezing_closes_does_not_move),
		HANDOVER_TEST(a_worker_that_stops_moves_no_more),
	};

	wm__log_set_level(WM_LOG_ERROR + 1);
	return UNIT_RUN(tests);
}
