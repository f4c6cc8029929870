/* SPDX-License-Identifier: MIT */
/*
 * The record of a connection: see freeze.h. Times are seconds from now, as
 * the two processes count from different beginnings.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "framework/base/running.h"
#include "framework/net/conn.h"
#include "framework/net/extra.h"
#include "framework/net/freeze.h"
#include "framework/net/limits.h"
#include "framework/net/protocols.h"
#include "framework/net/unread.h"

/* The flags that travel. */
#define FREEZE_FLAGS(X)                                                        \
	X(begun) X(announced) X(paused) X(eof) X(eof_shown) X(stuck) X(was_full)

/* ---- the old process ---- */

/* Whether the application's handlers can be found again by name. */
static bool
freeze_knows_handlers(const struct wm_conn *c)
{
	return c->handlers == &wm__conn_shared_service(c)->handlers ||
	    c->handlers->name != NULL;
}

static int
freeze_can(const struct wm_conn *c)
{
	const struct wm_protocol *protocol = c->protocol;

	if ((protocol->freeze == NULL && protocol->state_size > 0) ||
	    (protocol->freeze != NULL && protocol->thaw == NULL) ||
	    wm__extra_is_joined(c) || !freeze_knows_handlers(c))
		return WM_E_UNSUPPORTED;
	if (c->life != WM__OPEN || c->asleep || c->held > 0 || c->queued ||
	    c->upgrade != NULL || c->decoding || c->encoding || !c->begun ||
	    c->refused || c->full || c->drained || c->drain_due ||
	    c->awaits_drain || c->busy || wm__extra_is_busy(c))
		return WM_E_BUSY;
	return 0;
}

/* Seconds until a deadline; 0: none. */
static uint64_t
freeze_left(const struct wm_conn *c, uint32_t due)
{
	uint32_t now = c->service->proc->now;

	if (due == 0)
		return 0;
	return due > now ? due - now : 1;
}

static void
freeze_input(const struct wm_conn *c, struct wm_freezer *f)
{
	const struct wm__unread *u = c->unread;

	wm_freeze_bytes(f, u != NULL ? u->data : NULL, u != NULL ? u->len : 0);
	wm_freeze_number(f, u != NULL ? u->seen : 0);
	wm_freeze_number(f, u != NULL ? u->need : 0);
}

static void
freeze_output(const struct wm_conn *c, struct wm_freezer *f)
{
	const struct wm__output *o = c->output;
	size_t unsent = wm__conn_unsent(c);

	wm_freeze_bytes(f, unsent > 0 ? o->buf.data + o->sent : NULL, unsent);
}

static uint64_t
freeze_flags(const struct wm_conn *c)
{
	uint64_t flags = 0, bit = 1;

#define FREEZE_FLAG(name)                                                      \
	flags |= c->name ? bit : 0;                                            \
	bit <<= 1;
	FREEZE_FLAGS(FREEZE_FLAG)
#undef FREEZE_FLAG
	return flags;
}

static void
freeze_core(const struct wm_conn *c, struct wm_freezer *f)
{
	const struct wm_proc *p = c->service->proc;
	char url[WM__URL_MAX + 32];

	wm_freeze_number(f, WM__CONN_RECORD);
	wm_freeze_string(f, wm__url_format(&c->service->url, url, sizeof(url)));
	wm_freeze_string(f, c->protocol->name);
	wm_freeze_string(f,
	    c->handlers == &wm__conn_shared_service(c)->handlers ?
		"" :
		c->handlers->name);
	wm_freeze_number(f, c->id);
	wm_freeze_bytes(f, &c->peer, sizeof(c->peer));
	wm_freeze_number(f, freeze_flags(c));
	wm_freeze_number(f, c->bytes_in);
	wm_freeze_number(f, c->bytes_out);
	wm_freeze_number(f, c->messages);
	wm_freeze_number(f, p->now - c->opened);
	wm_freeze_number(f, p->now - c->last_in);
	wm_freeze_number(f,
	    c->paused ? c->due_protocol : freeze_left(c, c->due_protocol));
	wm_freeze_number(f, c->due_which);
	wm_freeze_number(f, freeze_left(c, wm__conn_core_due(c)));
	freeze_input(c, f);
	freeze_output(c, f);
	wm__conn_freeze_limits(c, f);
	wm__extra_freeze(c, f);
}

