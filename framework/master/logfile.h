/* SPDX-License-Identifier: MIT */
/* The log file of a daemon: its standard output and error lead there. */
#ifndef MASTER_LOGFILE_H
#define MASTER_LOGFILE_H

#include <stddef.h>

/*
 * Opens the file for appending (made with mode 0640; not through a link; a
 * plain file of our own, or a device) as standard output and error. Returns
 * 0, or WM_E_POLICY, WM_E_SYSTEM with one line in error and nothing changed.
 */
int wm__logfile_open(const char *path, char *error, size_t error_size);

#endif
