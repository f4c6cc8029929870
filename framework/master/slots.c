/* SPDX-License-Identifier: MIT */
/* Storage of the slots. What happens in them is supervise.c's. */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <workerman/error.h>

#include "framework/base/fd.h"
#include "framework/base/counters.h"
#include "framework/ipc/table.h"
#include "framework/master/identity.h"
#include "framework/master/slots.h"
#include "framework/net/loop.h"

#define SLOTS_INBOX_BYTES (1 << 20) /* asked for; the system may give less */

static const char *const slot_words[] = {
#define SLOT_WORD(name, word) word,
	WM__SLOT_TABLE(SLOT_WORD)
#undef SLOT_WORD
};

const char *
wm__slot_state_word(enum wm__slot_state state)
{
	return (unsigned)state < WM__SLOT_STATES ? slot_words[state] : "?";
}

/* Both ends stay with the master: a queue survives its reader. */
static int
slot_open_inbox(struct wm__slot *slot)
{
	static const int bytes = SLOTS_INBOX_BYTES;

	if (wm__fd_message_pair(slot->inbox) < 0) {
		slot->inbox[0] = slot->inbox[1] = -1;
		return WM_E_SYSTEM;
	}
	for (int i = 0; i < 2; i++) {
		setsockopt(slot->inbox[i], SOL_SOCKET, SO_SNDBUF, &bytes,
		    sizeof(bytes));
		setsockopt(slot->inbox[i], SOL_SOCKET, SO_RCVBUF, &bytes,
		    sizeof(bytes));
		if (wm__fd_set_nonblock(slot->inbox[i]) < 0)
			return WM_E_SYSTEM;
	}
	return 0;
}

static int
slot_open(struct wm__slot *slot)
{
	if (slot_open_inbox(slot) < 0 ||
	    wm__fd_memory("workerman-counters", sizeof(*slot->counters),
		&slot->counters_fd) < 0)
		return WM_E_SYSTEM;
	slot->counters = wm__counters_map(slot->counters_fd);
	return slot->counters != NULL ? 0 : WM_E_SYSTEM;
}

static void
slot_init(struct wm__slot *slot, const struct wm__row *row)
{
	slot->row = row;
	slot->sock = slot->inbox[0] = slot->inbox[1] = -1;
	slot->counters_fd = -1;
	slot->state = WM__SLOT_EMPTY;
	snprintf(slot->name, sizeof(slot->name), "%s/%u", row->name,
	    (unsigned)slot->slot);
}

static void
slot_fini(struct wm__slot *slot)
{
	wm__slot_clear(slot, WM__SLOT_EMPTY);
	wm__timer_free(&slot->timer);
	wm__counters_unmap(&slot->counters);
	wm__fd_close(&slot->counters_fd);
	wm__fd_close(&slot->inbox[0]);
	wm__fd_close(&slot->inbox[1]);
}

int
wm__slots_init(struct wm__slots *slots, const struct wm__table *table,
    const struct wm__identity *identities, char *error, size_t error_size)
{
	slots->n = 0;
	slots->all = calloc(wm__table_slots(table), sizeof(*slots->all));
	if (slots->all == NULL) {
		snprintf(error, error_size, "out of memory");
		return WM_E_NOMEM;
	}
	for (size_t i = 0; i < table->n_rows; i++) {
		for (uint32_t k = 0; k < table->rows[i].count; k++) {
			struct wm__slot *slot = &slots->all[slots->n];

			slot->row_index = (uint32_t)i;
			slot->slot = k;
			slot->index = (uint32_t)slots->n++;
			slot->identity =
			    identities[i].change ? &identities[i] : NULL;
			slot_init(slot, &table->rows[i]);
			if (slot_open(slot) == 0)
				continue;
			snprintf(error, error_size,
			    "worker %s: cannot make its inbox: %s", slot->name,
			    strerror(errno));
			wm__slots_fini(slots);
			return WM_E_SYSTEM;
		}
	}
	return 0;
}

int
wm__slots_timers(struct wm__slots *slots, struct wm__loop *loop,
    void (*on_timer)(void *slot))
{
	for (size_t i = 0; i < slots->n; i++) {
		struct wm__slot *slot = &slots->all[i];

		slot->timer = wm__timer_new(loop, on_timer, slot);
		if (slot->timer == NULL)
			return WM_E_NOMEM;
	}
	return 0;
}

void
wm__slots_fini(struct wm__slots *slots)
{
	for (size_t i = 0; i < slots->n; i++)
		slot_fini(&slots->all[i]);
	free(slots->all);
	*slots = (struct wm__slots){ 0 };
}

struct wm__slot *
wm__slots_find(struct wm__slots *slots, pid_t pid)
{
	for (size_t i = 0; i < slots->n; i++)
		if (slots->all[i].pid == pid)
			return &slots->all[i];
	return NULL;
}

size_t
wm__slots_in(const struct wm__slots *slots, enum wm__slot_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < slots->n; i++)
		n += slots->all[i].state == state;
	return n;
}

size_t
wm__slots_alive(const struct wm__slots *slots)
{
	size_t n = 0;

	for (size_t i = 0; i < slots->n; i++)
		n += slots->all[i].pid > 0;
	return n;
}

void
wm__slot_clear(struct wm__slot *slot, enum wm__slot_state state)
{
	wm__io_free(&slot->io);
	wm__fd_close(&slot->sock);
	if (slot->timer != NULL)
		wm__timer_stop(slot->timer);
	if (slot->counters != NULL) {
		wm__gauge(&slot->counters->connections, 0);
		wm__gauge(&slot->counters->timers, 0);
		wm__gauge(&slot->counters->heartbeat_ms, 0);
	}
	slot->pid = 0;
	slot->greeted = 0;
	slot->refusal[0] = '\0';
	slot->state = state;
}
