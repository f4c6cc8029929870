/* SPDX-License-Identifier: MIT */
/* Where a program keeps its files when no option says otherwise. */
#ifndef CLI_PATHS_H
#define CLI_PATHS_H

#include <stddef.h>

/* The run directory: /run/NAME for root, else in XDG_RUNTIME_DIR, else
   /tmp/NAME-UID. Returns buf. */
char *wm__paths_run_dir(const char *name, char *buf, size_t size);

/* The log: /var/log/NAME.log for root, else in XDG_STATE_HOME, else in the
   run directory. Returns buf. */
char *wm__paths_log(const char *name, const char *run_dir, char *buf,
    size_t size);

/* `path` made absolute with the working directory. Returns buf, or null when
   it does not fit. */
char *wm__paths_absolute(const char *path, char *buf, size_t size);

#endif
