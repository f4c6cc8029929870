/* SPDX-License-Identifier: MIT */
/*
 * The life of a connection: begin, upgrade, close. Bytes are not touched
 * here: input.c decodes them, output.c sends them; turn.c says when.
 */
#include "config.h"

#include <sys/ioctl.h>

#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__)
#include <linux/sockios.h>
#endif

#include "framework/base/running.h"
#include "framework/net/conn.h"
#include "framework/net/extra.h"
#include "framework/net/freeze.h"
#include "framework/net/kept.h"
#include "framework/net/listener.h"
#include "framework/net/pipe.h"
#include "framework/net/unread.h"

#define CONN_PARTING_MS 1000

/* ---- begin ---- */

static void
conn_set_peer(struct wm_conn *c, const struct sockaddr *peer)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)peer;
	const struct sockaddr_in *in = (const struct sockaddr_in *)peer;

	if (peer == NULL)
		return;
	c->peer.family = (unsigned char)peer->sa_family;
	if (peer->sa_family == AF_INET) {
		memcpy(c->peer.port, &in->sin_port, sizeof(c->peer.port));
		memcpy(c->peer.address, &in->sin_addr, sizeof(in->sin_addr));
	} else if (peer->sa_family == AF_INET6) {
		memcpy(c->peer.port, &in6->sin6_port, sizeof(c->peer.port));
		memcpy(c->peer.address, &in6->sin6_addr,
		    sizeof(in6->sin6_addr));
	}
}

/* Gives the connection that protocol, with its state zeroed and opened. */
static int
conn_open_protocol(struct wm_conn *c, const struct wm_protocol *protocol,
    const void *init, size_t init_len)
{
	void *state = wm__conn_state_new(c, protocol);
	struct wm__outer outer;
	int error;

	if (state == NULL)
		return WM_E_NOMEM;
	if (init_len > 0)
		memcpy(state, init, init_len);
	c->protocol = protocol;
	c->state = state;
	outer = wm__running_begin(WM__RUNNING_OPEN, c->id);
	error = protocol->open != NULL ? protocol->open(c, state) : 0;
	wm__running_end(outer);
	if (error < 0) {
		wm__conn_state_free(c);
		return error;
	}
	c->begun = true;
	return 0;
}

static void
conn_close_protocol(struct wm_conn *c, enum wm_close_reason reason)
{
	struct wm__outer outer;

	if (!c->begun)
		return;
	c->begun = false;
	outer = wm__running_begin(WM__RUNNING_PROTOCOL_CLOSE, c->id);
	if (c->protocol->close != NULL)
		c->protocol->close(c, c->state, reason);
	wm__running_end(outer);
	wm__conn_state_free(c);
	c->due_protocol = 0;
}

static void
conn_announce(struct wm_conn *c)
{
	struct wm__outer outer;

	if (c->announced || c->life != WM__OPEN ||
	    c->protocol == c->service->protocol->begins_as)
		return;
	c->announced = true;
	outer = wm__running_begin(WM__RUNNING_CONNECT, c->id);
	if (c->handlers->on_connect != NULL)
		c->handlers->on_connect(c);
	wm__running_end(outer);
}

struct wm_conn *
wm__conn_shell(struct wm__service *service, int fd, uint64_t id)
{
	struct wm_proc *p = service->proc;
	struct wm_conn *c;

	if (p->over || wm__conn_table_find(&p->conns, id) != NULL)
		return NULL;
	c = wm__conn_alloc(service);
	if (c == NULL)
		return NULL;
	c->id = id;
	c->handlers = &service->handlers;
	c->opened = c->last_in = p->now;
	event_assign(&c->ev, wm__loop_base(p->loop), fd, EV_READ | EV_PERSIST,
	    wm__conn_ready, c);
	if (wm__conn_table_add(&p->conns, c) < 0) {
		wm__conn_release(c);
		return NULL;
	}
	wm__gauge(&p->counters->connections, p->conns.count);
	return c;
}

void
wm__conn_unmake(struct wm_conn *c)
{
	struct wm_proc *p = c->service->proc;

	if (p->conn_hook != NULL)
		p->conn_hook(c);
	conn_close_protocol(c, WM_CLOSE_MOVED);
	wm__conn_want_nothing(c);
	wm__gate_leave(c);
	wm__wheel_remove(&c->wheel);
	wm__conn_table_remove(&p->conns, c);
	wm__gauge(&p->counters->connections, p->conns.count);
	wm__unread_drop(c);
	wm__conn_drop_output(c);
	wm__extra_drop(c);
	wm__conn_release(c);
}

/* Those of a protocol that begins as another one have limits.handshake_ms to
   rise to it, all that comes before included. */
static bool
conn_has_deadline(const struct wm__service *service)
{
	return service->limits.idle_ms > 0 ||
	    service->protocol->begins_as != NULL;
}

/* Opens it for its first protocol. Returns 0 or an error. */
static int
conn_begin(struct wm_conn *c, const struct sockaddr *peer)
{
	const struct wm_protocol *first = c->service->protocol;

	conn_set_peer(c, peer);
	if (wm__gate_enter(c) < 0)
		return WM_E_NOMEM;
	if (first->begins_as != NULL)
		first = first->begins_as;
	return conn_open_protocol(c, first, NULL, 0);
}

