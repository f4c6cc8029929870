/* SPDX-License-Identifier: MIT */
/* What a wait status means, in words. */
#ifndef MASTER_OBITUARY_H
#define MASTER_OBITUARY_H

#include <stddef.h>

/*
 * "exited with status 3", "was killed by SIGSEGV (invalid memory access)".
 * Returns buf.
 */
char *wm__obituary(int wait_status, char *buf, size_t size);

/* "SIGSEGV". */
const char *wm__obituary_signal(int signo);

/* "1.234 s", "5 min 3 s", "2 d 4 h". Returns buf. */
char *wm__obituary_age(long long ms, char *buf, size_t size);

#endif
