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

/*
 * Other processes of the slot, which share its inbox: `forward` gets every
 * record that was read from it or published here.
 */
struct wm__record;
void wm__channel_set_forward(struct wm_proc *p,
    void (*forward)(void *arg, const struct wm__record *r), void *arg);

/* Hands a record that they forwarded to the subscribers; `moving` to those,
   too, that are on their way to another process. */
void wm__channel_deliver(struct wm_proc *p, const struct wm__record *r,
    bool moving);

/* The topics of a connection, one by one. */
void wm__channel_topics(struct wm_conn *c,
    void (*fn)(void *arg, const char *topic), void *arg);

/* The descriptors are the channel's from now on. */
int wm__channel_set_inbox(struct wm_proc *p, int fd);
int wm__channel_add_peer(struct wm_proc *p, uint32_t id, int fd);
void wm__channel_forget(struct wm_proc *p, uint32_t id);

#endif
