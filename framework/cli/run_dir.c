/* SPDX-License-Identifier: MIT */
/*
 * What the application learns of the run directory. A worker may run as
 * another user than its master, so it is told and does not work it out.
 */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <workerman/app.h>

#include "framework/cli/run_dir.h"
#include "framework/ipc/ipc.h"

static char run_dir_path[PATH_MAX];

const char *
wm_run_dir(void)
{
	return run_dir_path[0] != '\0' ? run_dir_path : NULL;
}

void
wm__run_dir_set(const char *path)
{
	snprintf(run_dir_path, sizeof(run_dir_path), "%s", path);
}

void
wm__run_dir_inherit(void)
{
	const char *path = getenv(WM__IPC_RUN_DIR);

	if (path != NULL && wm_role() != WM_ROLE_COMMAND)
		wm__run_dir_set(path);
	unsetenv(WM__IPC_RUN_DIR);
}
