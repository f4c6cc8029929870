/* SPDX-License-Identifier: MIT */
/* Listeners that a process has opened itself: <workerman/listen.h>. */
#ifndef WORKER_OPENED_H
#define WORKER_OPENED_H

#include <workerman/app.h>
#include <workerman/listen.h>

#include "framework/net/conn.h"

/* Those of a process. A service lives on after its listener, for its
   connections; its place is used again when they have gone. */
struct wm__opened {
	const struct wm_app *app;
	struct {
		struct wm__service *service; /* null: free */
		bool open;
	} all[WM_LISTEN_MAX];
};

/* After the connections of the process. */
void wm__opened_fini(struct wm__opened *opened);

#endif
