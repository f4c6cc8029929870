/* SPDX-License-Identifier: MIT */
/*
 * The event loop: libevent behind four small types. Used by the master and
 * the workers; connections use libevent's struct event directly (conn.h).
 *
 * A turn of the loop waits for events, runs their callbacks, then the turn
 * hook. A descriptor must be stopped here before it is closed: closing first
 * leaves a stale epoll entry that spins for ever when the description lives
 * on in another process.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct wm__loop;
struct wm__io;
struct wm__timer;
struct wm__signal;

/* ---- the loop ---- */

/*
 * A loop on the named back end (epoll, kqueue, poll, select), or on the
 * system's best when null. On failure *error_r says which back ends exist.
 */
int wm__loop_new(struct wm__loop **loop_r, const char *backend,
    const char **error_r);
void wm__loop_free(struct wm__loop **loop);

/* The back ends that libevent has here, best first: "epoll poll select".
   Returns buf. */
char *wm__loop_backends(char *buf, size_t size);

/* Turns until wm__loop_stop(), which may have been called already. Returns 0
   or WM_E_SYSTEM. */
int wm__loop_run(struct wm__loop *loop);
void wm__loop_stop(struct wm__loop *loop);

/* Called at the end of every turn. One hook. */
void wm__loop_set_hook(struct wm__loop *loop, void (*fn)(void *), void *arg);

/* The hook is called soon: at the end of this turn, or after one more that
   does not wait. Costs nothing inside a callback. */
void wm__loop_again(struct wm__loop *loop);

const char *wm__loop_backend(const struct wm__loop *loop);

/* First descriptor that the back end cannot watch; 0 when there is none. */
int wm__loop_max_fd(const struct wm__loop *loop);

struct event_base *wm__loop_base(struct wm__loop *loop);

/* ---- descriptors ---- */

enum { WM__READ = 1, WM__WRITE = 2 };
typedef void wm__io_fn(int fd, unsigned what, void *arg);

/* Watches nothing yet; level-triggered; fn gets WM__READ | WM__WRITE bits.
   The descriptor stays the caller's. Null: out of memory. */
struct wm__io *wm__io_new(struct wm__loop *loop, int fd, wm__io_fn *fn,
    void *arg);

/* Watches for `what` from now on (0: nothing). Returns 0 or WM_E_SYSTEM. */
int wm__io_watch(struct wm__io *io, unsigned what);
int wm__io_fd(const struct wm__io *io);
void wm__io_free(struct wm__io **io);

/* ---- one-shot timers ---- */

typedef void wm__timer_fn(void *arg);
struct wm__timer *wm__timer_new(struct wm__loop *loop, wm__timer_fn *fn,
    void *arg);
/* In `ms` milliseconds; replaces an earlier start. */
int wm__timer_start(struct wm__timer *timer, uint64_t ms);
void wm__timer_stop(struct wm__timer *timer);
void wm__timer_free(struct wm__timer **timer);

/* ---- signals, delivered in the loop ---- */

typedef void wm__signal_fn(int signo, void *arg);
struct wm__signal *wm__signal_new(struct wm__loop *loop, int signo,
    wm__signal_fn *fn, void *arg);
void wm__signal_free(struct wm__signal **sig);

#endif
