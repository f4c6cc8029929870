/* SPDX-License-Identifier: MIT */
/*
 * The event loop of loop.h on libevent. Knows nothing of connections: what
 * they need beyond events is the turn hook.
 *
 * The loop is driven turn by turn (EVLOOP_ONCE) rather than dispatched, which
 * costs some 40 ns a turn and gives the one place where a turn's output
 * leaves. The epoll changelist is never enabled: with descriptors that live
 * on in other processes it leaves entries that spin for ever.
 */
#include "config.h"

#include <sys/select.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include <workerman/error.h>

#include "framework/net/loop.h"

struct wm__loop {
	struct event_base *base;
	struct event again; /* a timer of 0 s: the next turn is due */
	bool stop;
	bool in_callbacks; /* so the hook will be called anyway */
	void (*hook)(void *);
	void *hook_arg;
};

struct wm__io {
	struct event ev;
	struct wm__loop *loop;
	unsigned what;
	wm__io_fn *fn;
	void *arg;
};

struct wm__timer {
	struct event ev;
	wm__timer_fn *fn;
	void *arg;
};

struct wm__signal {
	struct event ev;
	wm__signal_fn *fn;
	void *arg;
};

static bool
loop_knows(const char *backend)
{
	const char **methods = event_get_supported_methods();

	for (size_t i = 0; methods != NULL && methods[i] != NULL; i++)
		if (strcmp(methods[i], backend) == 0)
			return true;
	return false;
}

char *
wm__loop_backends(char *buf, size_t size)
{
	const char **methods = event_get_supported_methods();
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; methods != NULL && methods[i] != NULL; i++) {
		int n = snprintf(buf + len, size - len, "%s%s",
		    i > 0 ? " " : "", methods[i]);

		if (n < 0 || (size_t)n >= size - len)
			break;
		len += (size_t)n;
	}
	return buf;
}

static struct event_base *
loop_base_new(const char *backend)
{
	const char **methods = event_get_supported_methods();
	struct event_config *config = event_config_new();
	struct event_base *base;

	if (config == NULL)
		return NULL;
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV);
	for (size_t i = 0; backend != NULL && methods[i] != NULL; i++)
		if (strcmp(methods[i], backend) != 0)
			event_config_avoid_method(config, methods[i]);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

static void
loop_again_fire(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
}

int
wm__loop_new(struct wm__loop **loop_r, const char *backend,
    const char **error_r)
{
	struct wm__loop *loop;

	if (backend != NULL && *backend == '\0')
		backend = NULL;
	if (backend != NULL && !loop_knows(backend)) {
		*error_r = "no such event loop here (epoll, kqueue, poll, "
			   "select: what the system has)";
		return WM_E_UNSUPPORTED;
	}
	loop = calloc(1, sizeof(*loop));
	if (loop != NULL)
		loop->base = loop_base_new(backend);
	if (loop == NULL || loop->base == NULL) {
		free(loop);
		*error_r = "the event loop cannot be created";
		return WM_E_SYSTEM;
	}
	event_assign(&loop->again, loop->base, -1, 0, loop_again_fire, NULL);
	*loop_r = loop;
	return 0;
}

void
wm__loop_free(struct wm__loop **loop)
{
	if (*loop == NULL)
		return;
	event_del(&(*loop)->again);
	event_base_free((*loop)->base);
	free(*loop);
	*loop = NULL;
}

int
wm__loop_run(struct wm__loop *loop)
{
	int failed;

	while (!loop->stop) {
		loop->in_callbacks = true;
		failed = event_base_loop(loop->base,
		    EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY);
		loop->in_callbacks = false;
		if (failed < 0)
			return WM_E_SYSTEM;
		if (loop->hook != NULL)
			loop->hook(loop->hook_arg);
	}
	loop->stop = false;
	return 0;
}

void
wm__loop_stop(struct wm__loop *loop)
{
	loop->stop = true;
	wm__loop_again(loop);
}

void
wm__loop_set_hook(struct wm__loop *loop, void (*fn)(void *), void *arg)
{
	loop->hook = fn;
	loop->hook_arg = arg;
}

void
wm__loop_again(struct wm__loop *loop)
{
	static const struct timeval now = { 0, 0 };

	if (!loop->in_callbacks)
		event_add(&loop->again, &now);
}

