/* SPDX-License-Identifier: MIT */
/* Core dumps: see core.h. The order of the reasons is the kernel's, core(5). */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "framework/base/core.h"

#define CORE_LEAST 4096 /* bytes below which no system writes one */

bool
wm__core_is_due(int signo)
{
	static const int signals[] = { SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT,
		SIGSEGV, SIGSYS, SIGTRAP, SIGXCPU, SIGXFSZ };

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (signals[i] == signo)
			return true;
	return false;
}

char *
wm__core_pattern(char *buf, size_t size)
{
	int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd >= 0 ? read(fd, buf, size - 1) : 0;

	if (fd >= 0)
		close(fd);
	buf[len > 0 ? len : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return buf;
}

char *
wm__core_folder(char *buf, size_t size)
{
	char *slash = strrchr(wm__core_pattern(buf, size), '/');

	if (slash == NULL)
		snprintf(buf, size, ".");
	else
		slash[slash == buf] = '\0';
	return buf;
}

/* What keeps the process itself from it; null when nothing does. */
static const char *
core_obstacle(const struct wm__core *core)
{
	if (core->limit < CORE_LEAST)
		return "the limit of its size is too low (ulimit -c)";
	if (core->known && !core->dumpable)
		return "the process may not be dumped (it changed its user, "
		       "or may not read its own file; fs.suid_dumpable)";
	if (core->known && !core->writable)
		return "its user may not write where cores go "
		       "(kernel.core_pattern)";
	return NULL;
}

char *
wm__core_words(const struct wm__core *core, char *buf, size_t size)
{
	const char *obstacle = core_obstacle(core), *helper;

	if (core->dumped)
		snprintf(buf, size, "core dumped");
	else if (core->pattern[0] == '|') { /* and then no limit counts */
		helper = core->pattern + 1;
		snprintf(buf, size, "no core here: the system gives it to %.*s",
		    (int)strcspn(helper, " "), helper);
	} else if (obstacle != NULL)
		snprintf(buf, size, "no core: %s", obstacle);
	else
		snprintf(buf, size,
		    "no core: the system does not say why (disk full?)");
	return buf;
}
