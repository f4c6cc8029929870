/* SPDX-License-Identifier: MIT */
/*
 * The life of a connection: begin, upgrade, close, deadlines, the end of a
 * turn. Bytes are not touched here: input.c decodes them, output.c sends
 * them.
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

#include "framework/net/conn.h"
#include "framework/net/listener.h"

#define CONN_ROUNDS 8 /* of a turn's end, at most */

/* ---- begin ---- */

static void
conn_set_peer(struct wm_conn *c, const struct sockaddr *peer)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)peer;
	const struct sockaddr_in *in = (const struct sockaddr_in *)peer;

	if (peer == NULL)
		return;
	c->peer.family = peer->sa_family;
	if (peer->sa_family == AF_INET) {
		c->peer.port = in->sin_port;
		memcpy(c->peer.address, &in->sin_addr, sizeof(in->sin_addr));
	} else if (peer->sa_family == AF_INET6) {
		c->peer.port = in6->sin6_port;
		memcpy(c->peer.address, &in6->sin6_addr,
		    sizeof(in6->sin6_addr));
	}
}

/* Gives the connection that protocol, with its state zeroed and opened. */
static int
conn_open_protocol(struct wm_conn *c, const struct wm_protocol *protocol,
    const void *init, size_t init_len)
{
	void *state = c->inline_state;
	int error;

	if (protocol->state_size > WM__STATE_INLINE) {
		state = calloc(1, protocol->state_size);
		if (state == NULL)
			return WM_E_NOMEM;
	} else
		memset(state, 0, WM__STATE_INLINE);
	if (init_len > 0)
		memcpy(state, init, init_len);
	c->protocol = protocol;
	c->state = state;
	error = protocol->open != NULL ? protocol->open(c, state) : 0;
	if (error < 0) {
		if (state != c->inline_state)
			free(state);
		c->state = NULL;
		return error;
	}
	c->begun = true;
	return 0;
}

static void
conn_close_protocol(struct wm_conn *c, enum wm_close_reason reason)
{
	if (!c->begun)
		return;
	c->begun = false;
	if (c->protocol->close != NULL)
		c->protocol->close(c, c->state, reason);
	if (c->state != c->inline_state)
		free(c->state);
	c->state = NULL;
	c->due_protocol = 0;
}

static void
conn_announce(struct wm_conn *c)
{
	if (c->announced || c->life != WM__OPEN ||
	    c->protocol == c->service->protocol->begins_as)
		return;
	c->announced = true;
	if (c->handlers->on_connect != NULL)
		c->handlers->on_connect(c);
}

