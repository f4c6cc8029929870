/* SPDX-License-Identifier: MIT */
/*
 * The welcome as a list of steps, each of which can stop anywhere when the
 * worker's socket is full and go on later; and the loans of listening sockets
 * between slots of a row.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <workerman/error.h>
#include <workerman/log.h>

#include "framework/master/child.h"
#include "framework/master/generation.h"
#include "framework/master/greet.h"
#include "framework/master/life.h"
#include "framework/master/mailboxes.h"
#include "framework/master/slots.h"

/* ---- the steps: 1 when one is done, 0 when it is to be called again ---- */

static int
greet_welcome(struct wm__child *child)
{
	struct wm__ipc_welcome welcome = {
		.slot = child->number,
		.count = child->row->count,
		.inbox = child->mailbox->id,
		.generation = child->generation->number,
		.incarnation = child->incarnation,
		.master_pid = (uint32_t)getpid(),
		.max_requests = child->row->max_requests,
		.max_memory = child->row->max_memory,
	};
	int failed;

	snprintf(welcome.backend, sizeof(welcome.backend), "%s",
	    child->owner->o.backend);
	failed = wm__ipc_send(child->sock, WM__IPC_WELCOME, &welcome,
	    child->row->name, -1);
	return failed < 0 ? failed : 1;
}

/* Sends socket number `number` of listener `listener` of the worker's row. */
static int
greet_listener(const struct wm__child *child, uint32_t listener,
    uint32_t number)
{
	const struct wm__address *address =
	    child->generation->bound[child->row_index][listener];
	struct wm__ipc_listener fixed = { listener, number };
	char url[WM__URL_MAX + 32];

	wm__address_url(address, child->row->urls[listener], url, sizeof(url));
	return wm__ipc_send(child->sock, WM__IPC_LISTENER, &fixed, url,
	    address->fds[number]);
}

/* Every socket whose number is the slot's, modulo the count of the row. */
static int
greet_sockets(struct wm__child *child)
{
	struct wm__address **bound = child->generation->bound[child->row_index];
	uint32_t number = child->number + child->socket * child->row->count;
	int failed;

	if (child->listener == child->row->n_urls)
		return 1;
	if (bound[child->listener] == NULL ||
	    number >= bound[child->listener]->n ||
	    (child->socket > 0 &&
		wm__address_is_shared(bound[child->listener]))) {
		child->listener++;
		child->socket = 0;
		return 0;
	}
	failed = greet_listener(child, child->listener, number);
	if (failed == 0)
		child->socket++;
	return failed;
}

static int
greet_inbox(struct wm__child *child)
{
	int failed = wm__ipc_send(child->sock, WM__IPC_INBOX, NULL, NULL,
	    child->mailbox->fds[0]);

	return failed < 0 ? failed : 1;
}

static int
greet_peers(struct wm__child *child)
{
	const struct wm__mailbox *peer =
	    wm__mailboxes_after(&child->owner->mailboxes, child->met);
	struct wm__ipc_inbox fixed;
	int failed = 0;

	if (peer == NULL)
		return 1;
	fixed.id = peer->id;
	if (peer != child->mailbox) /* it hears itself without a detour */
		failed = wm__ipc_send(child->sock, WM__IPC_PEER, &fixed, NULL,
		    peer->fds[1]);
	if (failed == 0)
		child->met = peer->id;
	return failed;
}

static int
greet_counters(struct wm__child *child)
{
	int failed = wm__ipc_send(child->sock, WM__IPC_COUNTERS, NULL, NULL,
	    child->counters_fd);

	return failed < 0 ? failed : 1;
}

static int
greet_begin(struct wm__child *child)
{
	int failed = wm__ipc_send(child->sock, WM__IPC_BEGIN, NULL, NULL, -1);

	return failed < 0 ? failed : 1;
}

static int (*const greet_steps[])(struct wm__child *) = { greet_welcome,
	greet_sockets, greet_inbox, greet_peers, greet_counters, greet_begin };

#define GREET_STEPS (sizeof(greet_steps) / sizeof(*greet_steps))

int
wm__greet_next(struct wm__child *child)
{
	int result = 0;

	while (child->greeted < GREET_STEPS && result >= 0) {
		result = greet_steps[child->greeted](child);
		if (result == 1)
			child->greeted++;
	}
	while (child->greeted == GREET_STEPS && result >= 0) {
		result = greet_peers(child);
		if (result == 1)
			return 1;
	}
	return result;
}

