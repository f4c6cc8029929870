/* SPDX-License-Identifier: MIT */
/*
 * The field Sec-WebSocket-Extensions (RFC 6455 section 9.1) and what comes of
 * an offer of permessage-deflate (RFC 7692 section 7.1). Pure.
 */
#ifndef WEBSOCKET_EXTENSION_H
#define WEBSOCKET_EXTENSION_H

#include "state.h"

#define WS_AGREED_MAX 160 /* bytes of the answer's text, with its end */

struct wm__ws_agreed {
	uint16_t flags; /* WS_SERVER_BITS ... of the state; 0: nothing agreed */
	char text[WS_AGREED_MAX]; /* of the field in the answer */
};

/*
 * Reads one such field of a request. If nothing is agreed yet and there is an
 * offer in it that can be accepted, *a is filled in for the first such one.
 * An offer with a parameter that is unknown, out of range or there twice is
 * declined. Returns 0, or WM_E_PROTOCOL when the field is malformed.
 */
int wm__ws_extension(struct wm_span field,
    const struct wm_websocket_deflate *options, struct wm__ws_agreed *a);

#endif
