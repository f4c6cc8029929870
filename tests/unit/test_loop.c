/* SPDX-License-Identifier: MIT */
#include <sys/socket.h>

#include <signal.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/net/loop.h"
#include "tests/support/unit.h"

static struct wm__loop *loop;
static unsigned turns, calls;
static unsigned stop_after; /* turns */

static void
count_turn(void *arg)
{
	(void)arg;
	if (++turns == stop_after)
		wm__loop_stop(loop);
}

static void
set_up(const char *backend)
{
	const char *error = NULL;

	turns = calls = 0;
	stop_after = 1;
	if (wm__loop_new(&loop, backend, &error) < 0)
		fail_msg("%s", error);
	wm__loop_set_hook(loop, count_turn, NULL);
}

static void
runs_on_every_back_end_that_it_names(void **state)
{
	static const char *const names[] = { "epoll", "poll", "select" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		set_up(names[i]);
		assert_string_equal(wm__loop_backend(loop), names[i]);
		assert_int_equal(wm__loop_max_fd(loop) > 0,
		    strcmp(names[i], "select") == 0);
		wm__loop_again(loop);
		assert_int_equal(wm__loop_run(loop), 0);
		wm__loop_free(&loop);
		assert_null(loop);
	}
}

static void
names_its_back_ends(void **state)
{
	char names[64], few[8];

	(void)state;
	assert_string_equal(wm__loop_backends(names, sizeof(names)),
	    "epoll poll select");
	wm__loop_backends(few, sizeof(few));
	assert_true(strlen(few) < sizeof(few));
}

static void
refuses_a_back_end_that_it_does_not_know(void **state)
{
	struct wm__loop *none = NULL;
	const char *error = NULL;

	(void)state;
	assert_int_equal(wm__loop_new(&none, "carousel", &error),
	    WM_E_UNSUPPORTED);
	assert_non_null(error);
	assert_null(none);
	wm__loop_free(&none);
}

static void
takes_the_systems_best_without_a_name(void **state)
{
	(void)state;
	set_up("");
	assert_true(strlen(wm__loop_backend(loop)) > 0);
	wm__loop_free(&loop);
}

static void
ends_when_it_was_stopped_before_it_ran(void **state)
{
	(void)state;
	set_up(NULL);
	stop_after = 0;
	wm__loop_stop(loop);
	assert_int_equal(wm__loop_run(loop), 0);
	assert_true(turns <= 1);
	stop_after = turns + 1;
	wm__loop_again(loop);
	assert_int_equal(wm__loop_run(loop), 0);
	assert_int_equal(turns, stop_after);
	wm__loop_free(&loop);
}

static void
ask_again(void *arg)
{
	calls++;
	wm__loop_again(arg);
}

static void
does_not_turn_once_more_for_what_a_callback_asks(void **state)
{
	struct wm__timer *timer, *late;

	(void)state;
	set_up(NULL);
	timer = wm__timer_new(loop, ask_again, loop);
	late = wm__timer_new(loop, ask_again, loop);
	wm__timer_start(timer, 0);
	wm__timer_start(late, 30);
	stop_after = 2;
	assert_int_equal(wm__loop_run(loop), 0);
	assert_int_equal(calls, 2); /* no turn between the two */
	wm__timer_free(&timer);
	wm__timer_free(&late);
	wm__loop_free(&loop);
}

static void
read_all(int fd, unsigned what, void *arg)
{
	char data[8];

	assert_int_equal(what, WM__READ);
	assert_true(read(fd, data, sizeof(data)) > 0);
	calls++;
	wm__io_free(arg); /* its own */
}

static void
lets_a_descriptor_be_freed_in_its_callback(void **state)
{
	struct wm__io *io;
	int pair[2];

	(void)state;
	set_up(NULL);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	io = wm__io_new(loop, pair[0], read_all, &io);
	assert_int_equal(wm__io_fd(io), pair[0]);
	assert_int_equal(wm__io_watch(io, WM__READ), 0);
	assert_int_equal(wm__io_watch(io, WM__READ), 0);
	assert_int_equal(write(pair[1], "x", 1), 1);
	wm__loop_run(loop);
	assert_int_equal(calls, 1);
	assert_null(io);
	close(pair[0]);
	close(pair[1]);
	wm__loop_free(&loop);
}

static void
count_io(int fd, unsigned what, void *arg)
{
	(void)fd, (void)what, (void)arg;
	calls += 100;
}

static void
watches_only_what_it_is_told(void **state)
{
	struct wm__timer *timer;
	struct wm__io *io;
	int pair[2];

	(void)state;
	set_up(NULL);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	io = wm__io_new(loop, pair[0], count_io, NULL);
	wm__io_watch(io, WM__READ | WM__WRITE);
	wm__io_watch(io, WM__READ);
	timer = wm__timer_new(loop, ask_again, loop);
	wm__timer_start(timer, 10);
	wm__loop_run(loop);
	assert_int_equal(calls, 1); /* the timer's */
	wm__io_free(&io);
	wm__timer_free(&timer);
	close(pair[0]);
	close(pair[1]);
	wm__loop_free(&loop);
}

static void
count_call(void *arg)
{
	(void)arg;
	calls++;
}

static void
replaces_and_stops_timers(void **state)
{
	struct wm__timer *timer, *stopped, *far;

	(void)state;
	set_up(NULL);
	timer = wm__timer_new(loop, count_call, NULL);
	stopped = wm__timer_new(loop, count_call, NULL);
	far = wm__timer_new(loop, count_call, NULL);
	wm__timer_start(timer, 1000000);
	wm__timer_start(timer, 20);
	wm__timer_start(stopped, 1);
	wm__timer_stop(stopped);
	wm__timer_start(far, UINT64_MAX);
	wm__loop_run(loop);
	assert_int_equal(calls, 1);
	wm__timer_free(&timer);
	wm__timer_free(&stopped);
	wm__timer_free(&far);
	wm__loop_free(&loop);
}

static void
count_signal(int signo, void *arg)
{
	(void)arg;
	assert_int_equal(signo, SIGUSR1);
	calls++;
}

static void
delivers_signals_in_the_loop(void **state)
{
	struct wm__signal *sig;

	(void)state;
	set_up(NULL);
	sig = wm__signal_new(loop, SIGUSR1, count_signal, NULL);
	assert_non_null(sig);
	raise(SIGUSR1);
	assert_int_equal(calls, 0);
	wm__loop_run(loop);
	assert_int_equal(calls, 1);
	wm__signal_free(&sig);
	assert_null(sig);
	wm__loop_free(&loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_on_every_back_end_that_it_names),
		cmocka_unit_test(names_its_back_ends),
		cmocka_unit_test(refuses_a_back_end_that_it_does_not_know),
		cmocka_unit_test(takes_the_systems_best_without_a_name),
		cmocka_unit_test(ends_when_it_was_stopped_before_it_ran),
		cmocka_unit_test(
		    does_not_turn_once_more_for_what_a_callback_asks),
		cmocka_unit_test(lets_a_descriptor_be_freed_in_its_callback),
		cmocka_unit_test(watches_only_what_it_is_told),
		cmocka_unit_test(replaces_and_stops_timers),
		cmocka_unit_test(delivers_signals_in_the_loop),
	};

	return UNIT_RUN(tests);
}
