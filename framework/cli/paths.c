/* SPDX-License-Identifier: MIT */
/* Default paths; only names, nothing is opened or made here. */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "framework/cli/paths.h"

/* An XDG variable counts only when it is an absolute path. */
static const char *
paths_variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] == '/' ? value : NULL;
}

char *
wm__paths_run_dir(const char *name, char *buf, size_t size)
{
	const char *xdg = paths_variable("XDG_RUNTIME_DIR");

	if (geteuid() == 0)
		snprintf(buf, size, "/run/%s", name);
	else if (xdg != NULL)
		snprintf(buf, size, "%s/%s", xdg, name);
	else
		snprintf(buf, size, "/tmp/%s-%lu", name,
		    (unsigned long)geteuid());
	return buf;
}

char *
wm__paths_log(const char *name, const char *run_dir, char *buf, size_t size)
{
	const char *xdg = paths_variable("XDG_STATE_HOME");

	if (geteuid() == 0)
		snprintf(buf, size, "/var/log/%s.log", name);
	else
		snprintf(buf, size, "%s/%s.log", xdg != NULL ? xdg : run_dir,
		    name);
	return buf;
}

char *
wm__paths_absolute(const char *path, char *buf, size_t size)
{
	char cwd[PATH_MAX];
	int n;

	if (path[0] == '/')
		n = snprintf(buf, size, "%s", path);
	else if (getcwd(cwd, sizeof(cwd)) == NULL)
		return NULL;
	else
		n = snprintf(buf, size, "%s/%s", cwd, path);
	return n >= 0 && (size_t)n < size ? buf : NULL;
}
