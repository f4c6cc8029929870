/* SPDX-License-Identifier: MIT */
/* Storage of the worker processes. What happens to them is life.c's. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <workerman/error.h>
#include <workerman/log.h>

#include "framework/base/clock.h"
#include "framework/base/counters.h"
#include "framework/base/fd.h"
#include "framework/ipc/table.h"
#include "framework/master/child.h"
#include "framework/master/generation.h"
#include "framework/master/life.h"
#include "framework/master/mailboxes.h"
#include "framework/master/slots.h"
#include "framework/net/loop.h"

static const char *const child_words[] = {
#define CHILD_WORD(name, word) word,
	WM__CHILD_TABLE(CHILD_WORD)
#undef CHILD_WORD
};

const char *
wm__child_state_word(enum wm__child_state state)
{
	return (unsigned)state < WM__CHILD_STATES ? child_words[state] : "?";
}

static int
child_open(struct wm__child *child, void (*on_timer)(void *))
{
	struct wm__supervisor *sv = child->owner;

	child->timer = wm__timer_new(sv->o.loop, on_timer, child);
	if (child->timer == NULL ||
	    wm__fd_memory("workerman-counters", sizeof(*child->counters),
		&child->counters_fd) < 0)
		return WM_E_SYSTEM;
	child->counters = wm__counters_map(child->counters_fd);
	if (child->counters == NULL)
		return WM_E_SYSTEM;
	child->mailbox = child->slot->orphan;
	child->slot->orphan = NULL;
	if (child->mailbox != NULL)
		return 0;
	return wm__mailbox_new(&sv->mailboxes, &child->mailbox);
}

struct wm__child *
wm__child_new(struct wm__slot *slot, struct wm__generation *generation,
    void (*on_timer)(void *))
{
	struct wm__child *child = calloc(1, sizeof(*child));

	if (child == NULL)
		return NULL;
	child->owner = slot->owner;
	child->slot = slot;
	child->generation = wm__generation_ref(generation);
	child->row =
	    wm__generation_row(generation, slot->row, &child->row_index);
	child->number = slot->number;
	snprintf(child->name, sizeof(child->name), "%s", slot->name);
	child->sock = child->counters_fd = -1;
	child->born_ms = wm__clock_ms();
	LIST_INSERT_HEAD(&slot->owner->children, child, link);
	if (child_open(child, on_timer) < 0)
		wm__child_free(&child, slot->child == NULL);
	return child;
}

/* Whoever pointed to it does so no more. */
static void
child_unlink(struct wm__child *child)
{
	struct wm__child *other;

	LIST_REMOVE(child, link);
	LIST_FOREACH(other, &child->owner->children, link)
		if (other->successor == child)
			other->successor = NULL;
	if (child->slot == NULL)
		return;
	if (child->slot->child == child)
		child->slot->child = NULL;
	if (child->slot->next == child)
		child->slot->next = NULL;
}

void
wm__child_free(struct wm__child **child, bool heir)
{
	struct wm__child *c = *child;
	struct wm__slot *slot = c->slot;

	*child = NULL;
	child_unlink(c);
	if (slot != NULL && c->counters != NULL)
		wm__slot_remember(slot, c->counters);
	if (heir && slot != NULL && slot->orphan == NULL) {
		slot->orphan = c->mailbox;
		c->mailbox = NULL;
	}
	wm__io_free(&c->io);
	wm__timer_free(&c->timer);
	wm__fd_close(&c->sock);
	wm__fd_close(&c->counters_fd);
	wm__counters_unmap(&c->counters);
	wm__generation_unref(&c->generation);
	if (c->mailbox != NULL)
		wm__life_close_mailbox(c->owner, &c->mailbox);
	free(c);
}

struct wm__child *
wm__children_find(const struct wm__children *children, pid_t pid)
{
	struct wm__child *child;

	LIST_FOREACH(child, children, link)
		if (child->pid == pid)
			return child;
	return NULL;
}

size_t
wm__children_count(const struct wm__children *children)
{
	const struct wm__child *child;
	size_t n = 0;

	LIST_FOREACH(child, children, link)
		n += child->pid > 0;
	return n;
}

uint64_t
wm__children_connections(const struct wm__children *children)
{
	const struct wm__child *child;
	uint64_t n = 0;

	LIST_FOREACH(child, children, link)
		if (child->pid > 0)
			n += wm__counter(&child->counters->connections);
	return n;
}

void
wm__child_tell(const struct wm__child *child, enum wm__ipc_type type,
    const void *fixed, const char *text)
{
	int failed;

	if (child->pid == 0 || child->sock < 0)
		return;
	failed = wm__ipc_send(child->sock, type, fixed, text, -1);
	/* one that has just died hears nothing, and need not */
	if (failed < 0 && failed != WM_E_CLOSED)
		wm_log(WM_LOG_WARNING, "worker %s cannot be told %s: %s",
		    child->name, wm__ipc_type_name(type),
		    wm_error_text(failed));
}
