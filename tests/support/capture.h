/* SPDX-License-Identifier: MIT */
/* What is written to standard error between two calls: the log. */
#ifndef SUPPORT_CAPTURE_H
#define SUPPORT_CAPTURE_H

void capture_begin(void);

/* Standard error is as before. Returns what was written, terminated, 8191
   bytes at most; valid until the next call. */
const char *capture_stop(void);

#endif
