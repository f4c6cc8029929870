/* SPDX-License-Identifier: MIT */
/*
 * Connecting a worker that leaves with the one that takes over, so that its
 * connections can move. The master makes the stream and looks no further.
 */
#ifndef MASTER_LINK_H
#define MASTER_LINK_H

#include <stdbool.h>

struct wm__child;
struct wm__slot;

/* The youngest worker of the slot that was told to leave; null: none. */
struct wm__child *wm__link_predecessor(const struct wm__slot *slot);

/*
 * Links `from`, which leaves or is about to, with `to` of the same slot, which
 * is about to accept. ACTIVE goes to `to` when `from` yields or ends.
 */
void wm__link(struct wm__child *from, struct wm__child *to, bool moves);

/*
 * `to` has crashed. What it was making a connection of, if anything, is not
 * given to the next one; and after a few of them nothing is.
 */
void wm__link_crashed(const struct wm__child *to, uint64_t conn);

/* The same for `to` of another slot of the row: only connections move. */
void wm__link_foreign(struct wm__child *from, struct wm__child *to);

#endif
