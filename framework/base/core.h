/* SPDX-License-Identifier: MIT */
/* Core dumps: where the system would write one, and why there is none. */
#ifndef BASE_CORE_H
#define BASE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WM__CORE_PATTERN 256 /* bytes of a pattern with its end */

/* What is known of a process that died of a signal. */
struct wm__core {
	bool dumped;         /* says its wait status */
	uint64_t limit;      /* RLIMIT_CORE */
	bool known;          /* the process told the next two: */
	bool dumpable;       /* the system may dump it */
	bool writable;       /* it may write into the folder */
	const char *pattern; /* where cores go; "": not known */
};

/* Whether the signal dumps core by its nature. */
bool wm__core_is_due(int signo);

/* The system's pattern: a name, a path, or '|' and a program. "" where the
   system has none. Returns buf. */
char *wm__core_pattern(char *buf, size_t size);

/* The folder of that pattern; "." for a name alone. Returns buf. */
char *wm__core_folder(char *buf, size_t size);

/*
 * "core dumped", or "no core: ..." with the reason and, where there is one,
 * the remedy. Returns buf.
 */
char *wm__core_words(const struct wm__core *core, char *buf, size_t size);

#endif
