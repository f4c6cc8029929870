/* SPDX-License-Identifier: MIT */
/*
 * Taking part in a change of workers: giving connections to a successor,
 * taking them from a predecessor, over the streams that the master made.
 *
 * Giver: every connection at a message boundary leaves the loop and goes as a
 * record with its descriptor, in batches of which few are unanswered. "Yes":
 * it is the other one's, ours ends without a word. "No", or the end of the
 * stream: it goes on here, and drains.
 *
 * Published messages: one process of a slot reads its inbox, the giver until
 * END, then the taker. Each hands what it reads or publishes to all others of
 * the slot; so every connection sees every message once, wherever it is. One
 * that is on its way gets the messages of the giver there, as they follow its
 * record in the stream; and those of the taker there, too: a batch says how
 * many of them the giver had heard, the rest is delivered from the taker's
 * log. What the giver delivers to it meanwhile counts only if it stays.
 */
#ifndef WORKER_HANDOVER_H
#define WORKER_HANDOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "framework/ipc/ipc.h"

#define WM__HANDOVER_BATCH  64   /* records in a batch */
#define WM__HANDOVER_WINDOW 4    /* batches unanswered */
#define WM__HANDOVER_MS     5000 /* without an answer: the rest drains */
#define WM__HANDOVER_AGAIN  20   /* ms between looks at what could not yet */

struct wm__handover;
struct wm__worker;

/* Null: out of memory. `yielded` is called when the successor has become the
   reader of the inbox, or could be. */
struct wm__handover *wm__handover_new(struct wm__worker *w,
    void (*yielded)(void *arg), void *arg);
void wm__handover_free(struct wm__handover **handover);

/* The streams of TAKE and GIVE; fd is taken. */
void wm__handover_take(struct wm__handover *h, int fd,
    const struct wm__ipc_link *link);
void wm__handover_give(struct wm__handover *h, int fd,
    const struct wm__ipc_link *link);

/* That connection does not move: a successor has died of it. */
void wm__handover_keep(struct wm__handover *h, uint64_t conn);

/* ACCEPT was heard: without a predecessor that still reads it, the inbox is
   read from now on. */
void wm__handover_accept(struct wm__handover *h);

/* It leaves because it is replaced; without a stream to a successor it yields
   at once. */
void wm__handover_leave(struct wm__handover *h);

/* It stops: nothing moves any more. */
void wm__handover_quit(struct wm__handover *h);

/* Whether it may end, once it has no connections: no predecessor depends on
   it for what is published. */
bool wm__handover_is_idle(const struct wm__handover *h);

/* The loop has ended: what is on its way is the other side's or ours. */
void wm__handover_settle(struct wm__handover *h);

#endif
