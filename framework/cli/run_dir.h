/* SPDX-License-Identifier: MIT */
/* Where wm_run_dir() has its answer from. */
#ifndef CLI_RUN_DIR_H
#define CLI_RUN_DIR_H

/* From the master, through the environment, which is cleared of it. */
void wm__run_dir_inherit(void);

/* Of a process without a master. The path is copied. */
void wm__run_dir_set(const char *path);

#endif
