/* SPDX-License-Identifier: MIT */
/*
 * Newcomers: counting them by address and by time, and making room. Accepting
 * is listener.c's.
 */
#include "config.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/hash.h"
#include "framework/net/conn.h"
#include "framework/net/gate.h"

#define GATE_WAKES 10 /* a second at most, to let newcomers in */

/* ---- per second ---- */

/* What has come back since. */
static void
rate_refill(struct wm__rate *r, uint32_t per_second, int64_t now)
{
	uint64_t ms = now > r->since ? (uint64_t)(now - r->since) : 0;

	if (r->since == 0 || ms >= 1000 || ms * per_second >= r->spent)
		r->spent = 0;
	else
		r->spent -= ms * per_second;
	r->since = now;
}

bool
wm__rate_take(struct wm__rate *r, uint32_t per_second, int64_t now)
{
	rate_refill(r, per_second, now);
	if (r->spent + 1000 > (uint64_t)per_second * 1000)
		return false;
	r->spent += 1000;
	return true;
}

uint32_t
wm__rate_wait(const struct wm__rate *r, uint32_t per_second)
{
	uint64_t some =
	    per_second / GATE_WAKES > 0 ? per_second / GATE_WAKES : 1;
	uint64_t most = ((uint64_t)per_second - some) * 1000;

	if (r->spent <= most)
		return 1;
	return (uint32_t)((r->spent - most + per_second - 1) / per_second);
}

/* ---- per address ---- */

/* An address of either family, as a key. */
struct gate_address {
	unsigned char bytes[8]; /* IPv6: the network; IPv4: and zeros */
	uint64_t family;
};

struct gate_visitors {
	struct gate_address address;
	uint32_t count;
	UT_hash_handle hh;
};

/* One that was idle when it was looked for. */
struct gate_idle {
	uint64_t id;
	uint32_t since; /* tick of its last byte */
};

struct wm__gate {
	struct gate_visitors *visitors;
	struct gate_idle *idle; /* the oldest last */
	size_t n_idle;
	uint32_t looked; /* tick at which there were none; 0: never */
};

static struct wm__gate *
gate_of(struct wm_proc *p)
{
	if (p->gate == NULL)
		p->gate = calloc(1, sizeof(*p->gate));
	return p->gate;
}

static bool
gate_key(struct gate_address *key, int family, const unsigned char *address)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	*key = (struct gate_address){ .family = AF_INET };
	if (family == AF_INET6 && memcmp(address, mapped, sizeof(mapped)) == 0)
		memcpy(key->bytes, address + sizeof(mapped), 4);
	else if (family == AF_INET)
		memcpy(key->bytes, address, 4);
	else if (family == AF_INET6) {
		key->family = AF_INET6;
		memcpy(key->bytes, address, sizeof(key->bytes));
	} else
		return false;
	return true;
}

static struct gate_visitors *
gate_find(const struct wm_proc *p, const struct gate_address *key)
{
	struct gate_visitors *v = NULL;

	if (p->gate != NULL)
		HASH_FIND(hh, p->gate->visitors, key, sizeof(*key), v);
	return v;
}

bool
wm__gate_is_crowded(struct wm__service *s, const struct sockaddr *peer)
{
	const struct sockaddr_in6 *in6 =
	    (const struct sockaddr_in6 *)(const void *)peer;
	const struct sockaddr_in *in =
	    (const struct sockaddr_in *)(const void *)peer;
	const struct gate_visitors *v;
	struct gate_address key;
	const void *address;

	if (s->limits.per_address == 0 || peer == NULL)
		return false;
	address = peer->sa_family == AF_INET ? (const void *)&in->sin_addr :
					       (const void *)&in6->sin6_addr;
	if (!gate_key(&key, peer->sa_family, address))
		return false;
	v = gate_find(s->proc, &key);
	return v != NULL && v->count >= s->limits.per_address;
}

