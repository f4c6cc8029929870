/* SPDX-License-Identifier: MIT */
/*
 * The inside of <workerman/freeze.h>: values one after another, each with a
 * byte that says its kind. A reader trusts nothing.
 */
#ifndef BASE_FREEZE_H
#define BASE_FREEZE_H

#include <workerman/freeze.h>

struct wm_freezer {
	struct wm_buf *out; /* out->failed: out of memory */
};

struct wm_thawer {
	const char *data;
	size_t len, pos;
	bool failed;
};

/* A value made of values: what was written between the two is one for the
   reader, whatever he makes of it. Returns where it begins. */
size_t wm__freeze_open(struct wm_freezer *f);
void wm__freeze_close(struct wm_freezer *f, size_t begun);
/* A reader of its own for the next value, which is skipped in *t. */
struct wm_thawer wm__thaw_open(struct wm_thawer *t);

#endif
