/* SPDX-License-Identifier: MIT */
/* The built-in protocols: one line each. */
#include <workerman/protocol.h>

const struct wm_protocol *const wm_builtin_protocols[] = {
	&wm_protocol_raw,
	&wm_protocol_text,
	&wm_protocol_frame,
	&wm_protocol_http,
	&wm_protocol_websocket,
	NULL,
};
