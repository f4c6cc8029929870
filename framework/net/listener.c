/* SPDX-License-Identifier: MIT */
/*
 * Accepting connections, in batches, and pausing when the process or the
 * system has no descriptor left: the queue then waits in the kernel.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <workerman/log.h>

#include "framework/base/clock.h"
#include "framework/net/datagram.h"
#include "framework/net/gate.h"
#include "framework/net/listener.h"
#include "framework/net/preface.h"

#define LISTENER_BATCH 64 /* accepted per listener and turn, at most */

struct wm__listener {
	struct wm__service *service;
	struct wm__io *io;
	struct wm__timer *later; /* null: limits.accept_rate never held it */
	bool waits;              /* for that timer */
	unsigned number;
	struct wm__listener *next;
	bool own;
	dev_t device; /* of the own file of a unix socket */
	ino_t inode;
};

static bool
listener_is_datagram(const struct wm__listener *l)
{
	return l->service->in_flags != 0;
}

/* Datagrams need no descriptors of their own: they go on in a pause. */
static void
listener_watch(struct wm_proc *p)
{
	for (struct wm__listener *l = p->listeners; l != NULL; l = l->next) {
		bool open =
		    !l->waits && (!p->accept_paused || listener_is_datagram(l));

		wm__io_watch(l->io, p->accepting && open ? WM__READ : 0);
	}
}

static void
listener_pause(struct wm_proc *p, const char *why)
{
	if (p->accept_paused)
		return;
	p->accept_paused = true;
	if (wm__counter(&p->counters->accept_paused) == 0)
		wm_log(WM_LOG_WARNING, "accepting pauses: %s", why);
	wm__count(&p->counters->accept_paused, 1);
	listener_watch(p);
}

void
wm__listener_resume(struct wm_proc *p)
{
	if (!p->accept_paused || p->conns.count + p->n_prefaces >= p->max_conns)
		return;
	p->accept_paused = false;
	listener_watch(p);
}

/* Whether somebody waits in a queue. */
static bool
listener_is_awaited(const struct wm_proc *p)
{
	for (const struct wm__listener *l = p->listeners; l != NULL;
	     l = l->next) {
		struct pollfd door = { wm__io_fd(l->io), POLLIN, 0 };

		if (!l->waits && poll(&door, 1, 0) > 0)
			return true;
	}
	return false;
}

void
wm__listener_tick(struct wm_proc *p)
{
	if (p->accept_paused && p->conns.count >= p->max_conns &&
	    listener_is_awaited(p))
		wm__gate_make_room(p);
	wm__listener_resume(p);
}

/* ---- so many per second ---- */

static void
listener_go_on(void *arg)
{
	struct wm__listener *l = arg;

	l->waits = false;
	listener_watch(l->service->proc);
}

/* Without memory for the timer nobody waits. */
static void
listener_wait(struct wm__listener *l)
{
	struct wm__service *s = l->service;

	if (l->later == NULL)
		l->later = wm__timer_new(s->proc->loop, listener_go_on, l);
	if (l->later == NULL)
		return;
	wm__count(&s->proc->counters->accept_slowed, 1);
	l->waits = true;
	listener_watch(s->proc);
	wm__timer_start(l->later,
	    wm__rate_wait(&s->rate, s->limits.accept_rate));
}

/* Whether another one may be accepted this second. */
static bool
listener_is_in_time(struct wm__listener *l)
{
	struct wm__service *s = l->service;

	if (s->limits.accept_rate == 0 ||
	    wm__rate_take(&s->rate, s->limits.accept_rate, wm__clock_ms()))
		return true;
	listener_wait(l);
	return false;
}

/* ---- one newcomer ---- */

/* A descriptor that the back end cannot watch is refused at the door. */
static bool
listener_can_watch(struct wm_proc *p, int fd)
{
	static bool said;
	int max = wm__loop_max_fd(p->loop);

	if (max == 0 || fd < max)
		return true;
	if (!said)
		wm_log(WM_LOG_ERROR,
		    "connection refused: the event loop %s handles only "
		    "descriptors below %d; use --event-loop epoll or poll",
		    wm__loop_backend(p->loop), max);
	said = true;
	wm__count(&p->counters->closed[WM_CLOSE_LIMIT], 1);
	close(fd);
	return false;
}

/* Whether too many of one address are here: not a byte is read, nobody is
   asked. */
static bool
listener_is_crowded(struct wm__service *s, int fd, const struct sockaddr *peer)
{
	if (!wm__gate_is_crowded(s, peer))
		return false;
	wm__count(&s->proc->counters->closed[WM_CLOSE_ADDRESS], 1);
	close(fd);
	return true;
}

void
wm__listener_begin(struct wm__service *s, int fd, const struct sockaddr *peer)
{
	if (!listener_is_crowded(s, fd, peer))
		wm__conn_new(s, fd, peer);
}

/* It begins, or says first on whose behalf it comes. */
static void
listener_welcome(struct wm__service *s, int fd, const struct sockaddr *peer)
{
	if (!listener_can_watch(s->proc, fd))
		return;
	if (s->proxies == NULL && listener_is_crowded(s, fd, peer))
		return;
	wm__count(&s->proc->counters->accepted, 1);
	if (s->proxies != NULL)
		wm__preface_begin(s, fd, peer);
	else
		wm__conn_new(s, fd, peer);
}

