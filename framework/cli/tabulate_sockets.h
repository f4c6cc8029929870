/* SPDX-License-Identifier: MIT */
/* From the options of a listener to what its sockets are told. */
#ifndef CLI_TABULATE_SOCKETS_H
#define CLI_TABULATE_SOCKETS_H

#include <workerman/worker.h>

#include "framework/net/address.h"

/* Returns 0, or WM_E_INVALID with one line in `why`. */
int wm__tabulate_sockets(const struct wm_listener *l, const struct wm__url *url,
    struct wm__socket_options *options_r, char *why, size_t why_size);

#endif