struct wm_conn *
wm__conn_new(struct wm__service *service, int fd, const struct sockaddr *peer)
{
	struct wm_proc *p = service->proc;
	struct wm_conn *c;
	int error;

	c = wm__conn_shell(service, fd,
	    (uint64_t)p->incarnation << 40 | ++p->next_conn);
	if (c == NULL) {
		wm__count(&p->counters->closed[WM_CLOSE_MEMORY], 1);
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	error = conn_begin(c, peer);
	if (error < 0) {
		wm__conn_end(c, wm__conn_reason_of(error));
		return NULL;
	}
	wm__conn_watch(c);
	if (conn_has_deadline(service))
		wm__conn_check_deadlines(c);
	conn_announce(c);
	return c;
}

/* ---- upgrade ---- */

int
wm_conn_set_protocol(struct wm_conn *c, const struct wm_protocol *protocol,
    const void *init, size_t init_len)
{
	struct wm__switch *upgrade;

	if (c->life != WM__OPEN)
		return WM_E_CLOSED;
	if (init_len > protocol->state_size || protocol->decode == NULL)
		return WM_E_INVALID;
	upgrade = malloc(sizeof(*upgrade) + init_len);
	if (upgrade == NULL)
		return WM_E_NOMEM;
	upgrade->protocol = protocol;
	upgrade->init_len = init_len;
	if (init_len > 0)
		memcpy(upgrade->init, init, init_len);
	free(c->upgrade);
	c->upgrade = upgrade;
	wm__conn_want(c, WM__WANT_DECODE);
	return 0;
}

void
wm__conn_switch(struct wm_conn *c)
{
	struct wm__switch *upgrade = c->upgrade;
	int error;

	c->upgrade = NULL;
	conn_close_protocol(c, WM_CLOSE_APPLICATION);
	error = conn_open_protocol(c, upgrade->protocol, upgrade->init,
	    upgrade->init_len);
	free(upgrade);
	c->eof_shown = false;
	if (c->unread != NULL)
		c->unread->seen = c->unread->need = 0;
	if (error < 0) {
		wm_conn_close_reason(c, wm__conn_reason_of(error));
		return;
	}
	conn_announce(c);
}

/* ---- close ---- */

static size_t
conn_in_flight(const struct wm_conn *c)
{
#if defined(SIOCOUTQ)
	int fd = wm__conn_fd(c), n = 0;

	if (fd >= 0 && ioctl(fd, SIOCOUTQ, &n) == 0)
		return (size_t)n;
	return 0;
#else
	(void)c;
	return 1;
#endif
}

/* Reasons on our side, which cannot hurry a farewell that waits already. */
static bool
conn_is_own_wish(enum wm_close_reason reason)
{
	return reason == WM_CLOSE_APPLICATION || reason == WM_CLOSE_SHUTDOWN ||
	    reason == WM_CLOSE_RESTART;
}

/* Lets the protocol say its last words. Returns enum wm_farewell. */
static int
conn_farewell(struct wm_conn *c, enum wm_close_reason reason)
{
	struct wm__outer running;
	struct wm_buf *out;
	size_t before;
	bool outer;
	int bye;

	if (!c->begun || c->protocol->farewell == NULL ||
	    reason == WM_CLOSE_PEER || reason == WM_CLOSE_RESET)
		return WM_BYE;
	out = wm__conn_out(c);
	if (out == NULL)
		return WM_BYE;
	before = out->len;
	outer = c->encoding;
	c->encoding = true;
	running = wm__running_begin(WM__RUNNING_FAREWELL, c->id);
	bye = c->protocol->farewell(c, c->state, reason, out);
	wm__running_end(running);
	c->encoding = outer;
	if (out->failed) {
		out->len = before;
		out->failed = false;
	}
	return bye;
}

void
wm_conn_close_reason(struct wm_conn *c, enum wm_close_reason reason)
{
	if (c->life > WM__AWAIT ||
	    (c->life == WM__AWAIT && conn_is_own_wish(reason)))
		return;
	if (c->moving) { /* whoever has it then will close it */
		c->service->proc->moving_close(c, reason);
		return;
	}
	if (reason == WM_CLOSE_PEER)
		c->peer_done = true;
	if (c->extra != NULL && c->life == WM__OPEN && conn_is_own_wish(reason))
		wm__kept_close(c);
	if (c->life == WM__OPEN) {
		c->reason = (unsigned)reason & 31u;
		c->life = WM__FLUSH;
		/* the protocol may have destroyed it instead */
		if (conn_farewell(c, reason) == WM_BYE_AWAIT && !c->eof &&
		    c->life == WM__FLUSH)
			c->life = WM__AWAIT;
	} else
		c->life = WM__FLUSH;
	if (c->life == WM__DEAD)
		return;
	c->paused = false;
	c->due_protocol = 0;
	/* else the time for output goes on: output.c */
	if (!c->stuck || c->service->proc->draining)
		wm__conn_set_core_deadline(c, c->service->limits.close_ms);
	wm__conn_want(c, WM__WANT_DECODE | WM__WANT_FLUSH);
}

void
wm_conn_close(struct wm_conn *c)
{
	wm_conn_close_reason(c, WM_CLOSE_APPLICATION);
}

void
wm__conn_reset_at_close(struct wm_conn *c)
{
	static const struct linger reset = { 1, 0 };

	setsockopt(wm__conn_fd(c), SOL_SOCKET, SO_LINGER, &reset,
	    sizeof(reset));
}

void
wm_conn_destroy(struct wm_conn *c)
{
	if (c->life == WM__DEAD)
		return;
	if (c->moving) {
		c->service->proc->moving_close(c, WM_CLOSE_APPLICATION);
		return;
	}
	wm__conn_reset_at_close(c);
	wm__conn_end(c, c->life == WM__OPEN ? WM_CLOSE_APPLICATION : c->reason);
}

/* Reasons after which the peer has probably not finished speaking. */
static bool
conn_was_interrupted(const struct wm_conn *c)
{
	switch ((enum wm_close_reason)c->reason) {
	case WM_CLOSE_APPLICATION:
	case WM_CLOSE_TIMEOUT:
	case WM_CLOSE_LIMIT:
	case WM_CLOSE_SHUTDOWN:
	case WM_CLOSE_RESTART:
		return c->unread != NULL;
	default:
		return true;
	}
}

/*
 * How long the peer's end is awaited once the output of a closing connection
 * has left. At a restart nothing hurries, and even a peer that owes nothing,
 * but may be writing just now, is not to get a reset; its own end is a moment
 * away.
 */
static uint32_t
conn_linger_ms(const struct wm_conn *c)
{
	if (conn_was_interrupted(c) || conn_in_flight(c) > 0)
		return c->service->limits.close_ms;
	return c->reason == WM_CLOSE_RESTART ? CONN_PARTING_MS : 0;
}

/* What is left to do then. */
static void
conn_settle_flushed(struct wm_conn *c)
{
	int fd = wm__conn_fd(c);
	uint32_t ms = fd < 0 || c->eof || c->peer_done ? 0 : conn_linger_ms(c);

	if (ms == 0) {
		wm__conn_end(c, c->reason);
		return;
	}
	wm__unread_drop(c);
	shutdown(fd, SHUT_WR);
	c->life = WM__LINGER;
	wm__conn_set_core_deadline(c, ms);
	wm__conn_watch(c);
}

void
wm__conn_settle(struct wm_conn *c)
{
	if (c->eof && wm__extra_is_joined(c) && wm__pipe_ended(c))
		return;
	if (c->output != NULL || c->life == WM__DEAD || c->asleep)
		return;
	switch (c->life) {
	case WM__FLUSH:
		conn_settle_flushed(c);
		break;
	case WM__AWAIT:
		if (c->eof)
			wm__conn_end(c, c->reason);
		break;
	case WM__OPEN:
		if (c->eof && c->held == 0 && c->upgrade == NULL &&
		    !c->paused && !c->decoding)
			wm__conn_end(c, WM_CLOSE_PEER);
		break;
	default:
		break;
	}
}

void
wm__conn_end(struct wm_conn *c, enum wm_close_reason reason)
{
	if (c->life == WM__DEAD)
		return;
	c->life = WM__DEAD;
	c->reason = (unsigned)reason & 31u;
	if (c->watching != 0)
		event_del(&c->ev);
	c->watching = 0;
	wm__wheel_remove(&c->wheel);
	wm__conn_want(c, 0);
}

/* For the application, one that has moved goes on elsewhere. */
static void
conn_tell_end(struct wm_conn *c)
{
	struct wm__outer outer;

	if (c->reason == WM_CLOSE_MOVED) {
		wm__conn_tell_moved(c, true);
		return;
	}
	outer = wm__running_begin(WM__RUNNING_CLOSE, c->id);
	if (c->announced && c->handlers->on_close != NULL)
		c->handlers->on_close(c, c->reason);
	wm__running_end(outer);
}

void
wm__conn_free(struct wm_conn *c)
{
	struct wm_proc *p = c->service->proc;
	int fd = wm__conn_fd(c);

	if (wm__extra_is_joined(c))
		wm__pipe_gone(c);
	if (p->conn_hook != NULL)
		p->conn_hook(c);
	conn_tell_end(c);
	conn_close_protocol(c, c->reason);
	wm__count(&p->counters->closed[c->reason], 1);
	wm__gate_leave(c);
	wm__conn_table_remove(&p->conns, c);
	wm__gauge(&p->counters->connections, p->conns.count);
	wm__unread_drop(c);
	wm__conn_drop_output(c);
	wm__extra_drop(c);
	if (fd >= 0)
		close(fd);
	free(c->upgrade);
	wm__conn_release(c);
	wm__listener_resume(p);
	if (p->conns.count == 0 && p->empty_hook != NULL)
		p->empty_hook(p);
}
