/* SPDX-License-Identifier: MIT */
/* See link.h. Without a stream nothing moves, and what is there drains. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include <workerman/error.h>
#include <workerman/log.h>

#include "framework/base/fd.h"
#include "framework/master/life.h"
#include "framework/master/link.h"

#define LINK_CRASHES 3   /* of successors; then what is left drains */
#define LINK_TRIES   200 /* a ms apart */

struct wm__child *
wm__link_predecessor(const struct wm__slot *slot)
{
	struct wm__child *child;

	LIST_FOREACH(child, &slot->owner->children, link)
		if (child->slot == slot && child->pid > 0 &&
		    child->state == WM__CHILD_LEAVING && !child->exclusive &&
		    !child->killed)
			return child; /* the youngest comes first */
	return NULL;
}

/* An end of the stream. When the user's processes have too many descriptors in
   flight, just then, the moment is waited for: connections depend on it. */
static int
link_send(struct wm__child *child, enum wm__ipc_type type,
    const struct wm__ipc_link *link, int fd)
{
	const struct timespec moment = { 0, 1000000 };
	int failed = wm__ipc_send(child->sock, type, link, NULL, fd);

	for (int i = 0; i < LINK_TRIES && failed == WM_E_FULL; i++) {
		nanosleep(&moment, NULL);
		failed = wm__ipc_send(child->sock, type, link, NULL, fd);
	}
	return failed;
}

/* Sends both ends, the taker's first. One that has just died takes nothing:
   the giver finds the end of the stream, and waits for the next one. */
static void
link_open(struct wm__child *from, struct wm__child *to,
    const struct wm__ipc_link *link)
{
	int pair[2], failed;

	failed = wm__fd_stream_pair(pair);
	if (failed == 0) {
		failed = link_send(to, WM__IPC_TAKE, link, pair[0]);
		if (failed == 0 || failed == WM_E_CLOSED)
			failed = link_send(from, WM__IPC_GIVE, link, pair[1]);
		wm__fd_close(&pair[0]);
		wm__fd_close(&pair[1]);
	}
	/* one that has just died has nothing to give */
	if (failed < 0 && failed != WM_E_CLOSED)
		wm_log(WM_LOG_WARNING,
		    "worker %s: connections cannot move, they drain: %s",
		    from->name, strerror(errno));
}

void
wm__link(struct wm__child *from, struct wm__child *to, bool moves)
{
	const struct wm__ipc_link link = {
		.moves = moves && from->crashes < LINK_CRASHES,
		.waits = !from->yielded,
	};

	from->successor = to;
	link_open(from, to, &link);
}

void
wm__link_crashed(const struct wm__child *to, uint64_t conn)
{
	const struct wm__ipc_keep keep = { conn };
	struct wm__child *from = wm__link_predecessor(to->slot);

	if (from == NULL)
		return;
	if (++from->crashes == LINK_CRASHES)
		wm_log(WM_LOG_ERROR,
		    "worker %s (pid %ld): %d successors have crashed: its "
		    "connections drain",
		    from->name, (long)from->pid, LINK_CRASHES);
	if (conn != 0)
		wm__child_tell(from, WM__IPC_KEEP, &keep, NULL);
}

void
wm__link_foreign(struct wm__child *from, struct wm__child *to)
{
	const struct wm__ipc_link link = { .moves = 1, .foreign = 1 };

	link_open(from, to, &link);
}
