/* SPDX-License-Identifier: MIT */
/* Who goes, when, and who stays: give.c. */
#include <sys/resource.h>

#include <fcntl.h>

#include "tests/support/two_workers.h"

static void
only_so_many_are_unanswered_and_the_rest_is_served(void **state)
{
	unsigned gone = 0, there_soon = 0, here_still = 0;

	(void)state;
	while (n_clients < CLIENTS)
		visit();
	turn(&old);
	link_them();
	for (unsigned i = 0; i < CLIENTS; i++) {
		gone += here(i)->moving;
		if (here(i)->moving)
			there_soon = i;
		else
			here_still = i;
	}
	assert_int_equal(gone, WM__HANDOVER_BATCH * WM__HANDOVER_WINDOW);
	assert_int_equal(send(clients[there_soon], "0\n", 2, 0), 2);
	assert_int_equal(send(clients[here_still], "1\n", 2, 0), 2);
	turn(&old);
	turn(&old);
	assert_string_equal(heard(there_soon), "");
	assert_string_equal(heard(here_still), "1\n");
	for (int i = 0; i < 20 && old.proc.conns.count > 0; i++)
		settle();
	assert_int_equal(new.proc.conns.count, CLIENTS);
	assert_string_equal(heard(there_soon), "0\n");
}

/* Room for `more` descriptors. */
static void
bound_descriptors(struct rlimit *before, int more)
{
	struct rlimit now;
	int fd = 0;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, before), 0);
	for (; more > 0; fd++)
		more -= fcntl(fd, F_GETFD) < 0;
	now = *before;
	now.rlim_cur = (rlim_t)fd;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
}

static void
those_whose_descriptors_do_not_fit_stay_and_drain(void **state)
{
	struct rlimit limit;
	unsigned kept = 0, ended = 0;
	char byte;

	(void)state;
	while (n_clients < SOME)
		visit();
	turn(&old);
	link_them();
	bound_descriptors(&limit, WM__HANDOVER_BATCH + 10);
	settle(); /* room for the first batch, not for the next one */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(new.proc.conns.count, WM__HANDOVER_BATCH);
	assert_int_equal(old.proc.conns.count, SOME - WM__HANDOVER_BATCH);
	assert_int_equal(closed, 0);
	while (kept < SOME && here(kept) == NULL)
		kept++;
	assert_int_equal(send(clients[kept], "on\n", 3, 0), 3);
	settle();
	assert_string_equal(heard(kept), "on\n");
	assert_true(here(kept)->stays);
	wm__worker_yield(&old, 10000, 0);
	settle();
	for (unsigned i = 0; i < SOME; i++)
		ended += recv(clients[i], &byte, 1, MSG_DONTWAIT) == 0;
	assert_int_equal(ended, SOME - WM__HANDOVER_BATCH);
}

static void
what_is_too_big_for_a_frame_stays(void **state)
{
	(void)state;
	huge = true;
	link_them();
	settle();
	assert_int_equal(thawed, 0);
	assert_true(here(0)->stays);
	assert_int_equal(send(clients[0], "on\n", 3, 0), 3);
	settle();
	assert_string_equal(heard(0), "on\n");
}

static void
one_whose_peer_has_ended_gets_all_and_ends_there(void **state)
{
	static char text[60000];
	size_t got = 0;
	ssize_t n;

	(void)state;
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 15; i++) /* more than the socket holds */
		assert_true(wm_conn_send(first, text, sizeof(text)) >= 0);
	assert_int_equal(shutdown(clients[0], SHUT_WR), 0);
	turn(&old);
	turn(&old);
	assert_true(first->eof);
	link_them();
	settle();
	assert_non_null(there(0));
	while ((n = recv(clients[0], text, sizeof(text), MSG_DONTWAIT)) != 0) {
		if (n > 0)
			got += (size_t)n;
		turn(&new);
	}
	assert_int_equal(got, 15 * (sizeof(text) + 1));
	settle();
	assert_null(there(0));
	assert_int_equal(closed, 1);
}

static void
the_next_taker_may_come_before_the_death_is_heard_of(void **state)
{
	(void)state;
	link_them();
	wm__handover_free(&new.handover);
	new.handover = wm__handover_new(&new, on_yielded, &new);
	link_them(); /* the old one was busy meanwhile */
	for (int i = 0; i < 10000 && there(0) == NULL; i++) {
		turn(&old);
		turn(&new);
		usleep(100);
	}
	assert_non_null(there(0));
	settle();
	assert_false(old.proc.handing);
	assert_int_equal(closed, 0);
	publish(&new, "1");
	settle();
	assert_string_equal(heard(0), "1\n");
}

static void
one_that_arrives_while_the_others_leave_follows_them(void **state)
{
	struct wm__worker older;
	char url[128];

	(void)state;
	wm__url_format(&old.services[0]->url, url, sizeof(url));
	begin(&older, url, clients[0], 3);
	visit_at(&older);
	turn(&older);
	link_two(&older, &old);
	link_two(&old, &new); /* which has the first one only */
	turn(&old);           /* takes the other one */
	turn(&older);         /* has no more */
	turn(&old);
	for (int i = 0; i < 1000 && there(1) == NULL; i++) {
		settle();
		usleep(1000);
	}
	assert_non_null(there(0));
	assert_non_null(there(1));
	end(&older);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HANDOVER_TEST(
		    only_so_many_are_unanswered_and_the_rest_is_served),
		HANDOVER_TEST(
		    those_whose_descriptors_do_not_fit_stay_and_drain),
		HANDOVER_TEST(what_is_too_big_for_a_frame_stays),
		HANDOVER_TEST(one_whose_peer_has_ended_gets_all_and_ends_there),
		HANDOVER_TEST(
		    the_next_taker_may_come_before_the_death_is_heard_of),
		HANDOVER_TEST(
		    one_that_arrives_while_the_others_leave_follows_them),
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
