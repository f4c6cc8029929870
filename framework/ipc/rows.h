/* SPDX-License-Identifier: MIT */
/*
 * The ROW lines that the master sends, kept one after another, each with its
 * newline, in one text.
 */
#ifndef IPC_ROWS_H
#define IPC_ROWS_H

#include <stddef.h>

#include "framework/ipc/control.h"

#define WM__ROW_MAX WM__CONTROL_LINE_MAX

/*
 * Copies the next row of `kind` ("process"), without "ROW KIND", into line
 * (of WM__ROW_MAX bytes) and moves *cursor behind it. False at the end.
 */
bool wm__rows_next(const char **cursor, const char *kind, char *line);

#endif
