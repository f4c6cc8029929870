/* SPDX-License-Identifier: MIT */
/*
 * The pid file. Its lock decides whether a master runs; the number in it is
 * for people and is never read here, let alone signalled.
 */
#ifndef MASTER_PIDFILE_H
#define MASTER_PIDFILE_H

#include <stdbool.h>
#include <stddef.h>

struct wm__rundir;

/*
 * Takes the lock for this process and its heirs of *fd_r. Returns 0, WM_E_BUSY
 * when a master runs, or WM_E_POLICY, WM_E_SYSTEM with one line in error.
 */
int wm__pidfile_lock(const struct wm__rundir *dir, int *fd_r, char *error,
    size_t error_size);

/* Whether the last owner of the lock did not release it but was killed. To
   be asked before wm__pidfile_write(). */
bool wm__pidfile_was_left(int fd);

/* Writes the pid of this process. Returns 0 or WM_E_SYSTEM. */
int wm__pidfile_write(int fd);

/* Removes the file and gives the lock back. */
void wm__pidfile_release(const struct wm__rundir *dir, int *fd);

/* Whether somebody holds the lock, without taking it for long. */
bool wm__pidfile_held(const struct wm__rundir *dir);

#endif
