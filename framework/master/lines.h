/* SPDX-License-Identifier: MIT */
/*
 * Lines that another process writes to a pipe, read in the loop: printable,
 * cut to a bound, handed on one by one.
 */
#ifndef MASTER_LINES_H
#define MASTER_LINES_H

#include <stddef.h>

#define WM__LINE_MAX 400 /* bytes; longer lines come in pieces */

struct wm__lines;
struct wm__loop;

/* Reads from fd (taken). Null: out of memory, and fd is closed. */
struct wm__lines *wm__lines_new(struct wm__loop *loop, int fd,
    void (*line)(const char *text, void *arg), void *arg);

/* Hands on what has arrived until now, then releases it. Null is accepted. */
void wm__lines_free(struct wm__lines **lines);

#endif
