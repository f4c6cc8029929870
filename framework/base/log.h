/* SPDX-License-Identifier: MIT */
/*
 * Where log lines go, and who speaks. The public half is <workerman/log.h>.
 *
 * A line is "2026-11-23 05:01:07.123 [info] echo/0: text\n", written to
 * standard error with one write(2); a write that fails is dropped and
 * counted. Daemons have standard error opened on their log file.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <workerman/log.h>

/* Who speaks: "master", "echo/0". Copied, cut at 63 bytes. */
void wm__log_set_name(const char *name);

/* Lines below this level are not written. Default: WM_LOG_INFO. Returns what
   it was. */
enum wm_log_level wm__log_set_level(enum wm_log_level level);

/* Lines that could not be written so far. */
uint64_t wm__log_lost(void);

#endif
