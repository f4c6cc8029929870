/* SPDX-License-Identifier: MIT */
/*
 * Datagrams that come: each is fed to a connection without a socket, which
 * ends with it. How they leave is datagram_out.c's.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <workerman/datagram.h>

#include "framework/base/mmsg.h"
#include "framework/net/datagram.h"
#include "framework/net/datagrams.h"
#include "framework/net/listener.h"

#define DATAGRAM_SIZE (64u << 10) /* no datagram is larger */

struct wm__datagrams_in {
	struct sockaddr_storage from[WM__DATAGRAM_BATCH];
	union wm__local_room room[WM__DATAGRAM_BATCH];
	struct iovec parts[WM__DATAGRAM_BATCH];
	struct wm__mmsg messages[WM__DATAGRAM_BATCH];
	/* Costs only what datagrams have ever filled. */
	char data[WM__DATAGRAM_BATCH][DATAGRAM_SIZE];
};

int
wm__datagrams_init(struct wm_proc *p)
{
	struct wm__datagrams *d;

	if (p->datagrams != NULL)
		return 0;
	d = p->datagrams = calloc(1, sizeof(*d));
	if (d == NULL)
		return WM_E_NOMEM;
	d->in = malloc(sizeof(*d->in));
	d->out = wm__datagrams_out_new(p);
	if (d->in != NULL && d->out != NULL)
		return 0;
	wm__datagrams_fini(p);
	return WM_E_NOMEM;
}

void
wm__datagrams_fini(struct wm_proc *p)
{
	struct wm__datagrams *d = p->datagrams;

	if (d == NULL)
		return;
	wm__datagrams_out_free(&d->out);
	free(d->in);
	free(d);
	p->datagrams = NULL;
}

/* ---- in ---- */

static int
datagram_receive(struct wm__datagrams_in *in, int fd)
{
	for (unsigned i = 0; i < WM__DATAGRAM_BATCH; i++) {
		in->parts[i] =
		    (struct iovec){ in->data[i], sizeof(in->data[i]) };
		in->messages[i].msg_hdr =
		    (struct msghdr){ .msg_name = &in->from[i],
			    .msg_namelen = sizeof(in->from[i]),
			    .msg_iov = &in->parts[i],
			    .msg_iovlen = 1,
			    .msg_control = &in->room[i],
			    .msg_controllen = sizeof(in->room[i]) };
	}
	return wm__recvmmsg(fd, in->messages, WM__DATAGRAM_BATCH);
}

/* Whether all of it became messages, as far as the application wanted. */
static bool
datagram_was_used(const struct wm_conn *c)
{
	return c->life == WM__OPEN ? c->unread == NULL :
				     c->reason == WM_CLOSE_APPLICATION;
}

/* Ends a datagram's connection: without a word to anybody. */
static void
datagram_end(struct wm_conn *c)
{
	c->announced = false;
	wm__conn_drop_output(c);
	wm__conn_end(c, c->life == WM__OPEN ? WM_CLOSE_APPLICATION : c->reason);
}

/* Returns whether the datagram made sense. */
static bool
datagram_feed(struct wm__service *service, const struct wm__route *route,
    char *data, size_t len)
{
	struct wm__datagrams *d = service->proc->datagrams;
	const struct wm__route *outer = d->route;
	struct wm_conn *c;
	bool used = false;

	d->route = route;
	c = wm__conn_datagram(service, (const struct sockaddr *)&route->to);
	if (c != NULL) {
		c->announced = true;
		wm__conn_feed(c, data, len);
		used = datagram_was_used(c);
		datagram_end(c);
	}
	d->route = outer;
	return used;
}

static void
datagram_take(struct wm__service *service, int fd, unsigned i)
{
	struct wm__datagrams_in *in = service->proc->datagrams->in;
	struct wm__counters *counters = service->proc->counters;
	struct msghdr *m = &in->messages[i].msg_hdr;
	size_t len = in->messages[i].msg_len;
	struct wm__route route = { .fd = fd, .to_len = m->msg_namelen };
	bool used = false;

	memcpy(&route.to, &in->from[i], m->msg_namelen);
	wm__local_read(m, &route.from);
	if (len > 0 && !(m->msg_flags & MSG_TRUNC))
		used = datagram_feed(service, &route, in->data[i], len);
	wm__count(&counters->datagrams_in, 1);
	if (!used)
		wm__count(&counters->datagrams_dropped, 1);
}

void
wm__datagram_ready(struct wm__service *service, int fd)
{
	struct wm_proc *p = service->proc;
	unsigned changes = p->listener_changes;
	int n = WM__DATAGRAM_BATCH;

	for (int round = 0; round < WM__DATAGRAM_ROUND &&
	     n == WM__DATAGRAM_BATCH && changes == p->listener_changes;
	     round++) {
		n = datagram_receive(p->datagrams->in, fd);
		for (int i = 0; i < n; i++)
			datagram_take(service, fd, (unsigned)i);
	}
}

/* ---- out ---- */

int
wm__datagram_cut(struct wm_conn *c)
{
	const struct wm__datagrams *d = c->service->proc->datagrams;
	struct wm_buf *buf = &c->output->buf;
	size_t len = buf->len;
	int result = wm__datagrams_put(d->out, d->route, buf->data, len);

	buf->len = 0;
	if (result >= 0)
		c->bytes_out += len;
	return result;
}

int
wm_datagram_send(struct wm_proc *p, unsigned listener, const char *to,
    const void *data, size_t len)
{
	struct wm__route route = { .from = { .family = AF_UNSPEC } };
	struct wm__service *service =
	    wm__listener_service(p, listener, &route.fd);
	const struct wm__route *outer;
	struct wm_conn *c;
	int result;

	if (service == NULL || service->in_flags == 0)
		return WM_E_NOT_FOUND;
	if (wm__address_parse(to, &service->url, &route.to, &route.to_len) < 0)
		return WM_E_INVALID;
	outer = p->datagrams->route;
	p->datagrams->route = &route;
	c = wm__conn_datagram(service, (const struct sockaddr *)&route.to);
	result = WM_E_NOMEM;
	if (c != NULL) {
		result = wm_conn_send(c, data, len);
		datagram_end(c);
	}
	p->datagrams->route = outer;
	return result;
}

/* ---- addresses ---- */

char *
wm__datagram_peer(const struct wm_conn *c, char *buf, size_t size)
{
	const struct wm__route *route = c->service->proc->datagrams->route;

	if (route == NULL)
		return NULL;
	return wm__address_format((const struct sockaddr *)&route->to,
	    route->to_len, buf, size);
}

char *
wm__datagram_local(const struct wm_conn *c, char *buf, size_t size)
{
	const struct wm__route *route = c->service->proc->datagrams->route;
	const struct wm__url *url = &c->service->url;
	struct sockaddr_storage at = url->address;
	int family = route != NULL ? route->from.family : AF_UNSPEC;

	if (family == AF_INET)
		((struct sockaddr_in *)&at)->sin_addr = route->from.at.v4;
	else if (family == AF_INET6)
		((struct sockaddr_in6 *)&at)->sin6_addr = route->from.at.v6;
	return wm__address_format((const struct sockaddr *)&at,
	    url->address_len, buf, size);
}