struct wm_conn *
wm__conn_new(struct wm__service *service, int fd, const struct sockaddr *peer)
{
	struct wm_proc *p = service->proc;
	const struct wm_protocol *first = service->protocol;
	struct wm_conn *c;
	int error;

	c = calloc(1, sizeof(*c) + p->row->conn_data_size);
	if (c == NULL)
		goto fail;
	c->id = (uint64_t)p->incarnation << 40 | ++p->next_conn;
	c->service = service;
	c->handlers = &service->handlers;
	c->last_in = p->now;
	conn_set_peer(c, peer);
	event_assign(&c->ev, wm__loop_base(p->loop), fd, EV_READ | EV_PERSIST,
	    wm__conn_ready, c);
	if (wm__conn_table_add(&p->conns, c) < 0)
		goto fail;
	wm__gauge(&p->counters->connections, p->conns.count);
	if (first->begins_as != NULL)
		first = first->begins_as;
	error = conn_open_protocol(c, first, NULL, 0);
	if (error < 0) {
		wm__conn_end(c, wm__conn_reason_of(error));
		return NULL;
	}
	wm__conn_watch(c);
	if (service->limits.idle_ms > 0)
		wm__conn_check_deadlines(c);
	conn_announce(c);
	return c;
fail:
	free(c);
	if (fd >= 0)
		close(fd);
	return NULL;
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

/* Carries out an upgrade whose time has come. */
static void
conn_switch(struct wm_conn *c)
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
	int fd = (int)event_get_fd(&c->ev), n = 0;

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
	struct wm_buf *out;
	size_t before;
	int bye;

	if (!c->begun || c->protocol->farewell == NULL ||
	    reason == WM_CLOSE_PEER || reason == WM_CLOSE_RESET)
		return WM_BYE;
	out = wm__conn_out(c);
	if (out == NULL)
		return WM_BYE;
	before = out->len;
	bye = c->protocol->farewell(c, c->state, reason, out);
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
	if (reason == WM_CLOSE_PEER)
		c->peer_done = true;
	if (c->life == WM__OPEN) {
		c->reason = (uint8_t)reason;
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
	wm__conn_set_core_deadline(c, c->service->limits.close_ms);
	wm__conn_want(c, WM__WANT_DECODE | WM__WANT_FLUSH);
}

void
wm_conn_close(struct wm_conn *c)
{
	wm_conn_close_reason(c, WM_CLOSE_APPLICATION);
}

/* The kernel is to send a reset in place of what it still holds. */
static void
conn_reset_at_close(struct wm_conn *c)
{
	static const struct linger reset = { 1, 0 };

	setsockopt((int)event_get_fd(&c->ev), SOL_SOCKET, SO_LINGER, &reset,
	    sizeof(reset));
}

void
wm_conn_destroy(struct wm_conn *c)
{
	if (c->life == WM__DEAD)
		return;
	conn_reset_at_close(c);
	wm__conn_end(c, c->life == WM__OPEN ? WM_CLOSE_APPLICATION : c->reason);
}

/* Reasons after which the peer has probably not finished speaking. */
static bool
conn_was_interrupted(const struct wm_conn *c)
{
	switch ((enum wm_close_reason)c->reason) {
	case WM_CLOSE_APPLICATION:
	case WM_CLOSE_TIMEOUT:
	case WM_CLOSE_SHUTDOWN:
	case WM_CLOSE_RESTART:
		return c->unread != NULL;
	default:
		return true;
	}
}

/* What is left to do once the output of a closing connection has left. */
static void
conn_settle_flushed(struct wm_conn *c)
{
	int fd = (int)event_get_fd(&c->ev);

	if (fd < 0 || c->eof || c->peer_done ||
	    (!conn_was_interrupted(c) && conn_in_flight(c) == 0)) {
		wm__conn_end(c, c->reason);
		return;
	}
	wm__conn_drop_unread(c);
	shutdown(fd, SHUT_WR);
	c->life = WM__LINGER;
	wm__conn_set_core_deadline(c, c->service->limits.close_ms);
	wm__conn_watch(c);
}

void
wm__conn_settle(struct wm_conn *c)
{
	if (c->output != NULL || c->life == WM__DEAD)
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
	c->reason = (uint8_t)reason;
	if (c->watching != 0)
		event_del(&c->ev);
	c->watching = 0;
	wm__wheel_remove(&c->wheel);
	wm__conn_want(c, 0);
}

/* The very last step: nobody is using the connection any more. */
static void
conn_free(struct wm_conn *c)
{
	struct wm_proc *p = c->service->proc;
	int fd = (int)event_get_fd(&c->ev);

	if (p->conn_hook != NULL)
		p->conn_hook(c);
	if (c->announced && c->handlers->on_close != NULL)
		c->handlers->on_close(c, c->reason);
	conn_close_protocol(c, c->reason);
	wm__count(&p->counters->closed[c->reason], 1);
	wm__conn_table_remove(&p->conns, c);
	wm__gauge(&p->counters->connections, p->conns.count);
	wm__conn_drop_unread(c);
	wm__conn_drop_output(c);
	if (fd >= 0)
		close(fd);
	free(c->upgrade);
	free(c);
	wm__listener_resume(p);
	if (p->conns.count == 0 && p->empty_hook != NULL)
		p->empty_hook(p);
}

/* ---- deadlines ---- */

/* Rounded up to a second, and one for the second that has begun. */
static uint32_t
conn_ticks(uint32_t ms)
{
	return ms / 1000 + (ms % 1000 != 0) + 1;
}

static void
conn_file_deadline(struct wm_conn *c, uint32_t due)
{
	if (c->life != WM__DEAD)
		wm__wheel_file(&c->service->proc->wheel, &c->wheel, due);
}

void
wm_conn_set_deadline(struct wm_conn *c, unsigned which, uint32_t ms)
{
	if (ms == 0 || c->life > WM__AWAIT) {
		c->due_protocol = 0;
		return;
	}
	c->due_which = (uint8_t)which;
	c->due_protocol = c->service->proc->now + conn_ticks(ms);
	conn_file_deadline(c, c->due_protocol);
}

void
wm__conn_set_core_deadline(struct wm_conn *c, uint32_t ms)
{
	c->due_core = ms > 0 ? c->service->proc->now + conn_ticks(ms) : 0;
	if (c->due_core > 0)
		conn_file_deadline(c, c->due_core);
}

static void
conn_protocol_deadline(struct wm_conn *c)
{
	c->due_protocol = 0;
	if (c->protocol->deadline != NULL)
		c->protocol->deadline(c, c->state, c->due_which);
	else
		wm_conn_close_reason(c, WM_CLOSE_TIMEOUT);
}

/* When it has been idle for too long; not while we are the slow ones. */
static uint32_t
conn_idle_due(struct wm_conn *c)
{
	uint32_t ms = c->service->limits.idle_ms;

	if (ms == 0 || c->life != WM__OPEN)
		return 0;
	if (c->held > 0 || !wm__conn_can_decode(c))
		c->last_in = c->service->proc->now;
	return c->last_in + conn_ticks(ms);
}

static uint32_t
conn_earlier(uint32_t a, uint32_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Output that nobody takes is dropped, in the kernel too. */
static void
conn_core_deadline(struct wm_conn *c)
{
	if (c->output != NULL)
		conn_reset_at_close(c);
	wm__conn_end(c,
	    c->life == WM__OPEN ? WM_CLOSE_WRITE_TIMEOUT : c->reason);
}

void
wm__conn_check_deadlines(struct wm_conn *c)
{
	uint32_t now = c->service->proc->now, idle;

	if (c->due_core != 0 && c->due_core <= now) {
		conn_core_deadline(c);
		return;
	}
	if (c->due_protocol != 0 && c->due_protocol <= now)
		conn_protocol_deadline(c);
	idle = conn_idle_due(c);
	if (idle != 0 && idle <= now) {
		wm_conn_close_reason(c, WM_CLOSE_TIMEOUT);
		idle = 0;
	}
	idle = conn_earlier(idle, conn_earlier(c->due_core, c->due_protocol));
	if (idle != 0)
		conn_file_deadline(c, idle);
}

/* ---- the end of a turn ---- */

void
wm__conn_want(struct wm_conn *c, unsigned what)
{
	struct wm_proc *p = c->service->proc;

	c->wants |= (uint8_t)what;
	if (c->queued)
		return;
	c->queued = true;
	c->turn_next = NULL;
	*p->turn_tail = c;
	p->turn_tail = &c->turn_next;
	if (p->turn == c)
		wm__loop_again(p->loop);
}

/*
 * Tells the application what happened to its sends, as long as it does not
 * close the connection. A send that fails in on_error is not told again: it
 * would fail in every turn for ever.
 */
static void
conn_events(struct wm_conn *c)
{
	const struct wm_handlers *h = c->handlers;
	bool full = c->full, drained = c->drained;
	int error = c->error;

	c->wants &= (uint8_t)~WM__WANT_EVENT;
	c->full = c->drained = false;
	if (!c->announced)
		return;
	if (error != 0 && h->on_error != NULL && c->life == WM__OPEN)
		h->on_error(c, error);
	c->error = 0;
	if (full && h->on_buffer_full != NULL && c->life == WM__OPEN)
		h->on_buffer_full(c);
	if (drained && h->on_buffer_drain != NULL && c->life == WM__OPEN)
		h->on_buffer_drain(c);
}

static void
conn_turn_decode(struct wm_conn *c)
{
	if (c->wants & WM__WANT_EVENT)
		conn_events(c);
	if (!(c->wants & WM__WANT_DECODE))
		return;
	c->wants &= (uint8_t)~WM__WANT_DECODE;
	if (c->upgrade != NULL && c->held == 0 && c->life == WM__OPEN)
		conn_switch(c);
	wm__conn_decode(c);
	wm__conn_settle(c);
	wm__conn_watch(c);
}

static void
conn_turn_flush(struct wm_conn *c)
{
	if (!(c->wants & WM__WANT_FLUSH))
		return;
	c->wants &= (uint8_t)~WM__WANT_FLUSH;
	wm__conn_flush(c);
	wm__conn_settle(c);
}

/*
 * Three passes, so that what the first makes others say (a publish in
 * on_message) leaves in the second together with their own answers.
 */
static void
conn_turn_round(struct wm_proc *p)
{
	struct wm_conn *c, *next, *list = p->turn;

	for (c = list; c != NULL; c = c->turn_next)
		conn_turn_decode(c);
	for (c = list; c != NULL; c = c->turn_next)
		conn_turn_flush(c);
	p->turn = NULL;
	p->turn_tail = &p->turn;
	for (c = list; c != NULL; c = next) {
		next = c->turn_next;
		if (c->life == WM__DEAD) {
			conn_free(c); /* still queued: only once */
			continue;
		}
		c->queued = false;
		if (c->wants != 0)
			wm__conn_want(c, 0);
	}
}

/* What a round queues anew is taken up by the next, or by the next turn when
   callbacks keep each other busy. */
void
wm__conn_turn(struct wm_proc *p)
{
	for (int i = 0; i < CONN_ROUNDS && p->turn != NULL; i++)
		conn_turn_round(p);
	if (p->turn != NULL)
		wm__loop_again(p->loop);
}

/* ---- what callers may ask and set ---- */

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
wm_conn_data(struct wm_conn *c)
{
	return c->service->proc->row->conn_data_size > 0 ? c + 1 : NULL;
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
		in.sin_port = c->peer.port;
		memcpy(&in.sin_addr, c->peer.address, sizeof(in.sin_addr));
		return wm__address_format((struct sockaddr *)&in, sizeof(in),
		    buf, size);
	case AF_INET6:
		in6.sin6_port = c->peer.port;
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

	if (getsockname((int)event_get_fd(&c->ev), (struct sockaddr *)&ss,
		&len) < 0)
		len = 0;
	return wm__address_format((struct sockaddr *)&ss, len, buf, size);
}

bool
wm_conn_closing(const struct wm_conn *c)
{
	return c->life != WM__OPEN;
}

bool
wm_conn_draining(const struct wm_conn *c)
{
	return c->service->proc->draining;
}

void
wm_conn_set_handlers(struct wm_conn *c, const struct wm_handlers *h)
{
	c->handlers = h;
}

void
wm_conn_pause(struct wm_conn *c)
{
	if (c->life == WM__OPEN)
		c->paused = true;
}

void
wm_conn_resume(struct wm_conn *c)
{
	if (!c->paused)
		return;
	c->paused = false;
	wm__conn_want(c, WM__WANT_DECODE);
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
