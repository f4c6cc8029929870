/* SPDX-License-Identifier: MIT */
/*
 * What the system tells about processes: /proc and a few calls of Linux, with
 * a harmless answer elsewhere.
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_PRCTL
#include <sys/prctl.h>
#endif

#include <workerman/error.h>

#include "framework/base/process.h"

/* The first bytes of /proc/PID/NAME, terminated; false when it is gone. */
static bool
process_read(pid_t pid, const char *name, char *buf, size_t size)
{
	char path[64];
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, buf, size - 1);
	close(fd);
	buf[len > 0 ? len : 0] = '\0';
	return len > 0;
}

/* ") S" and what follows it in proc(5)'s stat: fields 3 and on. */
static void
process_read_stat(const char *stat, struct wm__process *process)
{
	unsigned long long user, kernel;
	long ticks = sysconf(_SC_CLK_TCK);

	process->stopped = strncmp(stat, ") T", 3) == 0;
	process->traced = strncmp(stat, ") t", 3) == 0;
	if (ticks > 0 &&
	    sscanf(stat,
		") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
		&user, &kernel) == 2)
		process->cpu_ms = (user + kernel) * 1000 / (uint64_t)ticks;
}

bool
wm__process_look(pid_t pid, struct wm__process *process_r)
{
	char buf[1024];
	const char *state;
	unsigned long long size, resident;

	memset(process_r, 0, sizeof(*process_r));
	if (!process_read(pid, "stat", buf, sizeof(buf)))
		return kill(pid, 0) == 0;
	state = strrchr(buf, ')');
	if (state != NULL)
		process_read_stat(state, process_r);
	if (process_read(pid, "statm", buf, sizeof(buf)) &&
	    sscanf(buf, "%llu %llu", &size, &resident) == 2)
		process_r->rss = resident * (uint64_t)sysconf(_SC_PAGESIZE);
	return true;
}

/* ---- CPUs ---- */

#define PROCESS_CPU_MAX 4095

/* The number at *text, which moves behind it; -1 when there is none. */
static long
process_number(const char **text)
{
	char *end;
	long n;

	if (**text < '0' || **text > '9')
		return -1;
	n = strtol(*text, &end, 10);
	*text = end;
	return n <= PROCESS_CPU_MAX ? n : -1;
}

/* The k-th CPU of the list, and how many it has; -1: it is none. */
static long
process_cpu(const char *cpus, uint32_t k, uint32_t *n_r)
{
	long found = 0;

	*n_r = 0;
	for (;;) {
		long first = process_number(&cpus), last = first;

		if (first >= 0 && *cpus == '-') {
			cpus++;
			last = process_number(&cpus);
		}
		if (first < 0 || last < first)
			return -1;
		if (k >= *n_r && k - *n_r <= (uint32_t)(last - first))
			found = first + (long)(k - *n_r);
		*n_r += (uint32_t)(last - first) + 1;
		if (*cpus == '\0')
			return found;
		if (*cpus++ != ',')
			return -1;
	}
}

int
wm__process_check_cpus(const char *cpus)
{
	uint32_t n;

	return process_cpu(cpus, 0, &n) < 0 ? WM_E_INVALID : 0;
}

int
wm__process_pin(const char *cpus, uint32_t k)
{
	uint32_t n = 0;
	long cpu = process_cpu(cpus, 0, &n);

	if (cpu < 0)
		return WM_E_INVALID;
#ifdef __linux__
	cpu_set_t *set = CPU_ALLOC(PROCESS_CPU_MAX + 1);
	size_t size = CPU_ALLOC_SIZE(PROCESS_CPU_MAX + 1);
	int failed;

	if (set == NULL)
		return WM_E_NOMEM;
	cpu = process_cpu(cpus, k % n, &n);
	CPU_ZERO_S(size, set);
	CPU_SET_S((size_t)cpu, size, set);
	failed = sched_setaffinity(0, size, set);
	CPU_FREE(set);
	return failed < 0 ? WM_E_SYSTEM : 0;
#else
	(void)k;
	return 0;
#endif
}

int
wm__process_watch(pid_t pid)
{
#ifdef SYS_pidfd_open
	return (int)syscall(SYS_pidfd_open, pid, 0);
#else
	(void)pid;
	return -1;
#endif
}

void
wm__process_die_with_parent(int signo)
{
#ifdef PR_SET_PDEATHSIG
	prctl(PR_SET_PDEATHSIG, (unsigned long)signo, 0, 0, 0);
#else
	(void)signo;
#endif
}

unsigned
wm__process_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	unsigned n = 0;

	if (dir == NULL)
		return 1;
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n > 0 ? n : 1;
}

bool
wm__process_has_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

int
wm__process_socket_from(int first)
{
	DIR *dir = opendir("/dev/fd");
	struct dirent *entry;
	struct stat st;
	int found = -1;

	if (dir == NULL)
		return -1;
	while (found < 0 && (entry = readdir(dir)) != NULL) {
		int fd = (int)strtol(entry->d_name, NULL, 10);

		if (fd >= first && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode))
			found = fd;
	}
	closedir(dir);
	return found;
}

#ifdef SO_PEERCRED

int
wm__process_peer(int sock, uid_t *uid_r, pid_t *pid_r)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return WM_E_SYSTEM;
	*uid_r = peer.uid;
	*pid_r = peer.pid;
	return 0;
}

#else

int
wm__process_peer(int sock, uid_t *uid_r, pid_t *pid_r)
{
	gid_t gid;

	*pid_r = 0;
	return getpeereid(sock, uid_r, &gid) < 0 ? WM_E_SYSTEM : 0;
}

#endif
