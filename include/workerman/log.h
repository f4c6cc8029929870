/* SPDX-License-Identifier: MIT */
/*
 * The log: one line per event with time, level and process. To the terminal
 * in the foreground, to the log file of a daemon. Never blocks on a full
 * disk, never ends the server.
 */
#ifndef WORKERMAN_LOG_H
#define WORKERMAN_LOG_H

#include <workerman/api.h>

WM_BEGIN_DECLS

enum wm_log_level { WM_LOG_DEBUG, WM_LOG_INFO, WM_LOG_WARNING, WM_LOG_ERROR };

/* Printf-style; control characters in the text are written as \xNN. */
WM_API void wm_log(enum wm_log_level level, const char *fmt, ...)
    WM_PRINTF(2, 3);

WM_END_DECLS

#endif