static int
freeze_protocol(struct wm_conn *c, struct wm_freezer *f)
{
	struct wm__outer outer;
	int error;

	if (c->protocol->freeze == NULL)
		return 0;
	outer = wm__running_begin(WM__RUNNING_PROTOCOL_FREEZE, c->id);
	error = c->protocol->freeze(c, c->state, f);
	wm__running_end(outer);
	return error;
}

int
wm__conn_freeze(struct wm_conn *c, struct wm_freezer *f)
{
	size_t before = f->out->len, begun;
	int error = freeze_can(c);

	if (error < 0)
		return error;
	freeze_core(c, f);
	wm_freeze_number(f, c->protocol->state_version);
	begun = wm__freeze_open(f);
	error = freeze_protocol(c, f);
	wm__freeze_close(f, begun);
	if (f->out->failed)
		error = WM_E_NOMEM;
	if (error < 0)
		f->out->len = before;
	return error;
}

void
wm__conn_hold(struct wm_conn *c)
{
	c->moving = c->asleep = true;
	if (c->watching != 0)
		event_del(&c->ev);
	c->watching = 0;
	wm__wheel_remove(&c->wheel);
}

/* Goes on with whatever it has. */
static void
freeze_wake(struct wm_conn *c)
{
	c->moving = c->asleep = false;
	if (c->output != NULL)
		wm__conn_want(c, WM__WANT_FLUSH);
	if (c->refused || c->full || c->drained)
		wm__conn_want(c, WM__WANT_EVENT);
	wm__conn_want(c, WM__WANT_DECODE);
	wm__conn_check_deadlines(c);
	wm__conn_watch(c);
}

void
wm__conn_tell_moved(struct wm_conn *c, bool moved)
{
	const struct wm_worker *row = c->service->proc->row;
	struct wm__outer outer;

	if (!c->announced || row->on_moved == NULL)
		return;
	outer = wm__running_begin(WM__RUNNING_MOVED, c->id);
	row->on_moved(c, moved);
	wm__running_end(outer);
}

void
wm__conn_unhold(struct wm_conn *c)
{
	freeze_wake(c);
	wm__conn_tell_moved(c, false);
}

void
wm__conn_moved(struct wm_conn *c)
{
	wm__conn_end(c, WM_CLOSE_MOVED);
}

/* ---- the new process ---- */

static struct wm__service *
thaw_service(const struct wm__thaw *thaw, const char *url)
{
	char text[WM__URL_MAX + 32];

	for (size_t i = 0; i < thaw->n_services; i++)
		if (thaw->services[i] != NULL &&
		    strcmp(wm__url_format(&thaw->services[i]->url, text,
			       sizeof(text)),
			url) == 0)
			return thaw->services[i];
	return NULL;
}

static const struct wm_handlers *
thaw_handlers(const struct wm__thaw *thaw, const struct wm__service *service,
    const char *name)
{
	const struct wm_handlers *const *h = thaw->handlers;

	if (*name == '\0')
		return &service->handlers;
	for (; h != NULL && *h != NULL; h++)
		if ((*h)->name != NULL && strcmp((*h)->name, name) == 0)
			return *h;
	return NULL;
}

static void
thaw_flags(struct wm_conn *c, uint64_t flags)
{
#define THAW_FLAG(name)                                                        \
	c->name = flags & 1;                                                   \
	flags >>= 1;
	FREEZE_FLAGS(THAW_FLAG)
#undef THAW_FLAG
}

static int
thaw_input(struct wm_conn *c, struct wm_thawer *t)
{
	struct wm_span bytes = wm_thaw_bytes(t);
	size_t seen = (size_t)wm_thaw_number(t);
	size_t need = (size_t)wm_thaw_number(t);

	if (bytes.len == 0)
		return 0;
	if (seen > bytes.len)
		return WM_E_PROTOCOL;
	return wm__unread_set(c, bytes, seen, need);
}

static int
thaw_output(struct wm_conn *c, struct wm_thawer *t)
{
	struct wm_span bytes = wm_thaw_bytes(t);
	struct wm_buf *out;

	if (bytes.len == 0)
		return 0;
	out = wm__conn_out(c);
	if (out == NULL)
		return WM_E_NOMEM;
	wm_buf_put(out, bytes.data, bytes.len);
	return out->failed ? WM_E_NOMEM : 0;
}

/* From seconds back to a tick. */
static uint32_t
thaw_due(const struct wm_conn *c, uint64_t left)
{
	return left > 0 && left < UINT32_MAX / 2 ?
	    c->service->proc->now + (uint32_t)left :
	    0;
}

