/* SPDX-License-Identifier: MIT */
/* What is published, and who dies, while connections move: handover.c and
   take.c. */
#include "tests/support/two_workers.h"

static void
all_move_with_what_they_are(void **state)
{
	(void)state;
	while (n_clients < SOME)
		visit();
	turn(&old);
	link_them();
	settle();
	assert_int_equal(old.proc.conns.count, 0);
	assert_int_equal(new.proc.conns.count, SOME);
	assert_int_equal(thawed, SOME);
	for (unsigned i = 0; i < SOME; i++) {
		assert_non_null(there(i));
		assert_int_equal(*(uint32_t *)wm_conn_data(there(i)), i);
	}
	assert_int_equal(closed, 0);
	assert_int_equal(moved, SOME);
	assert_int_equal(stayed, 0);
	assert_int_equal(yielded, 1);
	assert_int_equal(send(clients[SOME - 1], "hi\n", 3, 0), 3);
	turn(&new);
	turn(&new);
	assert_string_equal(heard(SOME - 1), "hi\n");
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
let_the_old_one_read(void *arg)
{
	(void)arg;
	turn(&old);
}

static void
count_it(struct wm_proc *p, const char *topic, const void *data, size_t len,
    void *arg)
{
	(void)p, (void)topic, (void)data, (void)len;
	++*(unsigned *)arg;
}

static void
an_answer_that_leaves_with_a_message_is_an_answer(void **state)
{
	static unsigned arrived;
	unsigned said = 0;
	const struct wm__ipc_link ipc = { .moves = 1, .waits = 1 };
	static char text[60000];
	struct wm__timer *timer;
	int pair[2];

	(void)state;
	assert_int_equal(wm__fd_stream_pair(pair), 0);
	wm__handover_give(old.handover, pair[1], &ipc);
	wm__handover_take(new.handover, pair[0], &ipc);
	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < 20; i++) /* more than the stream holds */
		assert_int_equal(wm_publish(&new.proc, "u", text, sizeof(text),
				     0),
		    0);
	turn(&new);
	turn(&new);
	assert_non_null(there(0));
	assert_true(there(0)->asleep); /* its answer waits */
	timer = wm__timer_new(new.proc.loop, let_the_old_one_read, NULL);
	assert_int_equal(wm_channel_listen(&old.proc, "t", count_it, &arrived),
	    0);
	while (said < 100 && (said == 0 || arrived < said)) {
		wm__timer_start(timer, 0);
		publish(&new, "1");
		said++;
		turn(&new); /* which sends behind what the old one read */
		turn(&old);
	}
	turn(&new);
	assert_int_equal(arrived, said);
	assert_false(there(0)->asleep);
	wm__timer_free(&timer);
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
		HANDOVER_TEST(
		    an_answer_that_leaves_with_a_message_is_an_answer),
		HANDOVER_TEST(a_refused_one_has_missed_nothing),
		HANDOVER_TEST(
		    the_death_of_the_taker_loses_nothing_it_had_not_answered),
		HANDOVER_TEST(
		    the_death_of_the_giver_loses_nothing_that_was_sent),
	};

	wm__log_set_level(WM_LOG_ERROR + 1);
	return UNIT_RUN(tests);
}
