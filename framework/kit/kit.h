/* SPDX-License-Identifier: MIT */
/*
 * The inside of <workerman/protocol-test.h>: kit.c feeds, compare.c judges
 * what came of it and writes the report.
 */
#ifndef KIT_KIT_H
#define KIT_KIT_H

#include <workerman/protocol-test.h>

#include "framework/kit/wire.h"

/* One feeding of one sample. */
struct wm__kit_run {
	const struct wm_protocol_test *test;
	const struct wm_test_sample *sample; /* what is fed, and expected */
	size_t number;                       /* of the sample */
	bool chained;                        /* it is all samples in a row */
	const char *way;                     /* in words */
	size_t at;    /* the way's point in the input; SIZE_MAX: none */
	FILE *report; /* null: nothing is written */
};

/* ---- kit.c ---- */

/* A connection behind the bytes that come before every sample. */
struct wire *wm__kit_open(const struct wm_protocol_test *test,
    const struct wm_limits *limits);

/* Feeds `first` bytes, then `step` bytes at a time, each in its own turn. */
void wm__kit_feed(struct wire *w, const struct wm_test_sample *sample,
    size_t first, size_t step);

/* ---- compare.c: each returns whether it is so, or reports that not ---- */

/* Exactly what the sample expects. */
bool wm__kit_as_expected(const struct wm__kit_run *run, struct wire *w);

/* The messages until now are the first of those expected. */
bool wm__kit_begins_so(const struct wm__kit_run *run, struct wire *w);

/* The same came of both. */
bool wm__kit_both_same(const struct wm__kit_run *run, struct wire *w,
    struct wire *other);

/* The protocol has kept its contract. */
bool wm__kit_no_bug(const struct wm__kit_run *run, const struct wire *w);

/* Reports; false. */
bool wm__kit_fails(const struct wm__kit_run *run, const char *fmt, ...)
    WM_PRINTF(2, 3);

#endif
