/* SPDX-License-Identifier: MIT */
/*
 * The control socket: how the command line talks to a running master. A
 * stream of text lines, so that a person with nc can follow it.
 *
 * Request, one line:   workerman/1 COMMAND [KEY=VALUE]...
 * Reply, many lines:   PROGRESS text          shown while it lasts
 *                      ROW KIND KEY=VALUE...  data (status)
 *                      END CODE text          exit status of the command,
 *                                             and why when it is not 0
 * Values are percent-encoded where they hold a blank, '%', '=' or a control
 * character. Then the master closes.
 */
#ifndef IPC_CONTROL_H
#define IPC_CONTROL_H

#include <stddef.h>

#include <workerman/buf.h>

#define WM__CONTROL_VERSION  "workerman/1"
#define WM__CONTROL_LINE_MAX 4096

/* The exit status of every command. */
#define WM__EXIT_TABLE(X)                                                      \
	X(0, OK, "done")                                                       \
	X(1, MISSING, "something is missing")                                  \
	X(2, USAGE, "bad usage")                                               \
	X(3, CANNOT_START, "cannot start")                                     \
	X(4, RUNNING, "already running")                                       \
	X(5, NOT_RUNNING, "not running")                                       \
	X(6, KILLED, "had to kill")                                            \
	X(7, REFUSED, "reload refused")                                        \
	X(8, NO_ANSWER, "the master does not answer")

enum wm__exit {
#define WM__EXIT_ENUM(code, name, text) WM__EXIT_##name = (code),
	WM__EXIT_TABLE(WM__EXIT_ENUM)
#undef WM__EXIT_ENUM
	    WM__EXIT_CODES
};

/* Appends " KEY=VALUE" with the value encoded. */
void wm__control_put(struct wm_buf *out, const char *key, const char *value);
void wm__control_put_number(struct wm_buf *out, const char *key,
    unsigned long long value);

/*
 * The value of `key` in a line, decoded into buf and cut to size; null when
 * the line has no such key.
 */
char *wm__control_get(const char *line, const char *key, char *buf,
    size_t size);
/* The same as a number; `missing` when absent or not a number. */
unsigned long long wm__control_get_number(const char *line, const char *key,
    unsigned long long missing);

#endif
