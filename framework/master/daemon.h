/* SPDX-License-Identifier: MIT */
/*
 * Becoming a daemon, truthfully: the process that was typed stays until the
 * daemon says how its start went, and ends with that as its exit status.
 */
#ifndef MASTER_DAEMON_H
#define MASTER_DAEMON_H

#include <stdbool.h>

/*
 * Returns true in the daemon, which has no descriptors but the standard ones
 * and the one to report on, in *report_r, and still is where it was typed;
 * false in the process that was typed, after the daemon has reported (or
 * died), with the exit status in *status_r and the report's text printed.
 * `name` begins the lines of errors.
 */
bool wm__daemon_fork(const char *name, int *report_r, int *status_r);

/* Tells how far it is: one line, which is shown while it lasts. */
void wm__daemon_progress(int report, const char *text);

/* Reports and closes: exit status 0 with the text for standard output, or
   another with one line for standard error. */
void wm__daemon_report(int *report, int status, const char *text);

#endif
