/* SPDX-License-Identifier: MIT */
/*
 * The floor proper: epoll, level-triggered.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "peer.h"

#define EVENTS 256

static int epoll = -1;

static void
control(int how, struct peer *p, unsigned events)
{
	struct epoll_event e = { .events = events, .data.ptr = p };

	if (epoll_ctl(epoll, how, p->fd, &e) < 0) {
		perror("epoll_ctl");
		abort();
	}
}

static void
epoll_watch(struct peer *p)
{
	control(EPOLL_CTL_ADD, p, EPOLLIN);
}

static void
epoll_arm(struct peer *p, bool write)
{
	control(EPOLL_CTL_MOD, p, EPOLLIN | (write ? EPOLLOUT : 0));
}

/* Closing does it. */
static void
epoll_forget(struct peer *p)
{
	(void)p;
}

static void
epoll_serve(int listener, const struct epoll_event *e)
{
	struct peer *p = e->data.ptr;

	if (p == NULL) {
		peer_accept(listener);
		return;
	}
	if (e->events & EPOLLOUT)
		peer_writable(p);
	if (e->events & ~(unsigned)EPOLLOUT)
		peer_readable(p);
}

static void
epoll_run(int listener)
{
	struct epoll_event events[EVENTS], e = { .events = EPOLLIN };

	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e) < 0) {
		perror("epoll");
		return;
	}
	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS, -1);

		if (n < 0 && errno != EINTR)
			return;
		for (int i = 0; i < n; i++)
			epoll_serve(listener, &events[i]);
	}
}

const struct loop loop_epoll = {
	.name = "epoll",
	.run = epoll_run,
	.watch = epoll_watch,
	.arm = epoll_arm,
	.forget = epoll_forget,
};
