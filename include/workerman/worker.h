/* SPDX-License-Identifier: MIT */
/*
 * The table that describes a program's workers, and the running worker
 * process.
 */
#ifndef WORKERMAN_WORKER_H
#define WORKERMAN_WORKER_H

#include <workerman/conn.h>
#include <workerman/event.h>

WM_BEGIN_DECLS

/*
 * A running worker process: one libevent loop, one slot of one row of the
 * table. Callbacks get it as an opaque pointer.
 */
struct wm_proc;

/* One address that a worker serves. */
struct wm_listener {
	/*
	 * PROTOCOL[+unix]://ADDRESS, where ADDRESS is IPV4:PORT,
	 * [IPV6]:PORT, *:PORT (all IPv4 addresses), localhost:PORT or, for
	 * unix sockets, an absolute path. Port 0: the kernel chooses. Aliases:
	 * tcp = raw, unix = raw+unix, ws = websocket.
	 */
	const char *url;
	const struct wm_limits *limits;     /* null: the worker's */
	const struct wm_handlers *handlers; /* null: the worker's */
	const void *options; /* the protocol's: wm_conn_options() */
};

/* Whether a reload replaces the processes of a row. */
enum wm_reloadable {
	WM_RELOADABLE,    /* by the new program */
	WM_NOT_RELOADABLE /* they stay, and get on_worker_reload */
};

/* How a process takes the place of its predecessor. */
enum wm_takeover {
	WM_OVERLAP,  /* it is ready before the other one leaves */
	WM_EXCLUSIVE /* the other one has ended before it begins */
};

/* A row of the table: `count` processes that do the same. */
struct wm_worker {
	const char *name;   /* required; unique; letters, digits, '-', '_' */
	const char *listen; /* shorthand for one listener's url, or null */
	const struct wm_listener *listeners; /* ends with a null url, or null */
	unsigned count;                      /* processes; 0 means 1 */
	const char *user;  /* run as, when started by root; null: unchanged */
	const char *group; /* null: the user's */
	/*
	 * Seconds that the event loop may be without a turn, that is a
	 * callback may last, before the process is taken for hung, noted in
	 * the log with a backtrace and replaced; at most 86400. 0: never.
	 */
	unsigned watchdog;
	const struct wm_limits *limits; /* null: the defaults */
	size_t conn_data_size; /* of the struct behind wm_conn_data() */
	void *data;            /* the application's: wm_proc_data() */

	enum wm_reloadable reloadable;
	enum wm_takeover takeover;
	/* A process that is replaced finishes what it has within drain_ms
	   (0: 30 s) and closes conversations - WebSockets, text - spread over
	   drain_spread_ms (0: 2 s), so that clients do not come back all at
	   once. An HTTP connection ends by an answer that says so, or when its
	   client has been silent for a second or two. What is left at
	   drain_ms is reset. */
	uint32_t drain_ms, drain_spread_ms;

	const char *cpus; /* "0-3,8": process k runs on the k-th of them, round
			     and round; null: anywhere */
	uint32_t nofile;  /* open files at most; 0: the system's limit */
	/* A process that delivered so many messages, or has so many bytes
	   resident, is replaced without haste; one of a row at a time. 0: no
	   such limit. */
	uint64_t max_requests, max_memory;

	/* The process begins. Its predecessor may still run. Negative: it
	   cannot, and the start or reload is refused. */
	int (*on_worker_start)(struct wm_proc *);
	/* It accepts, and its predecessor, if any, has given up: it accepts no
	   more and repeats no timer. The place for what must run once. */
	void (*on_worker_active)(struct wm_proc *);
	/* WM_NOT_RELOADABLE: the others were reloaded. */
	void (*on_worker_reload)(struct wm_proc *);
	/* The last callback of the process. */
	void (*on_worker_stop)(struct wm_proc *);

	/*
	 * A reload moves connections to the next process. on_freeze writes
	 * what wm_conn_data() holds, on_thaw reads it there, in place of
	 * on_connect. WM_E_BUSY from on_freeze: not just now; any other
	 * negative value: this one cannot move (it drains).
	 * Without on_freeze, connections with data do not move. What the
	 * process itself holds (rooms, say) goes first, by on_worker_freeze
	 * and on_worker_thaw.
	 */
	int (*on_freeze)(struct wm_conn *, struct wm_freezer *);
	int (*on_thaw)(struct wm_conn *, struct wm_thawer *);
	/* What on_freeze wrote (it returned 0) has its answer, maybe some
	   milliseconds later; until then nothing of the client arrives here.
	   moved: the next process serves it, and it ends here without on_close:
	   release what its data points to. Else it stays and goes on. Also,
	   moved, for one that on_thaw took and that has to go back. */
	void (*on_moved)(struct wm_conn *, bool moved);
	void (*on_worker_freeze)(struct wm_proc *, struct wm_freezer *);
	void (*on_worker_thaw)(struct wm_proc *, struct wm_thawer *);
	/* Something happened in the master. *e lives until the return. */
	void (*on_event)(struct wm_proc *, const struct wm_event *e);

	/* As struct wm_handlers says. */
	void (*on_connect)(struct wm_conn *);
	void (*on_message)(struct wm_conn *, const struct wm_msg *);
	void (*on_close)(struct wm_conn *, enum wm_close_reason);
	void (*on_error)(struct wm_conn *, int error);
	void (*on_buffer_full)(struct wm_conn *);
	void (*on_buffer_drain)(struct wm_conn *);
};

WM_API const char *wm_proc_name(const struct wm_proc *p);
/* 0 .. count - 1, kept by a process that replaces a dead one. */
WM_API unsigned wm_proc_slot(const struct wm_proc *p);
WM_API unsigned wm_proc_count(const struct wm_proc *p);
/* 1 after start, one more with every reload. */
WM_API unsigned wm_proc_generation(const struct wm_proc *p);
WM_API void *wm_proc_data(const struct wm_proc *p);
WM_API void wm_proc_set_data(struct wm_proc *p, void *data);

/* Calls fn for every open connection of the process, in no special order. */
WM_API void wm_proc_each_conn(struct wm_proc *p,
    void (*fn)(struct wm_conn *, void *arg), void *arg);

/* Seconds since 1970 as the loop last saw them: free of system calls. */
WM_API int64_t wm_proc_time(const struct wm_proc *p);

WM_END_DECLS

#endif
