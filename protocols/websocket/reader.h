/* SPDX-License-Identifier: MIT */
/*
 * One frame at a time through wslay.
 */
#ifndef WEBSOCKET_READER_H
#define WEBSOCKET_READER_H

#include "frame.h"

/*
 * Has wslay read the frame at `data`, all of whose size + length bytes are
 * there and whose header `f` was judged; its unmasked payload goes to `out`,
 * f->length bytes. Nothing is kept.
 * Returns 0; WM_E_NOMEM; WM_E_PROTOCOL when wslay reads the frame otherwise
 * than `f` does.
 */
int wm__ws_read(const char *data, const struct wm__ws_frame *f, char *out);

#endif
