/* SPDX-License-Identifier: MIT */
/*
 * The file of a running program: held open so that it can be executed again
 * whatever happens to its name, and found by name so that a newer one can be
 * opened.
 */
#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

#include <stddef.h>

/*
 * Opens the file that this very process runs, as a descriptor that serves
 * for wm__program_exec() only. -1 where the system has no such thing.
 */
int wm__program_open_self(void);

/*
 * Opens a program's file likewise; -1 in *fd_r where the system has no such
 * thing and the file can be executed by name. Returns 0, or WM_E_SYSTEM when
 * it is not there or cannot be executed (errno).
 */
int wm__program_open(const char *path, int *fd_r);

/*
 * The path by which this program was started: absolute, symbolic links not
 * resolved, so that a link that is switched later leads to the new program.
 * `arg0` helps where the system does not tell. Must be called before the
 * working directory changes. Returns 0 or WM_E_SYSTEM.
 */
int wm__program_path(const char *arg0, char *path, size_t size);

/*
 * The command line by which this process was started, ended by a null
 * pointer, the same at every call: what main() makes of it before it calls us
 * is to be made anew in every process. `given` where the system does not
 * tell.
 */
char *const *wm__program_args(char *const *given);

/* The first word of it, as the memory that ps shows; null where unknown. */
char *wm__program_title(void);

/*
 * Executes the program behind fd; by path when fd is -1 or the system cannot
 * execute descriptors (then only if the path still names the same file).
 * Returns only on failure, with errno set.
 */
void wm__program_exec(int fd, const char *path, char *const argv[],
    char *const envp[]);

#endif
