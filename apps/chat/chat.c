/* SPDX-License-Identifier: MIT */
/*
 * A chat: rooms, private messages, and a page to use them, on one port and
 * in as many processes as one likes. A reload ends no conversation: see
 * move.c. This file is the program: its table of workers, and the life of a
 * worker process.
 */
#include <sys/wait.h>

#include <stdlib.h>

#include "chat.h"
#include "gossip.h"

#define PING_MS 25000
#define IDLE_MS 60000 /* two pings unanswered: the connection is lost */

static void
ping(struct wm_conn *c, void *arg)
{
	(void)arg;
	if (wm_conn_protocol(c) == &wm_protocol_websocket)
		wm_websocket_ping(c, NULL, 0);
}

static void
on_ping_timer(struct wm_proc *p, void *arg)
{
	wm_proc_each_conn(p, ping, arg);
}

static void
chat_free(struct chat **chatp)
{
	struct chat *chat = *chatp;

	*chatp = NULL;
	gossip_free(&chat->gossip);
	roster_fini(&chat->roster);
	free(chat);
}

static int
on_worker_start(struct wm_proc *p)
{
	struct chat *chat = calloc(1, sizeof(*chat));

	if (chat == NULL)
		return WM_E_NOMEM;
	chat->proc = p;
	roster_init(&chat->roster, &people_watch, chat);
	chat->gossip = gossip_new(p, &chat->roster);
	if (chat->gossip == NULL ||
	    wm_timer_every(p, PING_MS, on_ping_timer, NULL) == 0) {
		chat_free(&chat);
		return WM_E_NOMEM;
	}
	wm_proc_set_data(p, chat);
	return 0;
}

static void
on_worker_stop(struct wm_proc *p)
{
	struct chat *chat = wm_proc_data(p);

	wm_proc_set_data(p, NULL);
	chat_free(&chat);
}

static void
on_event(struct wm_proc *p, const struct wm_event *e)
{
	const struct chat *chat = wm_proc_data(p);

	if (e->kind == WM_EVENT_WORKER_EXIT && WIFSIGNALED(e->status))
		gossip_killed(chat->gossip, e->pid);
}

static const struct wm_limits limits = {
	.message = 16 << 10,
	.idle_ms = IDLE_MS,
};

static const struct wm_worker workers[] = {
	{
	    .name = "chat",
	    .listen = "http://127.0.0.1:7272",
	    .count = 2,
	    .limits = &limits,
	    .on_worker_start = on_worker_start,
	    .on_worker_stop = on_worker_stop,
	    .on_freeze = move_freeze,
	    .on_thaw = move_thaw,
	    .on_worker_freeze = move_worker_freeze,
	    .on_worker_thaw = move_worker_thaw,
	    .on_event = on_event,
	    .on_message = page_request,
	},
	{ 0 },
};

static const struct wm_handlers *const handlers[] = { &talk_handlers, NULL };

static const struct wm_app app = {
	.name = "chat",
	.version = "1.0",
	.workers = workers,
	.handlers = handlers,
};

int
main(int argc, char **argv)
{
	return wm_main(&app, argc, argv);
}
