/* SPDX-License-Identifier: MIT */
/*
 * Descriptors: the system calls around them that differ between systems.
 * Every descriptor made here is close-on-exec. Failures return a negative
 * enum wm_error and leave errno set, unless said otherwise.
 */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define WM__FD_BATCH 253 /* most descriptors in one message (SCM_MAX_FD) */

int wm__fd_set_nonblock(int fd);
int wm__fd_set_cloexec(int fd, int on);

/* Closes *fd if it is >= 0 and makes it -1; errno is kept. */
void wm__fd_close(int *fd);

/* A pair of connected sockets that keep message boundaries, both blocking. */
int wm__fd_message_pair(int pair_r[2]);

/* A pair of connected streams, both non-blocking. */
int wm__fd_stream_pair(int pair_r[2]);

/* An anonymous, sealed-in-size memory file of `size` zero bytes. */
int wm__fd_memory(const char *name, size_t size, int *fd_r);

/* One that holds these bytes for ever: nobody can write to it. */
int wm__fd_memory_with(const char *name, const void *data, size_t len,
    int *fd_r);

/*
 * Sends one message of `len` bytes (at least 1) with `n` descriptors
 * attached. Returns 0, or WM_E_FULL when a non-blocking socket would block,
 * WM_E_CLOSED when the other end is gone, WM_E_TOO_BIG, WM_E_SYSTEM.
 */
int wm__fd_send(int sock, const void *data, size_t len, const int *fds,
    size_t n);

/*
 * Receives one message into `data`, and into `fds` what came attached (room
 * for `max`; more are closed and reported as WM_E_TOO_BIG). Returns its
 * length; 0 at end of file; WM_E_FULL when nothing is there yet, WM_E_CLOSED,
 * WM_E_TOO_BIG when the message was cut, WM_E_SYSTEM.
 */
ssize_t wm__fd_recv(int sock, void *data, size_t cap, int *fds, size_t max,
    size_t *n_r);

/*
 * The same on a stream, where less may be sent: returns how much (descriptors
 * go with the first byte), or WM_E_FULL, WM_E_CLOSED, WM_E_SYSTEM; WM_E_BUSY
 * when too many descriptors of this user's processes are in flight, of which
 * no event tells the end. And
 * receiving, with room for all descriptors: returns how much, 0 at the end of
 * file, WM_E_FULL or WM_E_SYSTEM; *truncated_r when the system had no room for
 * all descriptors - those in fds are open.
 */
ssize_t wm__fd_send_some(int sock, const void *data, size_t len, const int *fds,
    size_t n);
ssize_t wm__fd_recv_some(int sock, void *data, size_t cap,
    int fds[WM__FD_BATCH], size_t *n_r, bool *truncated_r);

/* Raises the soft limit of open files to the hard one; returns it. */
size_t wm__fd_raise_limit(void);

/* Makes `n` the limit of open files, soft and hard; returns 0 or
   WM_E_SYSTEM (errno: EPERM over the hard one, unless privileged). */
int wm__fd_set_limit(uint64_t n);

/* Marks every descriptor from `first` on close-on-exec. */
void wm__fd_cloexec_from(int first);

/* Closes every descriptor from `first` on. */
void wm__fd_close_from(int first);

#endif
