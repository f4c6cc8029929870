/* SPDX-License-Identifier: MIT */
/*
 * THE contract between the master and its workers: one page.
 *
 * The master starts a worker by exec of the program image with WM__IPC_FD as
 * one end of a socket pair that keeps message boundaries, and with
 * WM__IPC_ROLE and WM__IPC_RUN_DIR in the environment. Every message is a
 * struct wm__ipc_header, a fixed part named below, and, where said, a text and
 * descriptors.
 *
 *   master                                worker
 *   WELCOME, LISTENER.., INBOX, PEER..,
 *   COUNTERS, CRASH, BEGIN           -->
 *                                    <--  READY  or  REFUSED
 *   LISTENER (new in its group)      -->
 *   TAKE (it has a predecessor)      -->
 *   ACCEPT                           -->
 *   ACTIVE                           -->
 *   LISTENER / RETURN (a sibling's)  -->
 *   PEER / FORGET (others come, go)  -->
 *   LOG (it was reopened)            -->
 *   CONNECTIONS (which are there?)   -->   answered by the stream
 *   EVENT, RELOAD                    -->
 *                                    <--  RETIRE (it wants a successor)
 *   GIVE (it has a successor)        -->
 *   KEEP (a successor died of it)    -->
 *                                    <--  METRICS
 *   FIGURES                          -->
 *   STOP                             -->
 *                                    <--  YIELDED (serves only what it has)
 *                                         exits with 0; with 6 when it had
 *                                         to reset connections
 *
 * ACTIVE follows ACCEPT at once, or, when the worker takes the place of
 * another, that one's YIELDED or end.
 * End of file tells either side that the other is gone: a worker then
 * finishes what it holds and leaves. The master believes nothing that a
 * worker says beyond "ready" and a text to print.
 */
#ifndef IPC_IPC_H
#define IPC_IPC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <workerman/error.h>

#define WM__IPC_VERSION 3
#define WM__IPC_FD      3
#define WM__IPC_ROLE    "WORKERMAN_ROLE"    /* "describe" or "worker" */
#define WM__IPC_RUN_DIR "WORKERMAN_RUN_DIR" /* what wm_run_dir() says */
#define WM__IPC_MAX     4096                /* bytes of a message */

/*	name      direction        fixed part and what follows */
#define WM__IPC_TABLE(X)                                                       \
	X(WELCOME) /* to worker:  struct wm__ipc_welcome, text: worker name */ \
	X(LISTENER) /* to worker:  struct wm__ipc_listener, text: url; 1 fd */ \
	X(INBOX)    /* to worker:  its own inbox to read; 1 fd */              \
	X(PEER) /* to worker:  struct wm__ipc_inbox; another's inbox; 1 fd */  \
	X(FORGET)   /* to worker:  struct wm__ipc_inbox: nobody reads it */    \
	X(COUNTERS) /* to worker:  its counter page; 1 fd */                   \
	X(CRASH)    /* to worker:  its crash page; 1 fd */                     \
	X(BEGIN)    /* to worker:  all given; run on_worker_start */           \
	X(READY)    /* to master */                                            \
	X(REFUSED)  /* to master:  text: why, one line */                      \
	X(TAKE)     /* to worker:  struct wm__ipc_link; 1 fd */                \
	X(GIVE)     /* to worker:  struct wm__ipc_link; 1 fd */                \
	X(KEEP)     /* to worker:  struct wm__ipc_keep: it does not move */    \
	X(ACCEPT)   /* to worker:  begin to accept */                          \
	X(ACTIVE)   /* to worker:  run on_worker_active */                     \
	X(RETURN)   /* to worker:  struct wm__ipc_listener: it goes back */    \
	X(LOG)      /* to worker:  its new standard output and error; 1 fd */  \
	X(EVENT)    /* to worker:  struct wm__ipc_event, text: its words */    \
	X(RELOAD)   /* to worker:  run on_worker_reload */                     \
	X(RETIRE)   /* to master:  text: why it should be replaced */          \
	X(STOP)     /* to worker:  struct wm__ipc_stop */                      \
	X(YIELDED)  /* to master:  accepts no more, repeats no timer */        \
	X(CONNECTIONS) /* to worker:  struct wm__ipc_connections, text: a      \
			  filter; 1 fd: a stream for connections.h */          \
	X(METRICS)     /* to master:  it wants the text of them */             \
	X(FIGURES)     /* to worker:  a text with its NUL; 1 fd */

