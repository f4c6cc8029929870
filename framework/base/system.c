/* SPDX-License-Identifier: MIT */
/*
 * Facts about the system, read from /proc and a few calls of Linux, with the
 * answers that system.h names elsewhere. Judges nothing.
 */
#include "config.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_DL_ITERATE_PHDR
#include <link.h>
#endif

#include "framework/base/fd.h"
#include "framework/base/process.h"
#include "framework/base/system.h"

/* ---- files of one line ---- */

/* The first line of a file that begins with `key`, without it. */
static bool
system_line(const char *path, const char *key, char *buf, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t len = strlen(key);
	char line[1024];
	bool found = false;

	if (file == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), file) != NULL)
		found = strncmp(line, key, len) == 0;
	fclose(file);
	if (!found)
		return false;
	line[strcspn(line, "\n")] = '\0';
	snprintf(buf, size, "%s", line + len);
	return true;
}

bool
wm__system_text(const char *name, char *buf, size_t size)
{
	char path[256];

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	return system_line(path, "", buf, size);
}

long long
wm__system_number(const char *name)
{
	char text[64], *end;
	long long n;

	if (!wm__system_text(name, text, sizeof(text)))
		return WM__SYSTEM_UNKNOWN;
	n = strtoll(text, &end, 10);
	return end != text && n >= 0 ? n : WM__SYSTEM_UNKNOWN;
}

bool
wm__system_in_ranges(const char *ranges, unsigned n)
{
	const char *at = ranges;

	while (*at >= '0' && *at <= '9') {
		char *end;
		unsigned long first = strtoul(at, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (n >= first && n <= last)
			return true;
		at = end + (*end == ',');
	}
	return false;
}

void
wm__system_kernel(char *buf, size_t size)
{
	struct utsname name;

	if (uname(&name) < 0)
		snprintf(buf, size, "unknown");
	else
		snprintf(buf, size, "%s %s", name.sysname, name.release);
}

/* ---- limits ---- */

uint64_t
wm__system_limit(enum wm__system_limit which)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	int failed = -1;

	switch (which) {
	case WM__LIMIT_FILES:
		failed = getrlimit(RLIMIT_NOFILE, &limit);
		limit.rlim_cur = limit.rlim_max;
		break;
	case WM__LIMIT_PROCESSES:
#ifdef RLIMIT_NPROC
		failed = getrlimit(RLIMIT_NPROC, &limit);
#endif
		break;
	case WM__LIMIT_CORE:
		failed = getrlimit(RLIMIT_CORE, &limit);
		break;
	}
	if (failed < 0 || limit.rlim_cur == RLIM_INFINITY)
		return WM__SYSTEM_UNLIMITED;
	return limit.rlim_cur;
}

static bool
system_file_number(const char *dir, const char *name, uint64_t *n_r)
{
	char path[PATH_MAX], text[64], *end;

	snprintf(path, sizeof(path), "/sys/fs/cgroup%.3000s/%s", dir, name);
	if (!system_line(path, "", text, sizeof(text)))
		return false;
	*n_r = strtoull(text, &end, 10);
	return end != text; /* "max" is no number */
}

uint64_t
wm__system_group_room(void)
{
	uint64_t room = WM__SYSTEM_UNLIMITED, max, now;
	char dir[1024];

	if (!system_line("/proc/self/cgroup", "0::", dir, sizeof(dir)))
		return room;
	/* Every group above counts this one's processes, too. */
	for (;;) {
		char *slash = strrchr(dir, '/');

		if (system_file_number(dir, "pids.max", &max) &&
		    system_file_number(dir, "pids.current", &now)) {
			uint64_t left = max > now ? max - now : 0;

			room = left < room ? left : room;
		}
		if (slash == NULL || *dir == '\0')
			return room;
		*slash = '\0';
	}
}

uint64_t
wm__system_memory(void)
{
	char text[64];

	if (!system_line("/proc/meminfo", "MemAvailable:", text, sizeof(text)))
		return 0;
	return strtoull(text, NULL, 10) * 1024;
}

/* ---- abilities ---- */

bool
wm__system_may(enum wm__system_ability ability)
{
	/* Their numbers are part of the kernel's interface. */
	static const unsigned capabilities[] = {
		[WM__MAY_CHANGE_USER] = 7,
		[WM__MAY_CHANGE_GROUP] = 6,
		[WM__MAY_BIND_LOW] = 10,
		[WM__MAY_RAISE_LIMITS] = 24,
	};
	char text[64];

	if (!system_line("/proc/self/status", "CapEff:", text, sizeof(text)))
		return geteuid() == 0;
	return strtoull(text, NULL, 16) >> capabilities[ability] & 1;
}

static bool
system_has_memory(void)
{
#ifdef HAVE_MEMFD_CREATE
	int fd;

	if (wm__fd_memory("check", 1, &fd) < 0)
		return false;
	wm__fd_close(&fd);
	return true;
#else
	return false;
#endif
}

static bool
system_has_watch(void)
{
	int fd = wm__process_watch(getpid());
	bool has = fd >= 0;

	wm__fd_close(&fd);
	return has;
}

static bool
system_has_reuseport(void)
{
#ifdef SO_REUSEPORT
	static const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool has = fd >= 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0;

	wm__fd_close(&fd);
	return has;
#else
	return false;
#endif
}

bool
wm__system_has(enum wm__system_feature feature)
{
	switch (feature) {
	case WM__SYSTEM_PROC:
		return access("/proc/self/stat", R_OK) == 0;
	case WM__SYSTEM_MEMFD:
		return system_has_memory();
	case WM__SYSTEM_PIDFD:
		return system_has_watch();
	case WM__SYSTEM_REUSEPORT:
		return system_has_reuseport();
	default:
		return false;
	}
}

/* ---- shared libraries ---- */

#ifdef HAVE_DL_ITERATE_PHDR

struct system_search {
	const char *library;
	char path[PATH_MAX];
};

static int
system_visit(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct system_search *search = arg;
	const char *path = info->dlpi_name;
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;

	if (slash == NULL ||
	    strncmp(slash + 1, search->library, strlen(search->library)) != 0)
		return 0;
	if (realpath(path, search->path) == NULL)
		snprintf(search->path, sizeof(search->path), "%s", path);
	return 1;
}

bool
wm__system_loaded(const char *library, char *path, size_t size)
{
	struct system_search search = { .library = library };

	if (dl_iterate_phdr(system_visit, &search) == 0)
		return false;
	snprintf(path, size, "%s", search.path);
	return true;
}

#else

bool
wm__system_loaded(const char *library, char *path, size_t size)
{
	(void)library, (void)path, (void)size;
	return false;
}

#endif
