/* SPDX-License-Identifier: MIT */
/* Sockets between accept and the connection: see preface.h. */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/log.h>
#include <workerman/network.h>

#include "framework/net/gate.h"
#include "framework/net/listener.h"
#include "framework/net/preface.h"
#include "framework/net/proxy.h"

struct wm__preface {
	struct wm__preface *next, **prev;
	struct wm__service *service;
	struct wm__io *io;
	int fd;
	uint32_t due; /* a tick */
	struct sockaddr_storage peer;
	struct wm__proxy proxy;
};

static struct wm_proc *
preface_proc(const struct wm__preface *f)
{
	return f->service->proc;
}

/* Releases all but the descriptor. */
static void
preface_free(struct wm__preface *f)
{
	*f->prev = f->next;
	if (f->next != NULL)
		f->next->prev = f->prev;
	preface_proc(f)->n_prefaces--;
	wm__io_free(&f->io);
	free(f);
}

static void
preface_count(struct wm_proc *p, enum wm_close_reason reason)
{
	wm__count(&p->counters->closed[reason], 1);
}

/* There will be no connection. */
static void
preface_fail(struct wm__preface *f, enum wm_close_reason reason)
{
	struct wm_proc *p = preface_proc(f);
	int fd = f->fd;

	preface_free(f);
	close(fd);
	preface_count(p, reason);
	wm__listener_resume(p);
	if (p->conns.count == 0 && p->n_prefaces == 0 && p->empty_hook != NULL)
		p->empty_hook(p);
}

/* The header is there: the connection begins. */
static void
preface_done(struct wm__preface *f)
{
	struct wm__service *service = f->service;
	struct sockaddr_storage peer = f->peer, real;
	int fd = f->fd;

	if (wm__proxy_peer(&f->proxy, &real))
		peer = real;
	preface_free(f);
	if (!wm__gate_is_crowded(service, (const struct sockaddr *)&peer)) {
		wm__conn_new(service, fd, (const struct sockaddr *)&peer);
		return;
	}
	close(fd);
	preface_count(service->proc, WM_CLOSE_ADDRESS);
}

/* One look and one read. Returns whether there may be more. */
static bool
preface_read(struct wm__preface *f)
{
	char data[WM__PROXY_V2_MAX];
	size_t want = wm__proxy_want(&f->proxy), used;
	ssize_t n = recv(f->fd, data, want, MSG_PEEK);
	int state;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		preface_fail(f, n == 0 ? WM_CLOSE_PEER : WM_CLOSE_RESET);
		return false;
	}
	state = wm__proxy_feed(&f->proxy, data, (size_t)n, &used);
	if (state >= 0 && recv(f->fd, data, used, 0) != (ssize_t)used)
		state = WM_E_SYSTEM;
	if (state < 0)
		preface_fail(f,
		    state == WM_E_SYSTEM ? WM_CLOSE_RESET : WM_CLOSE_PROTOCOL);
	else if (state > 0)
		preface_done(f);
	return state == 0;
}

static void
preface_ready(int fd, unsigned what, void *arg)
{
	(void)fd, (void)what;
	while (preface_read(arg))
		;
}

/* ---- begin ---- */

/* Where a connection comes from, without port; zeroes for a unix socket. */
static struct wm_host
preface_host(const struct sockaddr *peer)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)peer;
	const struct sockaddr_in *in = (const struct sockaddr_in *)peer;
	struct wm_host host = { { 0 } };

	if (peer != NULL && peer->sa_family == AF_INET6)
		memcpy(host.bytes, &in6->sin6_addr, sizeof(host.bytes));
	if (peer == NULL || peer->sa_family != AF_INET)
		return host;
	host.bytes[10] = host.bytes[11] = 0xff;
	memcpy(host.bytes + 12, &in->sin_addr, sizeof(in->sin_addr));
	return host;
}

static bool
preface_is_trusted(const struct wm__service *service,
    const struct sockaddr *peer)
{
	static bool said;
	struct wm_host host = preface_host(peer);
	char text[WM_ADDRESS_MAX];

	if (wm_networks_have(service->proxies, &host))
		return true;
	if (!said)
		wm_log(WM_LOG_WARNING,
		    "connection from %s refused: it is none of the listener's "
		    "proxies",
		    wm_host_format(&host, text, sizeof(text)));
	said = true;
	return false;
}

static void
preface_set_peer(struct wm__preface *f, const struct sockaddr *peer)
{
	f->peer.ss_family = AF_UNIX;
	if (peer != NULL && peer->sa_family == AF_INET)
		memcpy(&f->peer, peer, sizeof(struct sockaddr_in));
	else if (peer != NULL && peer->sa_family == AF_INET6)
		memcpy(&f->peer, peer, sizeof(struct sockaddr_in6));
}

static struct wm__preface *
preface_new(struct wm__service *service, int fd)
{
	struct wm_proc *p = service->proc;
	struct wm__preface *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->service = service;
	f->fd = fd;
	f->due = p->now + (service->limits.handshake_ms + 999) / 1000 + 1;
	f->io = wm__io_new(p->loop, fd, preface_ready, f);
	if (f->io == NULL || wm__io_watch(f->io, WM__READ) < 0) {
		wm__io_free(&f->io);
		free(f);
		return NULL;
	}
	f->next = p->prefaces;
	f->prev = &p->prefaces;
	if (f->next != NULL)
		f->next->prev = &f->next;
	p->prefaces = f;
	p->n_prefaces++;
	return f;
}

void
wm__preface_begin(struct wm__service *service, int fd,
    const struct sockaddr *peer)
{
	enum wm_close_reason reason = WM_CLOSE_POLICY;
	struct wm__preface *f = NULL;

	if (preface_is_trusted(service, peer)) {
		f = preface_new(service, fd);
		reason = WM_CLOSE_MEMORY;
	}
	if (f == NULL) {
		close(fd);
		preface_count(service->proc, reason);
		return;
	}
	preface_set_peer(f, peer);
	preface_ready(fd, WM__READ, f); /* most have come with it */
}

/* ---- the rest ---- */

size_t
wm__prefaces(const struct wm_proc *p)
{
	return p->n_prefaces;
}

void
wm__preface_tick(struct wm_proc *p)
{
	struct wm__preface *f = p->prefaces, *next;

	for (; f != NULL; f = next) {
		next = f->next;
		if (p->now >= f->due)
			preface_fail(f, WM_CLOSE_TIMEOUT);
	}
}

void
wm__preface_end(struct wm_proc *p, const struct wm__service *service)
{
	struct wm__preface *f = p->prefaces, *next;

	for (; f != NULL; f = next) {
		next = f->next;
		if (service == NULL || f->service == service)
			preface_fail(f, WM_CLOSE_SHUTDOWN);
	}
}
