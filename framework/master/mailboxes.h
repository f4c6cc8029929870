/* SPDX-License-Identifier: MIT */
/*
 * The workers' inboxes: one for each process, both ends held by the master,
 * so that a queue survives a reader that was killed and passes to whoever
 * takes its place. Every worker may write to all of them.
 */
#ifndef MASTER_MAILBOXES_H
#define MASTER_MAILBOXES_H

#include <stdint.h>
#include <sys/queue.h>

struct wm__mailbox {
	TAILQ_ENTRY(wm__mailbox) link;
	uint32_t id; /* never reused */
	int fds[2];  /* read end, write end */
};

struct wm__mailboxes {
	TAILQ_HEAD(wm__mailbox_list, wm__mailbox) all; /* by rising id */
	uint32_t last;
};

void wm__mailboxes_init(struct wm__mailboxes *mailboxes);

/* Returns 0 or WM_E_NOMEM, WM_E_SYSTEM (errno). */
int wm__mailbox_new(struct wm__mailboxes *mailboxes,
    struct wm__mailbox **mailbox_r);
void wm__mailbox_free(struct wm__mailboxes *mailboxes,
    struct wm__mailbox **mailbox);

/* The first one whose id is greater, or null. */
const struct wm__mailbox *
wm__mailboxes_after(const struct wm__mailboxes *mailboxes, uint32_t id);

#endif
