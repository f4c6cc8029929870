/* SPDX-License-Identifier: MIT */
/*
 * What comes on an accepted socket before the connection begins: the header of
 * the PROXY protocol, from those that the listener trusts to say it. Exactly
 * its bytes are taken from the socket; the next one is the first of whatever
 * the connection begins with, TLS or the protocol. Until then there is no
 * struct wm_conn. The address of the peer is known in wm__conn_new(), and
 * nowhere earlier.
 */
#ifndef NET_PREFACE_H
#define NET_PREFACE_H

#include "framework/net/conn.h"

/* Takes fd, which is closed if the preface is not to be had in time
   (limits.handshake_ms), and counted with its reason. */
void wm__preface_begin(struct wm__service *service, int fd,
    const struct sockaddr *peer);

/* How many there are: descriptors that are no connections yet. */
size_t wm__prefaces(const struct wm_proc *p);

/* Once a second. */
void wm__preface_tick(struct wm_proc *p);

/* Closes all, or those of a service. */
void wm__preface_end(struct wm_proc *p, const struct wm__service *service);

#endif
