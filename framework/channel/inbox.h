/* SPDX-License-Identifier: MIT */
/*
 * Packets between the processes of one master: one inbox to read, the other
 * slots' inboxes to write. What a turn publishes leaves as one packet per
 * peer at the turn's end; what a peer cannot take at once waits in a bounded
 * queue and is then counted as lost.
 */
#ifndef CHANNEL_INBOX_H
#define CHANNEL_INBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "framework/channel/record.h"
#include "framework/net/proc.h"

#define WM__INBOX_QUEUE                                                        \
	(4u << 20) /* bytes that wait for one peer, at most,                   \
		      unless it is a single packet */

struct wm__inbox;

/* fn gets each record that arrives. Null: out of memory. */
struct wm__inbox *wm__inbox_new(struct wm_proc *p,
    void (*fn)(void *arg, const struct wm__record *r), void *arg);
void wm__inbox_free(struct wm__inbox **inbox);

/* The process's own inbox; the descriptor is the inbox's from now on, and does
   not block any more. It is read from wm__inbox_read() on. */
int wm__inbox_read_from(struct wm__inbox *inbox, int fd);
void wm__inbox_read(struct wm__inbox *inbox, bool on);

/* Another process's inbox. As above. It ends when it is forgotten by its id,
   and by itself when nobody can read it any more. */
int wm__inbox_add_peer(struct wm__inbox *inbox, uint32_t id, int fd);
void wm__inbox_forget(struct wm__inbox *inbox, uint32_t id);

/* Queues a record for all peers. Returns 0 or WM_E_NOMEM. */
int wm__inbox_post(struct wm__inbox *inbox, const struct wm__record *r);

/* Sends what was posted. */
void wm__inbox_flush(struct wm__inbox *inbox);
/* Whether all of it has left. */
bool wm__inbox_is_flushed(const struct wm__inbox *inbox);

#endif
