/* SPDX-License-Identifier: MIT */
/*
 * What the application learns of the run directory. A worker may run as
 * another user than its master, so it is told and does not work it out.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <workerman/app.h>

#include "framework/cli/run_dir.h"
#include "framework/ipc/ipc.h"

static char *run_dir_path;

const char *
wm_run_dir(void)
{
	return run_dir_path;
}

void
wm__run_dir_set(const char *path)
{
	free(run_dir_path);
	run_dir_path = path != NULL ? strdup(path) : NULL;
}

void
wm__run_dir_inherit(void)
{
	if (wm_role() != WM_ROLE_COMMAND)
		wm__run_dir_set(getenv(WM__IPC_RUN_DIR));
	unsetenv(WM__IPC_RUN_DIR);
}