int
wm__gate_enter(struct wm_conn *c)
{
	struct wm_proc *p = c->service->proc;
	struct gate_address key;
	struct gate_visitors *v;

	if (c->service->limits.per_address == 0 ||
	    !gate_key(&key, c->peer.family, c->peer.address))
		return 0;
	if (gate_of(p) == NULL)
		return WM_E_NOMEM;
	v = gate_find(p, &key);
	if (v == NULL) {
		v = calloc(1, sizeof(*v));
		if (v == NULL)
			return WM_E_NOMEM;
		v->address = key;
		HASH_ADD(hh, p->gate->visitors, address, sizeof(key), v);
		if (!hash_has(v)) {
			free(v);
			return WM_E_NOMEM;
		}
	}
	v->count++;
	return 0;
}

void
wm__gate_leave(struct wm_conn *c)
{
	struct wm_proc *p = c->service->proc;
	struct gate_address key;
	struct gate_visitors *v;

	if (c->service->limits.per_address == 0 ||
	    !gate_key(&key, c->peer.family, c->peer.address))
		return;
	v = gate_find(p, &key);
	if (v == NULL || --v->count > 0)
		return;
	HASH_DEL(p->gate->visitors, v);
	free(v);
}

/* ---- room ---- */

/* Between two requests, after at least one. */
static bool
gate_is_idle(const struct wm_conn *c)
{
	return c->life == WM__OPEN && c->announced && c->held == 0 &&
	    !c->busy && !c->asleep && !c->paused && c->messages > 0 &&
	    c->unread == NULL && c->output == NULL && c->upgrade == NULL &&
	    (c->protocol->flags & WM_P_EXCHANGE) != 0;
}

/* Nothing of it is on its way, as far as the kernel knows. */
static bool
gate_is_silent(const struct wm_conn *c)
{
	int n = 0;

	return ioctl(wm__conn_fd(c), FIONREAD, &n) < 0 || n == 0;
}

static int
gate_youngest_first(const void *a, const void *b)
{
	const struct gate_idle *x = a, *y = b;

	if (x->since != y->since)
		return x->since < y->since ? 1 : -1;
	return x->id < y->id ? 1 : -1;
}

/* Who is idle now. Nobody who becomes so later is older than any of them. */
static void
gate_look(struct wm_proc *p)
{
	struct wm__gate *g = p->gate;

	g->idle = malloc((p->conns.count + 1) * sizeof(*g->idle));
	if (g->idle == NULL)
		return;
	for (size_t i = 0; i < p->conns.size; i++) {
		const struct wm_conn *c = p->conns.slots[i];

		if (c != NULL && gate_is_idle(c))
			g->idle[g->n_idle++] =
			    (struct gate_idle){ c->id, c->last_in };
	}
	qsort(g->idle, g->n_idle, sizeof(*g->idle), gate_youngest_first);
}

static void
gate_forget(struct wm__gate *g)
{
	free(g->idle);
	g->idle = NULL;
	g->n_idle = 0;
}

/* The oldest that has been idle ever since; null: none. */
static struct wm_conn *
gate_next(struct wm_proc *p)
{
	struct wm__gate *g = p->gate;

	while (g->n_idle > 0) {
		const struct gate_idle *i = &g->idle[--g->n_idle];
		struct wm_conn *c = wm_conn_find(p, i->id);

		if (c != NULL && c->last_in == i->since && gate_is_idle(c) &&
		    gate_is_silent(c))
			return c;
	}
	gate_forget(g);
	return NULL;
}

bool
wm__gate_make_room(struct wm_proc *p)
{
	struct wm__gate *g = gate_of(p);
	struct wm_conn *c;

	if (g == NULL)
		return false;
	c = gate_next(p);
	if (c == NULL && g->looked != p->now) {
		gate_look(p);
		c = gate_next(p);
		if (c == NULL)
			g->looked = p->now;
	}
	if (c != NULL)
		wm__conn_end(c, WM_CLOSE_LIMIT);
	return c != NULL;
}

void
wm__gate_fini(struct wm_proc *p)
{
	struct gate_visitors *v, *next;

	if (p->gate == NULL)
		return;
	HASH_ITER(hh, p->gate->visitors, v, next) {
		HASH_DEL(p->gate->visitors, v);
		free(v);
	}
	gate_forget(p->gate);
	free(p->gate);
	p->gate = NULL;
}
