/* SPDX-License-Identifier: MIT */
/*
 * Listeners that a worker opens and closes while it runs. Their sockets belong
 * to this one process: no other has the address, `status` does not list them,
 * and a reload does not keep them. A process that is replaced closes its own
 * before its successor's on_worker_active is called, which is the place to
 * open them again; who connects in between is refused. Connections of such a
 * listener do not move to the successor: they drain.
 */
#ifndef WORKERMAN_LISTEN_H
#define WORKERMAN_LISTEN_H

#include <workerman/worker.h>

WM_BEGIN_DECLS

/* As many may be open, or have connections, at a time. */
#define WM_LISTEN_MAX 64

/*
 * Opens a listener: *l as in the table, but for ./NAME, with the row's limits
 * and handlers for those that it leaves null. *l and its url need not live on;
 * `options` and `proxies` must. It accepts as soon as the process does.
 * Returns its number, above 0, or, with a line in the log that says why,
 *   WM_E_BUSY     the address is in use
 *   WM_E_INVALID  the URL, its protocol or an option is none
 *   WM_E_SYSTEM   it cannot be bound
 *   WM_E_FULL     WM_LISTEN_MAX are open
 *   WM_E_CLOSED   the process is leaving
 *   WM_E_NOMEM
 */
WM_API int wm_listen(struct wm_proc *p, const struct wm_listener *l);

/*
 * Closes it, in any callback: what has connected is accepted, connections stay.
 * The file of a unix socket goes. Returns 0 or WM_E_NOT_FOUND.
 */
WM_API int wm_listen_close(struct wm_proc *p, int number);

/* Its URL, with the port that the kernel chose, into buf, terminated, cut to
   size; "" when there is no such. Returns buf. */
WM_API char *wm_listen_url(const struct wm_proc *p, int number, char *buf,
    size_t size);

WM_END_DECLS

#endif
