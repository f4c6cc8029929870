/* SPDX-License-Identifier: MIT */
/*
 * What a dead worker died of: its wait status together with what it left on
 * its crash page, in words.
 */
#ifndef MASTER_AUTOPSY_H
#define MASTER_AUTOPSY_H

#include <stddef.h>
#include <stdint.h>

#include "framework/base/crash.h"

struct wm__image;
struct wm__symbols;

struct wm__autopsy {
	struct wm__crash page; /* as wm__crash_read() left it */
	char cause[192];       /* "was killed by SIGSEGV (...)" */
	char where[160];       /* "in on_message of connection 7 (text)", "" */
	char core[256];        /* "no core: ..."; "" when none was due */
};

/*
 * Examines. `page` may be null; `hung_s` is what the watchdog has killed it
 * for, else 0.
 */
void wm__autopsy(struct wm__autopsy *a_r, const struct wm__crash *page,
    int wait_status, unsigned hung_s);

/*
 * One frame of the backtrace, "#2 on_message (echo+0x1a2b)". `program` is
 * what the program itself is called; symbols may be null. Returns buf.
 */
char *wm__autopsy_frame(const struct wm__autopsy *a, uint32_t i,
    struct wm__symbols *symbols, const char *program, char *buf, size_t size);

/* The frames that are equal to frame i and follow it at once. */
uint32_t wm__autopsy_repeats(const struct wm__autopsy *a, uint32_t i);

/* The backtrace to the log, a line for each frame; none if there is none. */
void wm__autopsy_log(const struct wm__autopsy *a,
    const struct wm__image *image);

#endif
