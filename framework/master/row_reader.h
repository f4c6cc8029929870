/* SPDX-License-Identifier: MIT */
/*
 * Reads what a worker says of its connections (connections.h) and believes
 * nothing: lines are short, printable, and not without end. What they claim
 * is shown behind what the master knows itself.
 */
#ifndef MASTER_ROW_READER_H
#define MASTER_ROW_READER_H

#include <stddef.h>

#include <workerman/buf.h>

#include "framework/ipc/connections.h"

struct wm__row_reader { /* zeroed at first */
	size_t rows;    /* complete ones */
	size_t len;     /* of the line that has begun */
	char line[WM__CONNECTION_LINE_MAX];
};

/*
 * Takes bytes; appends "PREFIX LINE\n" to out for each connection. Returns 0;
 * 1 when the end was said, and nothing behind it; WM_E_PROTOCOL for anything
 * else, WM_E_TOO_BIG beyond WM__CONNECTIONS_MAX rows. What came before stays
 * in out.
 */
int wm__row_reader_feed(struct wm__row_reader *reader, const char *prefix,
    const char *data, size_t len, struct wm_buf *out);

#endif
