/* SPDX-License-Identifier: MIT */
/* What `start` shows when all workers are ready. */
#ifndef CLI_BANNER_H
#define CLI_BANNER_H

#include <workerman/buf.h>

/* Decides, once, whether output is coloured: on a terminal, and not when
   NO_COLOR is set. */
void wm__banner_init(void);

/* From the rows of the master; as wm__master_options says. */
void wm__banner_write(char *rows, struct wm_buf *out);

#endif
