/* SPDX-License-Identifier: MIT */
/*
 * Who may come in: so many of one address, so many per second, and room made
 * by ending whoever has been idle for longest. listener.c asks.
 */
#ifndef NET_GATE_H
#define NET_GATE_H

#include <stdbool.h>
#include <stdint.h>

struct sockaddr;
struct wm__service;
struct wm_conn;
struct wm_proc;

/* A second's worth of newcomers, refilled as time passes. Zeroed: full. */
struct wm__rate {
	int64_t since;  /* when `spent` was right, on the clock; 0: never */
	uint64_t spent; /* thousandths of a connection */
};

/* Takes one at time `now`; false when none is left. */
bool wm__rate_take(struct wm__rate *r, uint32_t per_second, int64_t now);

/* In how many milliseconds some can be taken again: a tenth of a second's
   worth, so that nobody wakes for each. */
uint32_t wm__rate_wait(const struct wm__rate *r, uint32_t per_second);

/*
 * Connections of one IP address. Each that was entered leaves once; neither
 * does anything where the service has no limits.per_address, or for peers
 * without an IP address. An IPv6 address counts with the 64 bits in front,
 * which are one customer's.
 */
bool wm__gate_is_crowded(struct wm__service *s, const struct sockaddr *peer);
int wm__gate_enter(struct wm_conn *c); /* 0 or WM_E_NOMEM */
void wm__gate_leave(struct wm_conn *c);

/*
 * Ends the connection of requests and answers that owes nothing and has been
 * silent for longest, if there is one that has had an answer before; reason
 * WM_CLOSE_LIMIT. Its descriptor is free at the turn's end. Costs nothing
 * until it is called; then a look at all connections, once for as many calls
 * as there are idle ones. Returns whether one was ended.
 */
bool wm__gate_make_room(struct wm_proc *p);

void wm__gate_fini(struct wm_proc *p);

#endif
