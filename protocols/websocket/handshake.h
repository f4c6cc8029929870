/* SPDX-License-Identifier: MIT */
/*
 * The opening handshake, server side: RFC 6455 section 4.2.
 */
#ifndef WEBSOCKET_HANDSHAKE_H
#define WEBSOCKET_HANDSHAKE_H

#include <workerman/protocol.h>

/* wm_protocol.upgrade of websocket: accepts the request, or answers why
   not. */
void wm__ws_upgrade(struct wm_conn *c, const struct wm_msg *m);

#endif
