/* SPDX-License-Identifier: MIT */
/*
 * The same on libevent's core: one persistent event for reading per
 * connection, one for writing where it was needed. What bench/server adds to
 * this is the framework.
 */
#include <stdlib.h>
#include <event2/event.h>

#include "peer.h"

static struct event_base *base;

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	peer_readable(arg);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	peer_writable(arg);
}

static void
on_connection(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	(void)arg;
	peer_accept((int)fd);
}

static struct event *
watched(struct peer *p, short what, event_callback_fn fn)
{
	struct event *e = event_new(base, p->fd, what | EV_PERSIST, fn, p);

	if (e == NULL || event_add(e, NULL) < 0)
		abort();
	return e;
}

static void
event_watch(struct peer *p)
{
	p->readable = watched(p, EV_READ, on_readable);
}

static void
event_arm(struct peer *p, bool write)
{
	if (!write)
		event_del(p->writable);
	else if (p->writable == NULL)
		p->writable = watched(p, EV_WRITE, on_writable);
	else
		event_add(p->writable, NULL);
}

static void
event_forget(struct peer *p)
{
	event_free(p->readable);
	if (p->writable != NULL)
		event_free(p->writable);
}

static void
event_run(int listener)
{
	struct event_config *config = event_config_new();

	if (config == NULL)
		return;
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	base = event_base_new_with_config(config);
	event_config_free(config);
	if (base == NULL)
		return;
	struct event *e = event_new(base, listener, EV_READ | EV_PERSIST,
	    on_connection, NULL);

	if (e != NULL && event_add(e, NULL) == 0)
		event_base_dispatch(base);
}

const struct loop loop_event = {
	.name = "event",
	.run = event_run,
	.watch = event_watch,
	.arm = event_arm,
	.forget = event_forget,
};
