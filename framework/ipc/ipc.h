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
 *   ACCEPT                           -->
 *   LISTENER / RETURN (a sibling's)  -->
 *   LOG (it was reopened)            -->
 *   STOP                             -->
 *                                         exits with 0; with 6 when it had
 *                                         to reset connections
 *
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

#define WM__IPC_VERSION 1
#define WM__IPC_FD      3
#define WM__IPC_ROLE    "WORKERMAN_ROLE"    /* "describe" or "worker" */
#define WM__IPC_RUN_DIR "WORKERMAN_RUN_DIR" /* what wm_run_dir() says */
#define WM__IPC_MAX     4096                /* bytes of a message */

/*	name      direction        fixed part and what follows */
#define WM__IPC_TABLE(X)                                                       \
	X(WELCOME) /* to worker:  struct wm__ipc_welcome, text: worker name */ \
	X(LISTENER) /* to worker:  struct wm__ipc_listener, text: url; 1 fd */ \
	X(INBOX)    /* to worker:  its own inbox to read; 1 fd */              \
	X(PEER) /* to worker:  struct wm__ipc_slot; another's inbox; 1 fd */   \
	X(COUNTERS) /* to worker:  its counter page; 1 fd */                   \
	X(CRASH)    /* to worker:  its crash page; 1 fd */                     \
	X(BEGIN)    /* to worker:  all given; run on_worker_start */           \
	X(READY)    /* to master */                                            \
	X(REFUSED)  /* to master:  text: why, one line */                      \
	X(ACCEPT)   /* to worker:  begin to accept */                          \
	X(RETURN) /* to worker:  struct wm__ipc_slot: lent sockets go back */  \
	X(LOG)    /* to worker:  its new standard output and error; 1 fd */    \
	X(STOP)   /* to worker:  struct wm__ipc_stop */

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
	uint32_t index;       /* of the slot among all rows: names its inbox */
	uint32_t generation;  /* 1 after start */
	uint32_t incarnation; /* one more for every worker ever started */
	uint32_t master_pid;
	char backend[16]; /* event loop, "" for the default */
};

struct wm__ipc_listener {
	uint32_t listener; /* index in the row's listeners */
	uint32_t slot;     /* whose socket: its own, or a sibling's lent one */
};

struct wm__ipc_slot {
	uint32_t index; /* PEER: among all rows; RETURN: within the row */
};

enum wm__ipc_stop_mode {
	WM__STOP_FAST,    /* answer what is in flight, then leave */
	WM__STOP_GRACEFUL /* wait for connections to leave by themselves */
};

struct wm__ipc_stop {
	uint32_t mode; /* enum wm__ipc_stop_mode */
	uint32_t ms;   /* then the rest is reset */
};

/* A received message. */
struct wm__ipc {
	enum wm__ipc_type type;
	union {
		struct wm__ipc_welcome welcome;
		struct wm__ipc_listener listener;
		struct wm__ipc_slot slot;
		struct wm__ipc_stop stop;
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