enum wm__ipc_type {
#define WM__IPC_ENUM(name) WM__IPC_##name,
	WM__IPC_TABLE(WM__IPC_ENUM)
#undef WM__IPC_ENUM
	    WM__IPC_TYPES
};

struct wm__ipc_header {
	uint16_t version; /* WM__IPC_VERSION */
	uint16_t type;    /* enum wm__ipc_type */
	uint32_t len;     /* of the whole message */
};

struct wm__ipc_welcome {
	uint32_t slot;        /* within its row */
	uint32_t count;       /* of its row */
	uint32_t inbox;       /* names its own inbox among all */
	uint32_t generation;  /* 1 after start */
	uint32_t incarnation; /* one more for every worker ever started */
	uint32_t master_pid;
	uint64_t max_requests; /* then RETIRE; 0: never */
	uint64_t max_memory;   /* bytes resident; then RETIRE; 0: never */
	char backend[16];      /* event loop, "" for the default */
};

struct wm__ipc_listener {
	uint32_t listener; /* index in the row's listeners */
	uint32_t socket;   /* number among the sockets of its address */
};

struct wm__ipc_inbox {
	uint32_t id; /* never reused */
};

/* A stream between a worker that leaves (GIVE) and one that takes over its
   connections (TAKE); what is said there is worker/handover.h's. */
struct wm__ipc_link {
	uint32_t moves;   /* GIVE: connections move; else they drain */
	uint32_t waits;   /* TAKE: the other one still reads our inbox */
	uint32_t foreign; /* they are of different slots */
};

struct wm__ipc_keep {
	uint64_t conn; /* its id */
};

struct wm__ipc_event {
	uint32_t kind; /* enum wm_event_kind */
	uint32_t slot;
	int32_t pid;
	int32_t status; /* as wait() says it; of a reload 0, or not */
	uint32_t generation;
	char worker[64]; /* name of the row; "" for the whole program */
};

enum wm__ipc_stop_mode {
	WM__STOP_FAST,     /* answer what is in flight, then leave */
	WM__STOP_GRACEFUL, /* wait for connections to leave by themselves */
	WM__STOP_REPLACED  /* a successor accepts: drain, spread over time */
};

struct wm__ipc_stop {
	uint32_t mode;      /* enum wm__ipc_stop_mode */
	uint32_t ms;        /* then the rest is reset */
	uint32_t spread_ms; /* WM__STOP_REPLACED: to close conversations in */
};

struct wm__ipc_connections {
	uint64_t close; /* tell of this one and close it; 0: tell of all */
};

/* A received message. */
struct wm__ipc {
	enum wm__ipc_type type;
	union {
		struct wm__ipc_welcome welcome;
		struct wm__ipc_listener listener;
		struct wm__ipc_inbox inbox;
		struct wm__ipc_event event;
		struct wm__ipc_link link;
		struct wm__ipc_keep keep;
		struct wm__ipc_stop stop;
		struct wm__ipc_connections connections;
	} u;
	char text[WM__IPC_MAX]; /* terminated; "" if none */
	int fd;                 /* the receiver's to close; -1 if none */
};

/*
 * Sends a message: `fixed` is the struct that its type names (or null), text
 * may be null, fd -1. The descriptor stays the caller's. Returns 0, WM_E_FULL
 * (non-blocking socket), WM_E_CLOSED, WM_E_TOO_BIG or WM_E_SYSTEM.
 */
int wm__ipc_send(int sock, enum wm__ipc_type type, const void *fixed,
    const char *text, int fd);

/*
 * Receives one. Returns 1; 0 at end of file; WM_E_FULL when nothing is there
 * yet; WM_E_VERSION; WM_E_PROTOCOL for anything malformed; WM_E_SYSTEM.
 */
int wm__ipc_recv(int sock, struct wm__ipc *msg_r);

const char *wm__ipc_type_name(enum wm__ipc_type type);

#endif
