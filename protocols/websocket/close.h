/* SPDX-License-Identifier: MIT */
/*
 * Close frames and their codes: RFC 6455 sections 5.5.1 and 7.4. Pure.
 */
#ifndef WEBSOCKET_CLOSE_H
#define WEBSOCKET_CLOSE_H

#include <workerman/error.h>

#include "frame.h"

/* Never sent; what wm_websocket_close_code() says in place of a code. */
#define WS_CODE_NONE     1005u /* a close frame without a code */
#define WS_CODE_ABNORMAL 1006u /* no close frame */

#define WS_REASON_MAX (WS_CONTROL_MAX - 2)
#define WS_CLOSE_MAX  (2 + WS_CONTROL_MAX) /* bytes of a close frame */

/* Whether the code may travel in a close frame: the ones that the RFC and the
   IANA registry give to endpoints, 3000-3999 and 4000-4999. */
bool wm__ws_close_legal(unsigned code);

/*
 * The payload of a close frame. Returns 0, *code_r (WS_CODE_NONE if empty)
 * and *reason_r inside `data`; WM_E_PROTOCOL for one byte or an illegal code;
 * WM_E_DATA for a reason that is not UTF-8.
 */
int wm__ws_close_parse(const char *data, size_t len, unsigned *code_r,
    struct wm_span *reason_r);

/*
 * Writes a whole close frame, at most WS_CLOSE_MAX bytes, and returns its
 * size. WS_CODE_NONE: an empty one. `len` <= WS_REASON_MAX.
 */
size_t wm__ws_close_build(char *out, unsigned code, const char *reason,
    size_t len);

/*
 * What to say before a close for `why`: the code, or 0 for nothing. *await_r:
 * whether the peer's close frame is worth waiting for; not after an error,
 * where the peer is no longer understood (RFC 6455 section 7.1.7).
 */
unsigned wm__ws_close_words(enum wm_close_reason why, bool *await_r);

#endif
