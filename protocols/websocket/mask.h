/* SPDX-License-Identifier: MIT */
/*
 * The mask of client frames, RFC 6455 section 5.3. Pure.
 */
#ifndef WEBSOCKET_MASK_H
#define WEBSOCKET_MASK_H

#include <workerman/api.h>

/*
 * Unmasks `len` bytes in place, whatever their alignment; data[0] goes with
 * key[0]. Returns whether all of the result is ASCII, which is known here at
 * no cost and spares text its UTF-8 check.
 */
bool wm__ws_unmask(char *data, size_t len, const char key[4]);

#endif
