/* SPDX-License-Identifier: MIT */
/*
 * What this process is doing for the application: which callback runs, and
 * for which connection. Noted with plain stores around every callback, in
 * memory that outlives the process (crash.h), so that whoever looks at a dead
 * worker knows how it came to that, also after kill -9.
 */
#ifndef BASE_RUNNING_H
#define BASE_RUNNING_H

#include <stdatomic.h>
#include <stdint.h>

/*	name           word in the log and in status */
#define WM__RUNNING_TABLE(X)                                                   \
	X(NOTHING, "-") /* no code of an application */                        \
	X(WORKER_START, "on_worker_start")                                     \
	X(WORKER_ACTIVE, "on_worker_active")                                   \
	X(WORKER_RELOAD, "on_worker_reload")                                   \
	X(WORKER_STOP, "on_worker_stop")                                       \
	X(WORKER_FREEZE, "on_worker_freeze")                                   \
	X(WORKER_THAW, "on_worker_thaw")                                       \
	X(EVENT, "on_event")                                                   \
	X(CONNECT, "on_connect")                                               \
	X(MESSAGE, "on_message")                                               \
	X(CLOSE, "on_close")                                                   \
	X(ERROR, "on_error")                                                   \
	X(BUFFER_FULL, "on_buffer_full")                                       \
	X(BUFFER_DRAIN, "on_buffer_drain")                                     \
	X(FREEZE, "on_freeze")                                                 \
	X(THAW, "on_thaw")                                                     \
	X(MOVED, "on_moved")                                                   \
	X(TIMER, "timer")                                                      \
	X(CHANNEL, "channel")                                                  \
	X(OPEN, "protocol-open")                                               \
	X(DECODE, "protocol-decode")                                           \
	X(DEADLINE, "protocol-deadline")                                       \
	X(FAREWELL, "protocol-farewell")                                       \
	X(PROTOCOL_CLOSE, "protocol-close")                                    \
	X(PROTOCOL_FREEZE, "protocol-freeze")                                  \
	X(PROTOCOL_THAW, "protocol-thaw")

enum wm__running_what {
#define WM__RUNNING_ENUM(name, word) WM__RUNNING_##name,
	WM__RUNNING_TABLE(WM__RUNNING_ENUM)
#undef WM__RUNNING_ENUM
	    WM__RUNNING_KINDS
};

struct wm__running {
	_Atomic uint64_t conn; /* its id; 0: none */
	_Atomic uint32_t what; /* enum wm__running_what */
	uint32_t unused;
};

/* Where it is noted. Never null; at first it is memory of this process. */
extern struct wm__running *wm__running;

/* What was running before, to go back to. */
struct wm__outer {
	uint64_t conn;
	uint32_t what;
};

static inline void
wm__running_set(uint32_t what, uint64_t conn)
{
	atomic_store_explicit(&wm__running->conn, conn, memory_order_relaxed);
	atomic_store_explicit(&wm__running->what, what, memory_order_relaxed);
}

/* Before a callback; `conn` is 0 for those that belong to none. */
static inline struct wm__outer
wm__running_begin(enum wm__running_what what, uint64_t conn)
{
	struct wm__outer outer = {
		atomic_load_explicit(&wm__running->conn, memory_order_relaxed),
		atomic_load_explicit(&wm__running->what, memory_order_relaxed),
	};

	wm__running_set(what, conn);
	return outer;
}

/* After it. */
static inline void
wm__running_end(struct wm__outer outer)
{
	wm__running_set(outer.what, outer.conn);
}

/* In between: another callback of the same connection. */
static inline void
wm__running_switch(enum wm__running_what what)
{
	atomic_store_explicit(&wm__running->what, what, memory_order_relaxed);
}

/* "on_message"; "?" for what is in no table. */
const char *wm__running_word(uint32_t what);

#endif
