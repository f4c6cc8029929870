/* SPDX-License-Identifier: MIT */
/*
 * Datagrams, in batches both ways. Each one is a connection without a socket
 * that lives for the decoding of this one datagram; <workerman/datagram.h>
 * says what an application may do with it. What is sent in a turn leaves at
 * its end.
 */
#ifndef NET_DATAGRAM_H
#define NET_DATAGRAM_H

#include "framework/net/conn.h"
#include "framework/net/local_address.h"

#define WM__DATAGRAM_BATCH 32 /* received by one system call */
#define WM__DATAGRAM_ROUND 4  /* batches of a socket in a turn, at most */

/* Where a datagram goes. */
struct wm__route {
	int fd;
	struct sockaddr_storage to;
	socklen_t to_len;
	struct wm__local_address from;
};

struct wm__datagrams;

/* What a process needs for them, made with its first socket. Returns 0 or
   WM_E_NOMEM. */
int wm__datagrams_init(struct wm_proc *p);
void wm__datagrams_fini(struct wm_proc *p);

/* Reads what has come to a socket of the service. */
void wm__datagram_ready(struct wm__service *service, int fd);

static inline bool
wm__conn_is_datagram(const struct wm_conn *c)
{
	return c->service->in_flags != 0;
}

/* What is in the output is one datagram, which is taken from it. Returns as
   wm_conn_send(). */
int wm__datagram_cut(struct wm_conn *c);

/* Its addresses, as wm_conn_peer() and wm_conn_local(). The first is null when
   its callbacks are over. */
char *wm__datagram_peer(const struct wm_conn *c, char *buf, size_t size);
char *wm__datagram_local(const struct wm_conn *c, char *buf, size_t size);

/* ---- datagram_out.c ---- */

/* Those that wait for the end of the turn; bounded. */
struct wm__datagrams_out;
struct wm__datagrams_out *wm__datagrams_out_new(struct wm_proc *p);
void wm__datagrams_out_free(struct wm__datagrams_out **out);

/* Returns WM_SENT, WM_E_TOO_BIG, WM_E_NOMEM. */
int wm__datagrams_put(struct wm__datagrams_out *out,
    const struct wm__route *route, const void *data, size_t len);

/* Hands them to the kernel. What it does not take is lost, and counted. */
void wm__datagrams_flush(struct wm_proc *p);

#endif