static uint32_t
thaw_past(const struct wm_conn *c, uint64_t age)
{
	uint32_t now = c->service->proc->now;

	return age < now ? now - (uint32_t)age : 0;
}

/* All but the protocol's own. */
static int
thaw_core(struct wm_conn *c, struct wm_thawer *t)
{
	struct wm_span peer = wm_thaw_bytes(t);
	uint64_t left;
	int error;

	if (peer.len == sizeof(c->peer))
		memcpy(&c->peer, peer.data, sizeof(c->peer));
	if (wm__gate_enter(c) < 0)
		return WM_E_NOMEM;
	thaw_flags(c, wm_thaw_number(t));
	c->bytes_in = wm_thaw_number(t);
	c->bytes_out = wm_thaw_number(t);
	c->messages = wm_thaw_number(t);
	c->opened = thaw_past(c, wm_thaw_number(t));
	c->last_in = thaw_past(c, wm_thaw_number(t));
	left = wm_thaw_number(t);
	c->due_protocol = c->paused ? (uint32_t)left : thaw_due(c, left);
	c->due_which = wm_thaw_number(t) & 63;
	c->wheel.due = thaw_due(c, wm_thaw_number(t));
	error = thaw_input(c, t);
	if (error == 0)
		error = thaw_output(c, t);
	if (error == 0)
		error = wm__conn_thaw_limits(c, t);
	if (error == 0)
		error = wm__extra_thaw(c, t);
	return t->failed ? WM_E_PROTOCOL : error;
}

static int
thaw_protocol(struct wm_conn *c, const struct wm_protocol *protocol,
    struct wm_thawer *t)
{
	unsigned version = (unsigned)wm_thaw_number(t);
	struct wm_thawer own = wm__thaw_open(t);
	struct wm__outer outer;
	int error = 0;

	c->protocol = protocol;
	c->state = wm__conn_state_new(c, protocol);
	if (c->state == NULL)
		return WM_E_NOMEM;
	outer = wm__running_begin(WM__RUNNING_PROTOCOL_THAW, c->id);
	if (protocol->thaw != NULL)
		error = protocol->thaw(c, c->state, version, &own);
	else if (protocol->state_size > 0)
		error = WM_E_UNSUPPORTED;
	wm__running_end(outer);
	if (error == 0 && (t->failed || own.failed))
		error = WM_E_PROTOCOL;
	if (error < 0)
		wm__conn_state_free(c);
	return error;
}

/* Fills in a connection that is in the table already. */
static int
thaw_conn(struct wm_conn *c, const struct wm_protocol *protocol,
    struct wm_thawer *t, const char **why_r)
{
	int error;

	c->asleep = true; /* no deadline is filed before it is served */
	error = thaw_core(c, t);
	*why_r = "its record is not understood";
	if (error == 0) {
		*why_r = "its protocol does not take its state";
		error = thaw_protocol(c, protocol, t);
	}
	c->begun = error == 0;
	return error;
}

struct wm_conn *
wm__conn_thaw(const struct wm__thaw *thaw, int fd, struct wm_thawer *t,
    const char **why_r)
{
	uint64_t version = wm_thaw_number(t);
	struct wm__service *service = thaw_service(thaw, wm_thaw_string(t));
	const struct wm_protocol *protocol =
	    wm__protocol_find(thaw->protocols, wm_thaw_string(t));
	const char *handlers = wm_thaw_string(t);
	uint64_t id = wm_thaw_number(t);
	int max = wm__loop_max_fd(thaw->proc->loop);
	struct wm_conn *c;

	*why_r = "its record is of another version";
	if (version != WM__CONN_RECORD || t->failed)
		return NULL;
	*why_r = "there is no such listener, protocol or set of handlers";
	if (service == NULL || protocol == NULL ||
	    thaw_handlers(thaw, service, handlers) == NULL)
		return NULL;
	*why_r = "the event loop cannot watch its descriptor";
	if (max > 0 && fd >= max)
		return NULL;
	*why_r = "out of memory, or its id is taken";
	c = wm__conn_shell(service, fd, id);
	if (c == NULL)
		return NULL;
	c->handlers = thaw_handlers(thaw, service, handlers);
	if (thaw_conn(c, protocol, t, why_r) == 0)
		return c;
	wm__conn_unmake(c);
	return NULL;
}

void
wm__conn_go(struct wm_conn *c)
{
	freeze_wake(c);
}
