/* SPDX-License-Identifier: MIT */
/*
 * What callers may ask of a connection and set on it. Everything that ends or
 * changes it is conn.c's.
 */
#include "config.h"

#include <netinet/in.h>
#include <string.h>

#include "framework/net/conn.h"

uint64_t
wm_conn_id(const struct wm_conn *c)
{
	return c->id;
}

struct wm_conn *
wm_conn_find(struct wm_proc *p, uint64_t id)
{
	struct wm_conn *c = wm__conn_table_find(&p->conns, id);

	return c != NULL && c->life != WM__DEAD ? c : NULL;
}

struct wm_proc *
wm_conn_proc(const struct wm_conn *c)
{
	return c->service->proc;
}

const struct wm_protocol *
wm_conn_protocol(const struct wm_conn *c)
{
	return c->protocol;
}

const struct wm_limits *
wm_conn_limits(const struct wm_conn *c)
{
	return &c->service->limits;
}

const void *
wm_conn_options(const struct wm_conn *c)
{
	return c->service->options;
}

void *
wm_conn_state(struct wm_conn *c, const struct wm_protocol *p)
{
	return c->protocol == p ? c->state : NULL;
}

char *
wm_conn_peer(const struct wm_conn *c, char *buf, size_t size)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr other = { .sa_family = AF_UNIX };

	switch (c->peer.family) {
	case AF_INET:
		memcpy(&in.sin_port, c->peer.port, sizeof(in.sin_port));
		memcpy(&in.sin_addr, c->peer.address, sizeof(in.sin_addr));
		return wm__address_format((struct sockaddr *)&in, sizeof(in),
		    buf, size);
	case AF_INET6:
		memcpy(&in6.sin6_port, c->peer.port, sizeof(in6.sin6_port));
		memcpy(&in6.sin6_addr, c->peer.address, sizeof(in6.sin6_addr));
		return wm__address_format((struct sockaddr *)&in6, sizeof(in6),
		    buf, size);
	default:
		return wm__address_format(&other, sizeof(other.sa_family), buf,
		    size);
	}
}

char *
wm_conn_local(const struct wm_conn *c, char *buf, size_t size)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getsockname(wm__conn_fd(c), (struct sockaddr *)&ss, &len) < 0)
		len = 0;
	return wm__address_format((struct sockaddr *)&ss, len, buf, size);
}

uint64_t
wm_conn_bytes_in(const struct wm_conn *c)
{
	return c->bytes_in;
}

uint64_t
wm_conn_bytes_out(const struct wm_conn *c)
{
	return c->bytes_out;
}

uint64_t
wm_conn_messages(const struct wm_conn *c)
{
	return c->messages;
}

size_t
wm_conn_unread(const struct wm_conn *c)
{
	return c->unread != NULL ? c->unread->len : 0;
}

uint32_t
wm_conn_age(const struct wm_conn *c)
{
	return c->service->proc->now - c->opened;
}

uint32_t
wm_conn_idle(const struct wm_conn *c)
{
	return c->service->proc->now - c->last_in;
}

enum wm__stage
wm__conn_stage(const struct wm_conn *c)
{
	if (c->life != WM__OPEN)
		return c->life < WM__LINGER ? WM__STAGE_ENDING :
					      WM__STAGE_CLOSING;
	if (!c->announced)
		return WM__STAGE_HANDSHAKE;
	if (c->paused)
		return WM__STAGE_PAUSED;
	if (c->stuck)
		return WM__STAGE_STUCK;
	return c->held > 0 ? WM__STAGE_ANSWERING : WM__STAGE_OPEN;
}

bool
wm_conn_closing(const struct wm_conn *c)
{
	return c->life != WM__OPEN;
}

bool
wm_conn_moving(const struct wm_conn *c)
{
	return c->moving;
}

bool
wm_conn_draining(const struct wm_conn *c)
{
	const struct wm_proc *p = c->service->proc;

	return p->draining && (!p->handing || c->stays);
}

void
wm_conn_set_handlers(struct wm_conn *c, const struct wm_handlers *h)
{
	c->handlers = h;
}

void
wm_conn_pause(struct wm_conn *c)
{
	struct wm_proc *p = c->service->proc;

	if (c->life != WM__OPEN || c->paused)
		return;
	c->paused = true;
	wm__conn_stop_clock(c);
	if (c->moving)
		p->moving_change(c, WM__MOVING_PAUSES, NULL);
}

void
wm_conn_resume(struct wm_conn *c)
{
	struct wm_proc *p = c->service->proc;

	if (!c->paused)
		return;
	c->paused = false;
	wm__conn_start_clock(c);
	if (c->moving)
		p->moving_change(c, WM__MOVING_RESUMES, NULL);
	wm__conn_want(c, WM__WANT_DECODE);
}

void
wm_conn_set_busy(struct wm_conn *c, bool busy)
{
	c->busy = busy;
}

void
wm_conn_await_drain(struct wm_conn *c)
{
	c->awaits_drain = true;
	if (c->output == NULL)
		wm__conn_all_sent(c);
}

void
wm_conn_hold(struct wm_conn *c)
{
	c->held++;
}

void
wm_conn_release(struct wm_conn *c)
{
	if (c->held > 0)
		c->held--;
	if (!c->decoding)
		wm__conn_want(c, WM__WANT_DECODE);
}