const char *
wm__loop_backend(const struct wm__loop *loop)
{
	return event_base_get_method(loop->base);
}

int
wm__loop_max_fd(const struct wm__loop *loop)
{
	return strcmp(wm__loop_backend(loop), "select") == 0 ? FD_SETSIZE : 0;
}

struct event_base *
wm__loop_base(struct wm__loop *loop)
{
	return loop->base;
}

/* ---- descriptors ---- */

static void
io_fire(evutil_socket_t fd, short what, void *arg)
{
	struct wm__io *io = arg;
	unsigned bits = 0;

	if (what & EV_READ)
		bits |= WM__READ;
	if (what & EV_WRITE)
		bits |= WM__WRITE;
	io->fn((int)fd, bits, io->arg);
}

struct wm__io *
wm__io_new(struct wm__loop *loop, int fd, wm__io_fn *fn, void *arg)
{
	struct wm__io *io = calloc(1, sizeof(*io));

	if (io == NULL)
		return NULL;
	io->loop = loop;
	io->fn = fn;
	io->arg = arg;
	event_assign(&io->ev, loop->base, fd, 0, io_fire, io);
	return io;
}

int
wm__io_watch(struct wm__io *io, unsigned what)
{
	short events = EV_PERSIST;

	if (io->what == what)
		return 0;
	if (io->what != 0)
		event_del(&io->ev);
	io->what = 0;
	if (what == 0)
		return 0;
	if (what & WM__READ)
		events |= EV_READ;
	if (what & WM__WRITE)
		events |= EV_WRITE;
	event_assign(&io->ev, io->loop->base, event_get_fd(&io->ev), events,
	    io_fire, io);
	if (event_add(&io->ev, NULL) < 0)
		return WM_E_SYSTEM;
	io->what = what;
	return 0;
}

int
wm__io_fd(const struct wm__io *io)
{
	return (int)event_get_fd(&io->ev);
}

void
wm__io_free(struct wm__io **io)
{
	if (*io == NULL)
		return;
	wm__io_watch(*io, 0);
	free(*io);
	*io = NULL;
}

/* ---- timers ---- */

static void
timer_fire(evutil_socket_t fd, short what, void *arg)
{
	struct wm__timer *timer = arg;

	(void)fd, (void)what;
	timer->fn(timer->arg);
}

struct wm__timer *
wm__timer_new(struct wm__loop *loop, wm__timer_fn *fn, void *arg)
{
	struct wm__timer *timer = calloc(1, sizeof(*timer));

	if (timer == NULL)
		return NULL;
	timer->fn = fn;
	timer->arg = arg;
	event_assign(&timer->ev, loop->base, -1, 0, timer_fire, timer);
	return timer;
}

int
wm__timer_start(struct wm__timer *timer, uint64_t ms)
{
	struct timeval tv = { (time_t)(ms / 1000),
		(suseconds_t)(ms % 1000 * 1000) };

	return event_add(&timer->ev, &tv) < 0 ? WM_E_SYSTEM : 0;
}

void
wm__timer_stop(struct wm__timer *timer)
{
	event_del(&timer->ev);
}

void
wm__timer_free(struct wm__timer **timer)
{
	if (*timer == NULL)
		return;
	event_del(&(*timer)->ev);
	free(*timer);
	*timer = NULL;
}

/* ---- signals ---- */

static void
signal_fire(evutil_socket_t signo, short what, void *arg)
{
	struct wm__signal *sig = arg;

	(void)what;
	sig->fn((int)signo, sig->arg);
}

struct wm__signal *
wm__signal_new(struct wm__loop *loop, int signo, wm__signal_fn *fn, void *arg)
{
	struct wm__signal *sig = calloc(1, sizeof(*sig));

	if (sig == NULL)
		return NULL;
	sig->fn = fn;
	sig->arg = arg;
	event_assign(&sig->ev, loop->base, signo, EV_SIGNAL | EV_PERSIST,
	    signal_fire, sig);
	if (event_add(&sig->ev, NULL) < 0) {
		free(sig);
		return NULL;
	}
	return sig;
}

void
wm__signal_free(struct wm__signal **sig)
{
	if (*sig == NULL)
		return;
	event_del(&(*sig)->ev);
	free(*sig);
	*sig = NULL;
}
