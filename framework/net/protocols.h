/* SPDX-License-Identifier: MIT */
/* Finding a protocol by its URL scheme. */
#ifndef NET_PROTOCOLS_H
#define NET_PROTOCOLS_H

#include <workerman/protocol.h>

/* Among the application's own (null-terminated, or null), then the built-ins.
   Null when there is none. */
const struct wm_protocol *
wm__protocol_find(const struct wm_protocol *const *own, const char *scheme);

#endif
