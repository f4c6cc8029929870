/* SPDX-License-Identifier: MIT */
/* The rows of `connections`, for people and for programs. */
#ifndef CLI_CONN_PRINT_H
#define CLI_CONN_PRINT_H

#include <stddef.h>

#include <workerman/buf.h>

/*
 * A table of `n` lines of wm__conn_sort(). When `limit` is not 0, the least
 * telling columns are left out until a row fits into that many characters,
 * and named below; then the longest words are cut.
 */
void wm__conn_table(const char *const *lines, size_t n, size_t limit,
    struct wm_buf *out);

/* {"connections": [...], "missing": [...]}; `missing` are ROW lines. */
void wm__conn_json(const char *const *lines, size_t n, const char *missing,
    struct wm_buf *out);

/* "worker echo/0 (pid 12) does not answer" of a row "missing". */
void wm__conn_missing(const char *row, char *buf, size_t size);

#endif
