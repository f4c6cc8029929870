/* SPDX-License-Identifier: MIT */
/*
 * Processes: what systems tell of them, each in its own way. Where a system
 * cannot tell, the answer is the harmless one that is named here.
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct wm__process {
	uint64_t rss;    /* bytes resident; 0 when not known */
	uint64_t cpu_ms; /* CPU time used; 0 when not known */
	bool stopped;    /* by a signal; false when not known */
	bool traced;     /* stopped by a debugger; likewise */
};

/* Looks at another process. False, and zeroes, when it is gone. */
bool wm__process_look(pid_t pid, struct wm__process *process_r);

/*
 * A descriptor that becomes readable when the process has ended, close-on-
 * exec; -1 when it has ended already or the system has no such thing.
 */
int wm__process_watch(pid_t pid);

/* This process gets `signo` when its parent ends. Lost with a change of
   user, kept by exec. Without effect where the system has no such thing. */
void wm__process_die_with_parent(int signo);

/*
 * A list of CPUs, "0-3,8": whether it is one; and binding this process to the
 * k-th of them, round and round (without effect where the system cannot).
 * Return 0, WM_E_INVALID or WM_E_SYSTEM (errno).
 */
int wm__process_check_cpus(const char *cpus);
int wm__process_pin(const char *cpus, uint32_t k);

/* Threads of this process; 1 when not known. */
unsigned wm__process_threads(void);

/* Whether this process has children, dead ones that nobody waited for
   included. */
bool wm__process_has_children(void);

/* An open socket of this process from descriptor `first` on, or -1. */
int wm__process_socket_from(int first);

/* User of the process at the other end of a connected unix socket, and its
   id if the system tells it (else 0). Returns 0 or WM_E_SYSTEM. */
int wm__process_peer(int sock, uid_t *uid_r, pid_t *pid_r);

#endif
