/* SPDX-License-Identifier: MIT */
/* From what a listener of the table says to what its sockets are told. */
#ifndef NET_LISTENER_OPTIONS_H
#define NET_LISTENER_OPTIONS_H

#include <workerman/worker.h>

#include "framework/net/address.h"

/* Judges the options of a listener at *url. Returns 0, or WM_E_INVALID with one
   line in `why`. */
int wm__listener_options(const struct wm_listener *l, const struct wm__url *url,
    struct wm__socket_options *options_r, char *why, size_t why_size);

#endif
