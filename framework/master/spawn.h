/* SPDX-License-Identifier: MIT */
/*
 * The birth of a process: fork, change of user, exec of the image. Mechanism
 * only: whether and when is policy's, what is said to the newborn greet's.
 */
#ifndef MASTER_SPAWN_H
#define MASTER_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct wm__image;
struct wm__identity;

/* How a child exits that cannot become its image because somebody writes it
   just now; nothing is complained about. */
#define WM__SPAWN_BUSY 126

struct wm__spawn {
	const struct wm__image *image;
	char *const *argv;
	const char *role; /* value of WM__IPC_ROLE */
	int ipc;          /* becomes WM__IPC_FD */
	int out, err;     /* become 1 and 2; -1: /dev/null, unchanged */
	int cwd;          /* directory to start in; -1: unchanged */
	bool group;       /* leads a process group of its own and dies
			     with the master */
	const struct wm__identity *identity; /* null: unchanged */
	uint64_t nofile;  /* limit of open files; 0: unchanged */
	const char *cpus; /* as wm__process_pin() wants it; null: unchanged */
	uint32_t cpu;
	/*
	 * Called in the child when it cannot become the image: says so to
	 * the master through `ipc`.
	 */
	void (*complain)(int ipc, const char *why);
};

/*
 * Nothing is inherited but standard input (/dev/null), output and error and
 * `ipc`. The keys of a terminal (INT, QUIT, HUP) do not reach the child.
 * Returns 0 or WM_E_SYSTEM (fork failed; errno).
 */
int wm__spawn(const struct wm__spawn *s, pid_t *pid_r);

#endif
