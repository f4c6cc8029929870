/* SPDX-License-Identifier: MIT */
/*
 * The channel of a worker process: ties topics (who listens here) and inbox
 * (the other processes) to the process's hooks.
 */
#ifndef CHANNEL_CHANNEL_H
#define CHANNEL_CHANNEL_H

#include "framework/net/proc.h"

/* Returns 0 or WM_E_NOMEM; sets p->channel and the hooks. */
int wm__channel_init(struct wm_proc *p);

/* Sends what is left, then releases it. Call it before wm__proc_fini(). */
void wm__channel_fini(struct wm_proc *p);

/*
 * Reading the own inbox: not before it is said, because another process of the
 * slot may still do so.
 */
void wm__channel_read(struct wm_proc *p, bool on);

/* Sends what was published. Returns whether no peer keeps it waiting. */
bool wm__channel_flush(struct wm_proc *p);

/*
 * Other processes of the slot, which share its inbox: `forward` gets every
 * record that was read from it or published here, before the subscribers;
 * `delivered` is called when all connections have any record, theirs too.
 */
struct wm__record;
struct wm__channel_events {
	void (*forward)(void *arg, const struct wm__record *r);
	void (*delivered)(void *arg);
};
void wm__channel_set_events(struct wm_proc *p,
    const struct wm__channel_events *events, void *arg);

/* Hands a record that they forwarded to the subscribers; or to this one. */
void wm__channel_deliver(struct wm_proc *p, const struct wm__record *r);
void wm__channel_deliver_to(struct wm_conn *c, const struct wm__record *r);

/* The topics of a connection, one by one. */
void wm__channel_topics(struct wm_conn *c,
    void (*fn)(void *arg, const char *topic), void *arg);

/* The descriptors are the channel's from now on. */
int wm__channel_set_inbox(struct wm_proc *p, int fd);
int wm__channel_add_peer(struct wm_proc *p, uint32_t id, int fd);
void wm__channel_forget(struct wm_proc *p, uint32_t id);

#endif
