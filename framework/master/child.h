/* SPDX-License-Identifier: MIT */
/*
 * A worker process as the master knows it: from its birth to its death it
 * belongs to one slot and runs one generation. What happens to it is life.c's
 * and death.c's; this is where it is kept.
 */
#ifndef MASTER_CHILD_H
#define MASTER_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "framework/ipc/ipc.h"
#include "framework/master/watchdog.h"

struct wm__counters;
struct wm__crash;
struct wm__generation;
struct wm__io;
struct wm__mailbox;
struct wm__row;
struct wm__slot;
struct wm__supervisor;
struct wm__timer;

/*	name       word in status   what */
#define WM__CHILD_TABLE(X)                                                     \
	X(STARTING, "starting") /* is not ready */                             \
	X(READY, "starting")    /* ready, and told nothing yet */              \
	X(ACTIVE, "active")     /* accepts */                                  \
	X(LEAVING, "draining")  /* was told to leave */

enum wm__child_state {
#define WM__CHILD_ENUM(name, word) WM__CHILD_##name,
	WM__CHILD_TABLE(WM__CHILD_ENUM)
#undef WM__CHILD_ENUM
	    WM__CHILD_STATES
};

/* For whom it was born: who hears that it is ready, or that it failed. */
enum wm__sponsor {
	WM__FOR_SLOT,        /* in place of a dead one: nobody waits */
	WM__FOR_REPLACEMENT, /* replace.c */
	WM__FOR_TRANSACTION  /* transaction.c */
};

struct wm__child {
	LIST_ENTRY(wm__child) link;
	struct wm__supervisor *owner;
	struct wm__slot *slot; /* null: there is no such slot any more */
	struct wm__generation *generation;
	const struct wm__row *row; /* in the generation's table */
	size_t row_index;          /* likewise */
	uint32_t number;           /* of its slot, within the row */
	char name[80];             /* "echo/0" */
	enum wm__child_state state;
	enum wm__sponsor sponsor;
	bool exclusive; /* leaves so that its successor may begin */
	bool retiring;  /* asked to be replaced */
	bool hurried;   /* leaves sooner than it was told at first */
	bool killed;    /* by the master */

	pid_t pid; /* 0: none (yet) */
	int sock;  /* our end of the pair; -1 */
	struct wm__io *io;
	struct wm__timer *timer; /* a deadline, whatever the state's is */
	uint32_t incarnation;
	int64_t born_ms;
	size_t greeted; /* steps of the welcome done so far: greet.c's */
	uint32_t listener, socket;   /* where the sockets' step is */
	uint32_t met;                /* the last inbox that it was told of */
	char refusal[256];           /* what it said when it refused */
	struct wm__child *successor; /* is told ACTIVE when this one yields */
	bool yielded;                /* it has */
	unsigned crashes;            /* of successors, while it leaves */

	uint32_t inbox;              /* id of its slot's */
	bool reads;                  /* is the one that reads it */
	struct wm__mailbox *mailbox; /* its own, when the slot is gone */
	int counters_fd;
	struct wm__counters *counters;
	int crash_fd;
	struct wm__crash *crash; /* what it leaves behind */
	struct wm__watchdog watchdog;
	int64_t guarded_ms; /* since when */
	unsigned hung_s;    /* what the watchdog kills it for; 0: nothing */
};

LIST_HEAD(wm__children, wm__child);

/*
 * A child without a process yet, among the supervisor's, with its pages. The
 * slot has an inbox from then on. Null: errno says why not.
 */
struct wm__child *wm__child_new(struct wm__slot *slot,
    struct wm__generation *generation, void (*on_timer)(void *child));

/* Forgets a dead one. Its counts stay in the supervisor's books. */
void wm__child_free(struct wm__child **child);

struct wm__child *wm__children_find(const struct wm__children *children,
    pid_t pid);
size_t wm__children_count(const struct wm__children *children);

/* Open connections of all, as their pages say. */
uint64_t wm__children_connections(const struct wm__children *children);

const char *wm__child_state_word(enum wm__child_state state);

/* Sends a message if the child is there to hear it. */
void wm__child_tell(const struct wm__child *child, enum wm__ipc_type type,
    const void *fixed, const char *text);

#endif