/* Nobody can come in: the one that is idle for longest goes, or all wait. */
static void
listener_is_full(struct wm_proc *p, const char *why)
{
	if (!wm__gate_make_room(p))
		listener_pause(p, why);
}

static void
listener_failed(struct wm_proc *p, int error)
{
	if (error == EMFILE || error == ENFILE)
		listener_is_full(p, "no file descriptor is left");
	else if (error == ENOMEM || error == ENOBUFS)
		listener_pause(p, "the system is out of memory");
}

/* Accepts one, the first of this turn or another. Returns whether there may be
   one more. Only at the first somebody waits for certain. */
static bool
listener_accept_one(struct wm__listener *l, int listen_fd, bool first)
{
	struct wm_proc *p = l->service->proc;
	struct sockaddr_storage ss;
	struct sockaddr *peer = (struct sockaddr *)&ss;
	socklen_t len = sizeof(ss);
	int fd;

	if (p->conns.count + p->n_prefaces >= p->max_conns) {
		if (first)
			listener_is_full(p, "limits.connections is reached");
		return false;
	}
	if (!listener_is_in_time(l))
		return false;
	fd = accept4(listen_fd, peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		if (first)
			listener_failed(p, errno);
		return errno == EINTR || errno == ECONNABORTED;
	}
	listener_welcome(l->service, fd, len > 0 ? peer : NULL);
	return true;
}

static void
listener_ready(int fd, unsigned what, void *arg)
{
	struct wm__listener *l = arg;
	struct wm_proc *p = l->service->proc;
	unsigned changes = p->listener_changes;

	(void)what;
	/* a callback may close listeners, and this one with them */
	for (int i = 0; i < LISTENER_BATCH; i++)
		if (!listener_accept_one(l, fd, i == 0) ||
		    changes != p->listener_changes)
			break;
}

static void
listener_datagrams(int fd, unsigned what, void *arg)
{
	const struct wm__listener *l = arg;

	(void)what;
	wm__datagram_ready(l->service, fd);
}

int
wm__listener_add(struct wm__service *service, int fd, unsigned number)
{
	struct wm_proc *p = service->proc;
	struct wm__listener *l = calloc(1, sizeof(*l));
	bool datagrams = service->in_flags != 0;

	if (l != NULL && (!datagrams || wm__datagrams_init(p) == 0))
		l->io = wm__io_new(p->loop, fd,
		    datagrams ? listener_datagrams : listener_ready, l);
	if (l == NULL || l->io == NULL) {
		free(l);
		close(fd);
		return WM_E_NOMEM;
	}
	l->service = service;
	l->number = number;
	l->next = p->listeners;
	p->listeners = l;
	listener_watch(p);
	return 0;
}

int
wm__listener_add_own(struct wm__service *service, int fd)
{
	const char *path = wm__url_path(&service->url);
	int failed = wm__listener_add(service, fd, 0);
	struct wm__listener *l = service->proc->listeners;
	struct stat st;

	if (failed < 0)
		return failed;
	l->own = true;
	if (path == NULL || lstat(path, &st) < 0)
		return 0;
	l->device = st.st_dev;
	l->inode = st.st_ino;
	return 0;
}

void
wm__listener_accept(struct wm_proc *p)
{
	p->accepting = true;
	listener_watch(p);
}

/* Nobody else will serve who waits there, nor use the file. */
static void
listener_clear(struct wm__listener *l)
{
	const char *path = wm__url_path(&l->service->url);
	struct stat st;

	if (!listener_is_datagram(l))
		while (listener_accept_one(l, wm__io_fd(l->io), false))
			;
	if (path != NULL && lstat(path, &st) == 0 && st.st_dev == l->device &&
	    st.st_ino == l->inode)
		unlink(path);
}

/* Out of the list already. */
static void
listener_free(struct wm__listener *l)
{
	int fd = wm__io_fd(l->io);

	if (l->own)
		listener_clear(l);
	l->service->proc->listener_changes++;
	if (listener_is_datagram(l)) /* answers that wait for the turn's end */
		wm__datagrams_flush(l->service->proc);
	wm__timer_free(&l->later);
	wm__io_free(&l->io);
	close(fd);
	free(l);
}

void
wm__listener_return(struct wm__service *service, unsigned number)
{
	struct wm_proc *p = service->proc;
	struct wm__listener **link = &p->listeners, *l;

	while ((l = *link) != NULL)
		if (l->service == service && l->number == number) {
			*link = l->next;
			listener_free(l);
			link = &p->listeners; /* its callbacks may change it */
		} else
			link = &l->next;
}

void
wm__listener_close_all(struct wm_proc *p)
{
	p->accepting = false;
	while (p->listeners != NULL) {
		struct wm__listener *l = p->listeners;

		p->listeners = l->next;
		listener_free(l);
	}
}

struct wm__service *
wm__listener_service(const struct wm_proc *p, unsigned index, int *fd_r)
{
	for (struct wm__listener *l = p->listeners; l != NULL; l = l->next)
		if (l->service->index == index) {
			*fd_r = wm__io_fd(l->io);
			return l->service;
		}
	return NULL;
}
