/* SPDX-License-Identifier: MIT */
/*
 * Moving state from one process to the next: the old one writes values in
 * some order, the new one - perhaps of a newer program - reads them in the
 * same order. Whoever changes what is written gives it another version.
 */
#ifndef WORKERMAN_FREEZE_H
#define WORKERMAN_FREEZE_H

#include <workerman/buf.h>

WM_BEGIN_DECLS

/* Where values are written to; valid during the callback that gets it. */
struct wm_freezer;

WM_API void wm_freeze_number(struct wm_freezer *f, uint64_t n);
/* Any bytes, `len` of them; a string with its end (null is the empty one). */
WM_API void wm_freeze_bytes(struct wm_freezer *f, const void *data, size_t len);
WM_API void wm_freeze_string(struct wm_freezer *f, const char *s);

/* Where values are read from; valid during the callback that gets it. */
struct wm_thawer;

/* After the first value that is not there, all are 0 or empty. */
WM_API uint64_t wm_thaw_number(struct wm_thawer *t);
/* Valid until the callback returns; a NUL follows the bytes. Never null. */
WM_API struct wm_span wm_thaw_bytes(struct wm_thawer *t);
WM_API const char *wm_thaw_string(struct wm_thawer *t);

/* Whether all values read so far were there and of their kind. */
WM_API bool wm_thaw_ok(const struct wm_thawer *t);

WM_END_DECLS

#endif
