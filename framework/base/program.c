/* SPDX-License-Identifier: MIT */
/*
 * Executing the program's own file by descriptor, and finding its path. On
 * Linux by O_PATH, execveat and AT_EXECFN; elsewhere by path alone.
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif

#include <workerman/error.h>

#include "framework/base/program.h"

#define PROGRAM_FD 100 /* out of the way of the descriptors of exec */

/* Opens for exec only, at a high number; -1 on failure. */
static int
program_open(const char *path)
{
#ifdef O_PATH
	int fd = open(path, O_PATH | O_CLOEXEC), high;

	if (fd < 0)
		return -1;
	high = fcntl(fd, F_DUPFD_CLOEXEC, PROGRAM_FD);
	if (high < 0)
		high = fcntl(fd, F_DUPFD_CLOEXEC, PROGRAM_FD / 10);
	close(fd);
	return high;
#else
	(void)path;
	return -1;
#endif
}

int
wm__program_open_self(void)
{
	return program_open("/proc/self/exe");
}

int
wm__program_open(const char *path, int *fd_r)
{
	struct stat st;

	*fd_r = program_open(path);
	if (stat(path, &st) < 0)
		return WM_E_SYSTEM;
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EACCES;
		return WM_E_SYSTEM;
	}
	return access(path, X_OK) == 0 ? 0 : WM_E_SYSTEM;
}

/* ---- the path ---- */

/* Whether the path names the file that this process runs. */
static bool
program_is_self(const char *path)
{
	struct stat named, running;

	if (stat(path, &named) < 0)
		return false;
	return stat("/proc/self/exe", &running) < 0 ||
	    (named.st_dev == running.st_dev && named.st_ino == running.st_ino);
}

static const char *
program_exec_name(const char *arg0)
{
#ifdef __linux__
	union {
		unsigned long number;
		const char *name;
	} at = { getauxval(AT_EXECFN) };

	if (at.number != 0)
		return at.name;
#endif
	return arg0;
}

static int
program_absolute(const char *name, char *path, size_t size)
{
	char cwd[PATH_MAX];
	int len;

	if (strncmp(name, "./", 2) == 0)
		name += 2;
	if (name[0] == '/')
		len = snprintf(path, size, "%s", name);
	else if (getcwd(cwd, sizeof(cwd)) == NULL)
		return WM_E_SYSTEM;
	else
		len = snprintf(path, size, "%s/%s",
		    strcmp(cwd, "/") == 0 ? "" : cwd, name);
	return len < 0 || (size_t)len >= size ? WM_E_SYSTEM : 0;
}

int
wm__program_path(const char *arg0, char *path, size_t size)
{
	ssize_t len;

	if (program_absolute(program_exec_name(arg0), path, size) == 0 &&
	    program_is_self(path))
		return 0;
	/* Started through the dynamic loader, say. */
	len = readlink("/proc/self/exe", path, size - 1);
	if (len <= 0)
		return WM_E_SYSTEM;
	path[len] = '\0';
	return 0;
}

/* ---- exec ---- */

/* By path, but never another file than the one that is held. */
static void
program_exec_path(int fd, const char *path, char *const argv[],
    char *const envp[])
{
	struct stat held, named;

	if (fd >= 0 && fstat(fd, &held) == 0) {
		if (stat(path, &named) < 0)
			return;
		if (held.st_dev != named.st_dev ||
		    held.st_ino != named.st_ino) {
			errno = ESTALE;
			return;
		}
	}
	execve(path, argv, envp);
}

void
wm__program_exec(int fd, const char *path, char *const argv[],
    char *const envp[])
{
#ifdef HAVE_EXECVEAT
	if (fd >= 0) {
		execveat(fd, "", argv, envp, AT_EMPTY_PATH);
		if (errno != ENOSYS)
			return;
	}
#endif
	program_exec_path(fd, path, argv, envp);
}

/* ---- the command line ---- */

#if defined(__linux__)

char *
wm__program_title(void)
{
	return program_invocation_name;
}

/* All of a small file that does not know its size; null on failure. */
static char *
program_read(const char *path, size_t *len_r)
{
	size_t cap = 4096, len = 0;
	char *data = malloc(cap), *grown;
	ssize_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (data != NULL && fd >= 0 &&
	    (n = read(fd, data + len, cap - len)) > 0) {
		len += (size_t)n;
		if (len < cap)
			continue;
		grown = realloc(data, cap *= 2);
		if (grown == NULL)
			free(data);
		data = grown;
	}
	if (fd >= 0)
		close(fd);
	*len_r = len;
	return data;
}

/* A vector of the words in `data`, each ended by a NUL. */
static char *const *
program_words(char *data, size_t len)
{
	size_t n = 0;
	char **words;

	for (size_t i = 0; i < len; i++)
		n += data[i] == '\0';
	words = calloc(n + 1, sizeof(*words));
	for (size_t i = 0; words != NULL && i < n; i++) {
		words[i] = data;
		data += strlen(data) + 1;
	}
	return words;
}

char *const *
wm__program_args(char *const *given)
{
	size_t len = 0;
	static char *const *words; /* kept until the end */
	char *data;

	if (words != NULL)
		return words;
	data = program_read("/proc/self/cmdline", &len);
	/* started through ld.so, the first word is another program's */
	if (data != NULL && len > 0 && data[len - 1] == '\0' &&
	    strcmp(data, program_invocation_name) == 0)
		words = program_words(data, len);
	if (words == NULL)
		free(data);
	return words != NULL ? words : given;
}

#else

char *
wm__program_title(void)
{
	return NULL;
}

char *const *
wm__program_args(char *const *given)
{
	return given;
}

#endif
