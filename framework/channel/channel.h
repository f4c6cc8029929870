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

/* The descriptors are the channel's from now on. */
int wm__channel_set_inbox(struct wm_proc *p, int fd);
int wm__channel_add_peer(struct wm_proc *p, uint32_t id, int fd);
void wm__channel_forget(struct wm_proc *p, uint32_t id);

#endif
