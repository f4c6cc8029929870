/* SPDX-License-Identifier: MIT */
/*
 * The welcome as a numbered list of messages, so that it can stop anywhere
 * when the worker's socket is full and go on later; and the loans of
 * listening sockets between slots of a row.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <workerman/error.h>
#include <workerman/log.h>

#include "framework/ipc/ipc.h"
#include "framework/ipc/table.h"
#include "framework/master/greet.h"
#include "framework/master/slots.h"
#include "framework/master/sockets.h"

static int
greet_welcome(const struct wm__greet *greet, const struct wm__slot *slot)
{
	struct wm__ipc_welcome welcome = {
		.slot = slot->slot,
		.count = slot->row->count,
		.index = slot->index,
		.generation = slot->generation,
		.incarnation = slot->incarnation,
		.master_pid = (uint32_t)getpid(),
	};

	snprintf(welcome.backend, sizeof(welcome.backend), "%s",
	    greet->backend);
	return wm__ipc_send(slot->sock, WM__IPC_WELCOME, &welcome,
	    slot->row->name, -1);
}

/* Sends the socket of listener `listener` of slot `whose` to `to`. */
static int
greet_listener(const struct wm__greet *greet, const struct wm__slot *to,
    const struct wm__slot *whose, uint32_t listener)
{
	struct wm__ipc_listener fixed = { listener, whose->slot };
	const struct wm__bound *bound =
	    wm__sockets_find(greet->sockets, whose->row_index, listener);

	if (bound == NULL)
		return WM_E_NOT_FOUND;
	return wm__ipc_send(to->sock, WM__IPC_LISTENER, &fixed, bound->text,
	    bound->fds[whose->slot]);
}

static int
greet_peer(const struct wm__greet *greet, const struct wm__slot *to,
    size_t index)
{
	const struct wm__slot *peer = &greet->slots->all[index];
	struct wm__ipc_slot fixed = { peer->index };

	if (peer == to)
		return 0; /* it hears itself without a detour */
	return wm__ipc_send(to->sock, WM__IPC_PEER, &fixed, NULL,
	    peer->inbox[1]);
}

/* The message number `k` of the welcome; 1 when there is no such. */
static int
greet_message(const struct wm__greet *greet, const struct wm__slot *slot,
    size_t k)
{
	size_t listeners = slot->row->n_urls, peers = greet->slots->n;

	if (k == 0)
		return greet_welcome(greet, slot);
	k -= 1;
	if (k < listeners)
		return greet_listener(greet, slot, slot, (uint32_t)k);
	k -= listeners;
	if (k == 0)
		return wm__ipc_send(slot->sock, WM__IPC_INBOX, NULL, NULL,
		    slot->inbox[0]);
	k -= 1;
	if (k < peers)
		return greet_peer(greet, slot, k);
	k -= peers;
	if (k == 0)
		return wm__ipc_send(slot->sock, WM__IPC_COUNTERS, NULL, NULL,
		    slot->counters_fd);
	if (k == 1)
		return wm__ipc_send(slot->sock, WM__IPC_BEGIN, NULL, NULL, -1);
	return 1;
}

int
wm__greet_next(const struct wm__greet *greet, struct wm__slot *slot)
{
	int result;

	while ((result = greet_message(greet, slot, slot->greeted)) == 0)
		slot->greeted++;
	return result;
}

/* ---- loans ---- */

/* An active worker of the row; the next ones in turn get the next loans. */
static struct wm__slot *
greet_sibling(const struct wm__greet *greet, const struct wm__slot *slot)
{
	size_t n = slot->row->count, first = slot->index - slot->slot;

	for (size_t i = 1; i < n; i++) {
		struct wm__slot *sibling =
		    &greet->slots->all[first + (slot->slot + i) % n];

		if (sibling->state == WM__SLOT_ACTIVE)
			return sibling;
	}
	return NULL;
}

static void
greet_lend_slot(const struct wm__greet *greet, struct wm__slot *slot)
{
	struct wm__slot *sibling = greet_sibling(greet, slot);
	int failed = 0;

	if (sibling == NULL)
		return;
	for (uint32_t i = 0; i < slot->row->n_urls && failed == 0; i++) {
		const struct wm__bound *bound =
		    wm__sockets_find(greet->sockets, slot->row_index, i);

		if (bound != NULL && !wm__bound_is_shared(bound))
			failed = greet_listener(greet, sibling, slot, i);
	}
	slot->lent_to = sibling;
	if (failed < 0 && failed != WM_E_CLOSED)
		wm_log(WM_LOG_WARNING, "%s cannot serve for %s meanwhile: %s",
		    sibling->name, slot->name, wm_error_text(failed));
}

void
wm__greet_lend(const struct wm__greet *greet, const struct wm__slot *of)
{
	size_t first = of->index - of->slot;

	for (size_t i = first; i < first + of->row->count; i++) {
		struct wm__slot *slot = &greet->slots->all[i];

		if (slot->state != WM__SLOT_ACTIVE && slot->lent_to == NULL)
			greet_lend_slot(greet, slot);
	}
}

void
wm__greet_return(struct wm__slot *slot)
{
	struct wm__ipc_slot fixed = { slot->slot };
	int failed;

	if (slot->lent_to == NULL)
		return;
	failed =
	    wm__ipc_send(slot->lent_to->sock, WM__IPC_RETURN, &fixed, NULL, -1);
	/* one that has just died keeps nothing */
	if (failed < 0 && failed != WM_E_CLOSED)
		wm_log(WM_LOG_WARNING, "%s keeps the sockets of %s: %s",
		    slot->lent_to->name, slot->name, wm_error_text(failed));
	slot->lent_to = NULL;
}

void
wm__greet_forget(const struct wm__greet *greet, const struct wm__slot *dead)
{
	for (size_t i = 0; i < greet->slots->n; i++)
		if (greet->slots->all[i].lent_to == dead)
			greet->slots->all[i].lent_to = NULL;
}