void
wm__greet_join(struct wm__child *child)
{
	struct wm__address **bound = child->generation->bound[child->row_index];
	char error[512] = "its siblings have none";

	for (uint32_t i = 0; i < child->row->n_urls; i++) {
		uint32_t number = child->number;

		if (bound[i] == NULL || number < bound[i]->n)
			continue;
		if (number > bound[i]->n ||
		    wm__address_grow(bound[i], number + 1, error,
			sizeof(error)) < 0) {
			wm_log(WM_LOG_WARNING,
			    "worker %s shares a socket of listener %u: %s",
			    child->name, (unsigned)i, error);
			number = 0;
		}
		if (greet_listener(child, i, number) < 0)
			wm_log(WM_LOG_ERROR,
			    "worker %s cannot be given a socket of listener "
			    "%u",
			    child->name, (unsigned)i);
	}
}

/* ---- loans ---- */

static bool
greet_is_active(const struct wm__slot *slot)
{
	return slot->child != NULL && slot->child->state == WM__CHILD_ACTIVE;
}

/* An active worker of the row; the next ones in turn get the next loans. */
static struct wm__child *
greet_sibling(const struct wm__slots *slots, const struct wm__slot *of)
{
	struct wm__child *first = NULL, *after = NULL;

	for (size_t i = 0; i < slots->n; i++) {
		const struct wm__slot *slot = slots->all[i];

		if (!greet_is_active(slot) || strcmp(slot->row, of->row) != 0)
			continue;
		if (first == NULL)
			first = slot->child;
		if (after == NULL && slot->number > of->number)
			after = slot->child;
	}
	return after != NULL ? after : first;
}

/*
 * Calls fn(sibling, listener of its table, number) for every socket of the
 * slot that is a queue of its own. Returns what failed, or 0.
 */
static int
greet_each(const struct wm__slot *slot, struct wm__child *sibling,
    int (*fn)(const struct wm__child *, uint32_t, uint32_t))
{
	struct wm__generation *g = slot->generation;
	size_t index;
	const struct wm__row *row = wm__generation_row(g, slot->row, &index);
	int failed = 0;

	for (uint32_t i = 0; i < row->n_urls; i++) {
		const struct wm__address *address = g->bound[index][i];
		int listener = address == NULL ?
		    -1 :
		    wm__generation_listener(sibling->generation,
			sibling->row_index, address);

		if (listener < 0 || wm__address_is_shared(address))
			continue;
		for (uint32_t k = slot->number; k < address->n && failed == 0;
		     k += row->count)
			failed = fn(sibling, (uint32_t)listener, k);
	}
	return failed;
}

static void
greet_lend_slot(struct wm__supervisor *sv, struct wm__slot *slot)
{
	struct wm__child *sibling = greet_sibling(&sv->slots, slot);
	int failed;

	if (sibling == NULL)
		return;
	slot->lent_to = sibling;
	failed = greet_each(slot, sibling, greet_listener);
	if (failed < 0 && failed != WM_E_CLOSED)
		wm_log(WM_LOG_WARNING, "%s cannot serve for %s meanwhile: %s",
		    sibling->name, slot->name, wm_error_text(failed));
}

void
wm__greet_lend(struct wm__supervisor *sv, const char *row)
{
	for (size_t i = 0; i < sv->slots.n; i++) {
		struct wm__slot *slot = sv->slots.all[i];

		if (slot->lent_to == NULL && slot->generation != NULL &&
		    !greet_is_active(slot) && strcmp(slot->row, row) == 0)
			greet_lend_slot(sv, slot);
	}
}

static int
greet_call_back(const struct wm__child *child, uint32_t listener,
    uint32_t number)
{
	struct wm__ipc_listener fixed = { listener, number };

	return wm__ipc_send(child->sock, WM__IPC_RETURN, &fixed, NULL, -1);
}

void
wm__greet_return(struct wm__slot *slot)
{
	struct wm__child *sibling = slot->lent_to;
	int failed;

	if (sibling == NULL)
		return;
	slot->lent_to = NULL;
	failed = greet_each(slot, sibling, greet_call_back);
	/* one that has just died keeps nothing */
	if (failed < 0 && failed != WM_E_CLOSED)
		wm_log(WM_LOG_WARNING, "%s keeps the sockets of %s: %s",
		    sibling->name, slot->name, wm_error_text(failed));
}

void
wm__greet_forget(struct wm__child *child)
{
	struct wm__slots *slots = &child->owner->slots;

	for (size_t i = 0; i < slots->n; i++)
		if (slots->all[i]->lent_to == child)
			slots->all[i]->lent_to = NULL;
}
